"""The run of a comparison: it holds pages and tables about other runs."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from mlflow_latents.tracking.manners import NOTE_TAG, show_as_training
from mlflow_latents.tracking.process import command_tags

COMPARISON_TAG = "mlflow_latents.comparison"
_NOTE_LENGTH = 5000


def log_comparison(
    name: str, kind: str, note: str, tags: Mapping[str, str], files: Iterable[Path]
) -> str:
    """Log files about other runs as a finished run of their own.

    Inside `mlflow run` that is the run that `mlflow run` made.

    Parameters
    ----------
    name
        Name of the run.
    kind
        What it is: answer, or runs.
    note
        Its description, Markdown.
    tags
        Further tags.
    files
        Its artifacts.

    Returns
    -------
    str
        Id of the run.
    """
    import mlflow

    client = mlflow.MlflowClient()
    told = {**command_tags(), COMPARISON_TAG: kind, NOTE_TAG: note[:_NOTE_LENGTH], **tags}
    with mlflow.start_run(run_name=name, tags=told) as run:
        client.update_run(run.info.run_id, name=name)
        show_as_training(run.info.experiment_id)
        for file in files:
            mlflow.log_artifact(str(file))
    return run.info.run_id
