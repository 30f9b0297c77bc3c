"""What a probe found, added to a run that is there already."""

import re
from collections.abc import Mapping, Sequence

from mlflow_latents.errors import InputError, reason_of
from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.chapters import empty_page
from mlflow_latents.tracking.manners import leave_run_of_mlflow_run
from mlflow_latents.tracking.reader import download, find_run, has_artifact
from mlflow_latents.tracking.resume import this_process
from mlflow_latents.tracking.writer import RunWriter

PROBED_TAG = "mlflow_latents.probed"  # by which process, the last time
_CHAPTERS_END = "<details><summary>Parameters of the run"


def adding_to(run_id: str) -> RunWriter:
    """Give the writer of a finished run, which stays as it is: neither its status nor its times.

    Inside `mlflow run` the empty run that was made for the command says where to look.

    Parameters
    ----------
    run_id
        Id of the run.

    Returns
    -------
    RunWriter
    """
    leave_run_of_mlflow_run(run_id)
    return RunWriter(run_id)


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


def check_writable(run_id: str) -> None:
    """Raise InputError unless the run can be written to: asked before minutes of computing."""
    import mlflow

    try:
        mlflow.MlflowClient().set_tag(run_id, PROBED_TAG, this_process())
    except (mlflow.MlflowException, OSError) as error:
        raise InputError(
            f"Run {run_id} cannot be written to ({reason_of(error)}): ask for the right to, or "
            "probe its models into a run of their own, by encoder and decoder."
        ) from error


def log_findings(run: RunWriter, prefix: str, values: Mapping[str, float]) -> None:
    """Log metrics; those of an earlier probe that are not found again become NaN.

    Parameters
    ----------
    run
        The run.
    prefix
        How the names of this probe's metrics begin.
    values
        Value by metric name.
    """
    before = find_run(run.run_id).data.metrics
    stale = {name: float("nan") for name in before if name.startswith(prefix)}
    run.log_metrics({**stale, **values})


def log_rows(run: RunWriter, rows: Sequence[Mapping[str, object]], path: str) -> None:
    """Log a table, one mapping per row, as MLflow's UI shows tables.

    Parameters
    ----------
    run
        The run.
    rows
        With the same columns.
    path
        Of the artifact; one that is there already is replaced.
    """
    import mlflow
    import pandas as pd

    frame = pd.DataFrame(list(rows)).convert_dtypes()  # whole numbers beside missing ones
    if has_artifact(run.run_id, path):  # log_table would append to it
        mlflow.log_text(frame.to_json(orient="split", index=False), path, run_id=run.run_id)
    else:
        mlflow.log_table(frame, path, run_id=run.run_id)


def add_chapter(run: RunWriter, name: str, title: str, chapter: str) -> None:
    """Add a chapter to the page of a run, in place of one of that name.

    Parameters
    ----------
    run
        The run.
    name
        Of the chapter, its anchor.
    title
        Heading of the page where the run has none yet.
    chapter
        Its HTML.
    """
    section = f'<section id="{name}">\n{chapter}\n</section>\n'
    run.log_page(with_chapter(_page(run.run_id, title), name, section))


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
