"""Runs of the tracking store as one data frame: by id, by filter string, or those of a study."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlflow_latents.compare.searching import experiment_ids, nearest, quoted, search
from mlflow_latents.errors import InputError
from mlflow_latents.tracking import check_store, find_run, shown_store
from mlflow_latents.tracking.comparison_runs import COMPARISON_TAG
from mlflow_latents.tracking.study_runs import FACTOR_TAG, OBJECTIVE_TAG, STUDY_TAG, TRIAL_TAG

if TYPE_CHECKING:
    import pandas as pd
    from mlflow.entities import Run

IDS = 200  # run ids in one filter string
PARENT_TAG = "mlflow.parentRunId"
_FINISHED = "attributes.status = 'FINISHED'"


def select_runs(
    runs: Sequence[str] = (),
    filter: str | None = None,
    study: str | None = None,
    experiments: Sequence[str] | None = None,
    finished: bool = True,
    parent: str | None = None,
) -> "pd.DataFrame":
    """Select runs of the tracking store; deleted ones never.

    Parameters
    ----------
    runs
        Ids of runs, whose order is kept.
    filter
        Filter string of `mlflow.search_runs`, such as ``"metrics.`train/loss` < 0.1"``.
    study
        Name of a study: its trials. May be narrowed by `filter`. Of several studies of that name
        the newest counts, and a warning says so.
    experiments
        Names or ids of the experiments that are searched; all of them when not given.
    finished
        Whether runs that failed, were killed or still run are left out.
    parent
        Id of the study's own run, where that is known.

    Returns
    -------
    pandas.DataFrame
        One row per run, the oldest first, with the columns of `mlflow.search_runs` and the name:
        `run_id`, `run_name`, `experiment_id`, `status`, `artifact_uri`, `start_time`, `end_time`,
        `metrics.…`, `params.…` and `tags.…`, missing where a run has none; and `images`, the digest
        of the image set.

    Raises
    ------
    InputError
        When nothing or too much is asked for, no run matches, there is no such run, study or
        experiment, or MLflow does not understand the filter.
    """
    _check_question(runs, filter, study)
    check_store()
    searched = experiment_ids(experiments)
    if runs:
        found = _by_id(runs, searched, finished)
    else:
        of_study = [_trials_of(study, parent or _newest(searched, study))] if study else []
        wanted = [filter, *of_study, _FINISHED if finished else None]
        whole = " AND ".join(each for each in wanted if each)
        found = search(searched, whole, filter)
    if not found:
        raise _nothing(filter, study, searched, finished)
    return _frame(found)


def study_parent(study: str) -> str:
    """Find the run that is the parent of all trials of a study.

    Raises
    ------
    InputError
        When there is no such study; the message names those that exist, the nearest first.
    """
    check_store()
    experiments = experiment_ids(None)
    parent = _newest(experiments, study)
    if parent is None:
        raise _unknown_study(study, experiments)
    return parent


def newest_study(objective: str) -> str:
    """Find the newest study of an objective.

    Raises
    ------
    InputError
        When the tracking store cannot be reached, or has none.
    """
    check_store()
    tags = [run.data.tags for run in _parents(experiment_ids(None))]
    names = [each[STUDY_TAG] for each in tags if each.get(OBJECTIVE_TAG) == objective]
    if not names:
        raise InputError(
            f"The tracking store {shown_store()} has no study of {objective}: start one with "
            f"`python -m mlflow_latents study --objective {objective}`, name one by --study, or "
            "set MLFLOW_TRACKING_URI to its store."
        )
    return names[-1]


def factor_columns(frame: "pd.DataFrame") -> dict[str, str]:
    """Give the column of each factor of the runs' studies, by the factor's name.

    Parameters
    ----------
    frame
        Runs, as `select_runs` or `mlflow.search_runs` gives them.
    """
    prefix = f"tags.{FACTOR_TAG}"
    return {name.removeprefix(prefix): name for name in frame.columns if name.startswith(prefix)}


def _check_question(runs, filter, study) -> None:
    if isinstance(runs, str):
        raise InputError(f"runs is the text {runs!r}: give a list of run ids.")
    if runs and (filter is not None or study is not None):
        other = "filter" if filter is not None else "study"
        raise InputError(
            f"Both runs and {other} were given: name the runs by their ids, or by a filter or "
            "study, not by both."
        )
    if not runs and filter is None and study is None:
        raise InputError(
            "No runs were chosen: give their ids, a filter string such as "
            "\"params.latent_dim = '250'\", or the name of a study."
        )


def _by_id(wanted: Sequence[str], experiments: list[str], finished: bool) -> list["Run"]:
    wanted = list(dict.fromkeys(wanted))
    found = {}
    for start in range(0, len(wanted), IDS):
        ids = ", ".join(quoted(each) for each in wanted[start : start + IDS])
        for run in search(experiments, f"attributes.run_id IN ({ids})"):
            found[run.info.run_id] = run
    for run_id in wanted:
        if run_id not in found:
            find_run(run_id)  # says that it is unknown, or deleted
            raise InputError(f"Run {run_id} is not in the experiments that were named.")
        _check_no_study(found[run_id])
        status = found[run_id].info.status
        if finished and status != "FINISHED":
            raise InputError(
                f"Run {run_id} is {status}, not FINISHED: wait for it, continue it with train "
                "--resume, or leave it out."
            )
    return [found[run_id] for run_id in wanted]


def _check_no_study(run: "Run") -> None:
    """Refuse the own run of a study: it has no vectors, only its trials have."""
    tags = run.data.tags
    if STUDY_TAG in tags and TRIAL_TAG not in tags and COMPARISON_TAG not in tags:
        raise InputError(
            f"Run {run.info.run_id} is the run of the study {tags[STUDY_TAG]!r}: give "
            f"study={tags[STUDY_TAG]} to compare its trials."
        )


def _trials_of(study: str, parent: str | None) -> str:
    trials = f"tags.`{STUDY_TAG}` = {quoted(study)} AND tags.`{TRIAL_TAG}` IS NOT NULL"
    return trials if parent is None else f"{trials} AND tags.`{PARENT_TAG}` = '{parent}'"


def _newest(experiments: list[str], study: str) -> str | None:
    """Give the id of the newest own run of a study; None where that is gone, or never was."""
    parents = [run.info.run_id for run in _parents(experiments, study)]
    if len(parents) > 1:
        warnings.warn(
            f"There are {len(parents)} studies named {study!r}: the newest counts, with the run "
            f"{parents[-1]}.",
            stacklevel=3,
        )
    return parents[-1] if parents else None


def _parents(experiments: list[str], study: str | None = None) -> list["Run"]:
    named = "IS NOT NULL" if study is None else f"= {quoted(study)}"
    others = f"tags.`{TRIAL_TAG}` IS NULL AND tags.`{COMPARISON_TAG}` IS NULL"
    return search(experiments, f"tags.`{STUDY_TAG}` {named} AND {others}")


def _nothing(filter, study, experiments, finished) -> InputError:
    where = f"in the tracking store {shown_store()}"
    kind = "finished run" if finished else "run"
    if study is None:
        return InputError(
            f"No {kind} {where} matches the filter {filter!r}: widen it, or set "
            "MLFLOW_TRACKING_URI to the store of the runs."
        )
    if not _parents(experiments, study) and not search(experiments, _trials_of(study, None)):
        return _unknown_study(study, experiments)
    matching = f" matches the filter {filter!r}" if filter else ""
    return InputError(
        f"No {'finished ' if finished else ''}trial of the study {study!r}{matching}: continue the "
        "study, or widen the filter."
    )


def _unknown_study(study: str, experiments: list[str]) -> InputError:
    known = {run.data.tags[STUDY_TAG] for run in _parents(experiments)}
    where = f"There is no study {study!r} in the tracking store {shown_store()}: "
    if not known:
        return InputError(f"{where}it holds no study; set MLFLOW_TRACKING_URI to its store.")
    return InputError(f"{where}choose among {nearest(study, known)}.")


def _frame(runs: list["Run"]) -> "pd.DataFrame":
    import pandas as pd

    infos = [run.info for run in runs]
    columns = {
        "run_id": [info.run_id for info in infos],
        "run_name": [info.run_name for info in infos],
        "experiment_id": [info.experiment_id for info in infos],
        "status": [info.status for info in infos],
        "artifact_uri": [info.artifact_uri for info in infos],
        "start_time": pd.to_datetime([info.start_time for info in infos], unit="ms", utc=True),
        "end_time": pd.to_datetime([info.end_time for info in infos], unit="ms", utc=True),
        "images": [_images(run) for run in runs],
        **_columns("metrics", [run.data.metrics for run in runs], float("nan")),
        **_columns("params", [run.data.params for run in runs], None),
        **_columns("tags", [run.data.tags for run in runs], None),
    }
    return pd.DataFrame(columns)


def _columns(kind: str, rows: list[dict], missing) -> dict[str, list]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {f"{kind}.{name}": [row.get(name, missing) for row in rows] for name in names}


def _images(run: "Run") -> str | None:
    inputs = run.inputs.dataset_inputs if run.inputs else []
    return ", ".join(sorted({each.dataset.digest for each in inputs})) or None
