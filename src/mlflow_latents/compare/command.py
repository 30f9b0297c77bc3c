"""The command `compare`."""

from pathlib import Path

from mlflow_latents.compare.answers import write_answer
from mlflow_latents.compare.comparison import make_comparison, write_comparison
from mlflow_latents.compare.config import ComparisonConfig
from mlflow_latents.compare.runs import select_runs
from mlflow_latents.compare.tables import as_markdown
from mlflow_latents.compare.words import counted
from mlflow_latents.tracking import how_to_look
from mlflow_latents.tracking.comparison_runs import log_comparison
from mlflow_latents.tracking.study_runs import STUDY_TAG


def run_comparison(config: ComparisonConfig) -> str:
    """Compare runs, write tables, pictures and page into a folder, and log them.

    Parameters
    ----------
    config
        Which runs, and how.

    Returns
    -------
    str
        Id of the run that holds them.

    Raises
    ------
    InputError
        When there are no such runs or measures, or the folder cannot be written to.
    """
    output = Path(config.output, _folder(config.study or "runs"))
    frame = select_runs(_listed(config.runs), config.filter, config.study)
    measures = _listed(config.measures) or None
    comparison = make_comparison(frame, measures, config.pictures, config.color_by)
    files, tags = write_comparison(comparison, output), {}
    count = counted(len(frame), "run")
    note = f"{count}: {config.study or config.filter or config.runs}"
    print(as_markdown(comparison.table))
    if config.study:
        answer = write_answer(config.study, output)
        files, tags = [*files, *answer.files], {STUDY_TAG: config.study}
        note = "\n".join(f"- {sentence}" for sentence in answer.sentences)
        print("\n".join(["", *answer.sentences]))
    name = f"comparison: {config.study or count}"
    run_id = log_comparison(name, "runs", note, tags, dict.fromkeys(files))
    print(f"\nWritten to {output}; run {run_id}. To look at it: {how_to_look()}")
    return run_id


def _folder(name: str) -> str:
    """Keep what is written of one study apart from others."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]
