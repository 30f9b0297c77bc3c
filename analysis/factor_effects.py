"""What does each factor of a study change? Effects with intervals, sentences, tables, figures.

python analysis/factor_effects.py --study NAME --output docs/answers
python analysis/factor_effects.py --filter "params.dataset = 'celeba'" --factors latent_dim
"""

import sys
from pathlib import Path

import tyro

from mlflow_latents import InputError
from mlflow_latents.compare.answers.material import is_search, read_material, study_effects
from mlflow_latents.compare.effects import (
    corrections,
    effect_figures,
    effect_sentences,
    effects_latex,
    effects_markdown,
    find_effects,
)
from mlflow_latents.compare.runs import select_runs


def main(
    study: str | None = None,
    runs: list[str] | None = None,
    filter: str | None = None,
    factors: list[str] | None = None,
    measures: list[str] | None = None,
    output: Path = Path("factor_effects"),
) -> None:
    """Print what changes, and write effects.csv, effects.tex, interactions.csv and PNG figures.

    Parameters
    ----------
    study
        Name of the study whose trials are compared; or runs, or a filter.
    runs
        Ids of the runs.
    filter
        Filter string of MLflow, such as "params.dataset = 'celeba'"; also within a study.
    factors
        Factors of the study, or parameters; all factors of the study when not given.
    measures
        Names of metrics; when not given those of the study's page, or the usual ones.
    output
        Folder of the files.
    """
    if study and not factors and is_search(study):
        raise InputError(
            f"The study {study!r} is a free search without factors: `python analysis/search.py "
            f"--study {study}` tells which parameters go with what; or name some by --factors."
        )
    # The whole study is judged as its page judges it, so that both say the same.
    is_whole = study and not (filter or factors or measures)
    effects = study_effects(read_material(study)) if is_whole else None
    if effects is None:
        # Runs that failed are asked for too: what they leave empty is told.
        frame = select_runs(runs or (), filter, study, finished=False)
        effects = find_effects(frame, factors, measures)
    try:
        output.mkdir(parents=True, exist_ok=True)
        effects.table.to_csv(output / "effects.csv", index=False)
        effects.interactions.to_csv(output / "interactions.csv", index=False)
        output.joinpath("effects.tex").write_text(effects_latex(effects.table), encoding="utf-8")
        for name, _, png in effect_figures(effects):
            output.joinpath(f"{name}.png").write_bytes(png)
    except OSError as error:
        raise InputError(f"output {output} cannot be written to ({error.strerror}).") from error
    told = [*effect_sentences(effects), "", *corrections(effects), ""]
    print(*told, effects_markdown(effects.table), sep="\n")


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except InputError as error:
        sys.exit(f"error: {error}")
