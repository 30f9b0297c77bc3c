"""What does each factor of a study change? Effects with intervals, sentences, tables, figures.

python analysis/factor_effects.py --study NAME --output docs/answers
python analysis/factor_effects.py --filter "params.dataset = 'celeba'" --factors latent_dim
"""

import sys
from pathlib import Path

import tyro

from mlflow_latents import InputError
from mlflow_latents.compare.effects import (
    effect_figures,
    effect_sentences,
    effects_latex,
    effects_markdown,
    effects_table,
    interactions_table,
)
from mlflow_latents.compare.runs import select_runs


def main(
    study: str | None = None,
    runs: list[str] | None = None,
    filter: str | None = None,
    factors: list[str] | None = None,
    measures: list[str] | None = None,
    output: Path = Path("."),
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
        Names of metrics; the usual ones when not given.
    output
        Folder of the files.
    """
    # Runs that failed are asked for too: what they leave empty is told.
    frame = select_runs(runs or (), filter, study, finished=False)
    table = effects_table(frame, factors, measures)
    interactions = interactions_table(frame, factors, measures)
    figures = effect_figures(frame, factors, measures)
    try:
        output.mkdir(parents=True, exist_ok=True)
        table.to_csv(output / "effects.csv", index=False)
        interactions.to_csv(output / "interactions.csv", index=False)
        output.joinpath("effects.tex").write_text(effects_latex(table), encoding="utf-8")
        for name, png in figures.items():
            output.joinpath(f"{name}.png").write_bytes(png)
    except OSError as error:
        raise InputError(f"output {output} cannot be written to ({error.strerror}).") from error
    print(*effect_sentences(table), "", effects_markdown(table), sep="\n")


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except InputError as error:
        sys.exit(f"error: {error}")
