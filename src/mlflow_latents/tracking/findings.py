"""What a probe found, added to a run that is there already."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from mlflow_latents.errors import InputError
from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.chapters import empty_page
from mlflow_latents.tracking.manners import drop_run_of_mlflow_run
from mlflow_latents.tracking.reader import download, find_run, has_artifact
from mlflow_latents.tracking.writer import RunWriter

_CHAPTERS_END = "<details><summary>Parameters of the run"


@contextmanager
def adding_to(run_id: str) -> Iterator[RunWriter]:
    """Open a finished run to add to it; it ends with the status and the time that it had.

    Inside `mlflow run` the empty run that was made for the command is deleted.

    Parameters
    ----------
    run_id
        Id of the run.

    Yields
    ------
    RunWriter
        Writes into the run.
    """
    import mlflow

    drop_run_of_mlflow_run(run_id)
    before = find_run(run_id).info
    with mlflow.start_run(run_id=run_id):
        try:
            yield RunWriter(run_id)
        finally:
            mlflow.end_run(before.status)
            mlflow.MlflowClient().set_terminated(run_id, before.status, before.end_time)


def check_finished(run_id: str) -> None:
    """Raise InputError unless a run has ended well, so that it can be added to."""
    status = find_run(run_id).info.status
    if status == "RUNNING":
        raise InputError(f"Run {run_id} is still being written: wait until it has finished.")
    if status != "FINISHED":
        raise InputError(
            f"Run {run_id} has not finished ({status}): continue it with train --resume {run_id}, "
            "or choose another run."
        )


def log_rows(rows: Sequence[Mapping[str, object]], path: str) -> None:
    """Log a table into the active run, one mapping per row, as MLflow's UI shows tables.

    Parameters
    ----------
    rows
        With the same columns.
    path
        Of the artifact; one that is there already is replaced.
    """
    import mlflow
    import pandas as pd

    frame = pd.DataFrame(list(rows))
    if has_artifact(mlflow.active_run().info.run_id, path):  # log_table would append to it
        mlflow.log_text(frame.to_json(orient="split", index=False), path)
    else:
        mlflow.log_table(frame, path)


def add_chapter(run_id: str, name: str, title: str, chapter: str) -> None:
    """Add a chapter to the page of the active run, in place of one of that name.

    Parameters
    ----------
    run_id
        Id of the run.
    name
        Of the chapter, its anchor.
    title
        Heading of the page where the run has none yet.
    chapter
        Its HTML.
    """
    import mlflow

    section = f'<section id="{name}">\n{chapter}\n</section>\n'
    mlflow.log_text(with_chapter(_page(run_id, title), name, section), artifacts.PAGE)


def with_chapter(page: str, name: str, section: str) -> str:
    """Put a section into a page, in place of one of that name, else before the parameters."""
    there = re.compile(rf'<section id="{re.escape(name)}">.*?</section>\n', re.DOTALL)
    if there.search(page):
        return there.sub(lambda _: section, page)
    for end in (_CHAPTERS_END, "</body>"):
        before, found, after = page.partition(end)
        if found:
            return f"{before}{section}\n{found}{after}"
    return page + section


def _page(run_id: str, title: str) -> str:
    if not has_artifact(run_id, artifacts.PAGE):
        return empty_page(title)
    with download(run_id, artifacts.PAGE) as file:
        return file.read_text(encoding="utf-8")
