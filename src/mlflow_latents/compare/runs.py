"""Runs of the tracking store as one data frame: by id, by filter string, or those of a study."""

import difflib
import gc
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from mlflow_latents.errors import InputError, reason_of
from mlflow_latents.tracking import check_store, find_run, shown_store
from mlflow_latents.tracking.comparison_runs import COMPARISON_TAG
from mlflow_latents.tracking.study_runs import FACTOR_TAG, STUDY_TAG, TRIAL_TAG

if TYPE_CHECKING:
    import pandas as pd
    from mlflow.entities import Run

PAGE = 1000  # runs; MLflow allows 50,000, but a server shall not hold them all at once
REQUESTS, SLICES = 4, 16  # to a server at once, and in all beyond the first page
IDS = 200  # run ids in one filter string
NAMED = 5  # names or ids in a message

_FINISHED = "attributes.status = 'FINISHED'"


def select_runs(
    runs: Sequence[str] = (),
    filter: str | None = None,
    study: str | None = None,
    experiments: Sequence[str] | None = None,
    finished: bool = True,
) -> "pd.DataFrame":
    """Select runs of the tracking store; deleted ones never.

    Parameters
    ----------
    runs
        Ids of runs, whose order is kept.
    filter
        Filter string of `mlflow.search_runs`, such as ``"metrics.`train/loss` < 0.1"``.
    study
        Name of a study: its trials. May be narrowed by `filter`.
    experiments
        Names or ids of the experiments that are searched; all of them when not given.
    finished
        Whether runs that failed, were killed or still run are left out.

    Returns
    -------
    pandas.DataFrame
        One row per run, the oldest first, with the columns of `mlflow.search_runs` and the name:
        `run_id`, `run_name`, `experiment_id`, `status`, `artifact_uri`, `start_time`, `end_time`,
        `metrics.…`, `params.…` and `tags.…`, missing where a run has none.

    Raises
    ------
    InputError
        When nothing or too much is asked for, no run matches, there is no such run, study or
        experiment, or MLflow does not understand the filter.
    """
    _check_question(runs, filter, study)
    check_store()
    searched = _experiments(experiments)
    if runs:
        found = _by_id(runs, searched, finished)
    else:
        of_study = [_trials_of(study)] if study is not None else []
        wanted = [filter, *of_study, _FINISHED if finished else None]
        whole = " AND ".join(each for each in wanted if each)
        found = _search(searched, whole, filter)
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
    parents = _parents(_experiments(None), study)
    if not parents:
        raise _unknown_study(study, _experiments(None))
    return parents[-1].info.run_id


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


def _experiments(wanted: Sequence[str] | None) -> list[str]:
    """Give the ids of the experiments of these names or ids; of all when not given."""
    import mlflow

    client = mlflow.MlflowClient()
    pages = _pages(lambda token: client.search_experiments(max_results=PAGE, page_token=token))
    names = {each.experiment_id: each.name for each in pages}
    if wanted is None:
        return list(names)
    ids = {name: number for number, name in names.items()}
    for each in wanted:
        if each not in ids and each not in names:
            raise InputError(
                f"There is no experiment {each!r} in the tracking store: choose among "
                f"{_nearest(each, ids)}."
            )
    return [ids.get(each, each) for each in wanted]


def _search(experiments: list[str], filter: str, given: str | None = None) -> list["Run"]:
    """Read all pages of a search, the oldest run first; `given` is what the user wrote of it."""
    if not experiments:
        return []
    with _collection_paused():
        found = _ask(experiments, filter, given=given)
        if found.token:
            found = [*found, *_rest(experiments, filter, found)]
    return list({run.info.run_id: run for run in found}.values())


def _rest(experiments: list[str], filter: str, first) -> list["Run"]:
    if not _is_served():
        return list(_pages(lambda token: _ask(experiments, filter, token), first.token))
    # A server's workers read side by side; the token of a page would come only with the one before.
    with ThreadPoolExecutor(REQUESTS) as pool:
        slices = pool.map(
            lambda part: list(_pages(lambda token: _ask(experiments, part, token))),
            _by_time(filter, first[-1], _ask(experiments, filter, newest=True)[0]),
        )
        return list(chain.from_iterable(slices))


def _is_served() -> bool:
    import mlflow

    return mlflow.get_tracking_uri().startswith(("http://", "https://"))


def _by_time(filter: str, first: "Run", last: "Run") -> list[str]:
    """Divide what a filter finds by the time at which the runs started, from `first` on."""
    span = last.info.start_time - first.info.start_time
    edges = [first.info.start_time + span * i // SLICES for i in range(SLICES)]
    from_on = [f"attributes.start_time >= {edge}" for edge in edges]
    until = [f" AND attributes.start_time < {edge}" for edge in edges[1:]] + [""]
    return [
        f"{filter} AND {low}{high}" if filter else f"{low}{high}"
        for low, high in zip(from_on, until, strict=True)
    ]


def _ask(experiments, filter, token=None, newest=False, given=None):
    """Read one page of runs, or the newest run alone."""
    import mlflow
    from mlflow.exceptions import MlflowException

    try:
        return mlflow.MlflowClient().search_runs(
            experiments,
            filter,
            max_results=1 if newest else PAGE,
            # The oldest first: a run that starts meanwhile must not move the next page.
            order_by=[f"attributes.start_time {'DESC' if newest else 'ASC'}"],
            page_token=token,
        )
    except MlflowException as error:
        if error.error_code != "INVALID_PARAMETER_VALUE":
            raise
        raise InputError(
            f"MLflow does not understand the filter {given!r} ({reason_of(error)}): write it "
            "like \"metrics.`train/loss` < 0.1 AND params.latent_dim = '250'\"."
        ) from error


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Spare the garbage collector MLflow's hundreds of thousands of rows: it takes most time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _pages(page, token=None) -> Iterator:
    while True:
        found = page(token)
        yield from found
        token = found.token
        if not token:
            return


def _by_id(wanted: Sequence[str], experiments: list[str], finished: bool) -> list["Run"]:
    wanted = list(dict.fromkeys(wanted))
    found = {}
    for start in range(0, len(wanted), IDS):
        ids = ", ".join(_quoted(each) for each in wanted[start : start + IDS])
        for run in _search(experiments, f"attributes.run_id IN ({ids})"):
            found[run.info.run_id] = run
    for run_id in wanted:
        if run_id not in found:
            find_run(run_id)  # says that it is unknown, or deleted
            raise InputError(f"Run {run_id} is not in the experiments that were named.")
        status = found[run_id].info.status
        if finished and status != "FINISHED":
            raise InputError(
                f"Run {run_id} is {status}, not FINISHED: wait for it, continue it with train "
                "--resume, or leave it out."
            )
    return [found[run_id] for run_id in wanted]


def _trials_of(study: str) -> str:
    return f"tags.`{STUDY_TAG}` = {_quoted(study)} AND tags.`{TRIAL_TAG}` IS NOT NULL"


def _parents(experiments: list[str], study: str | None = None) -> list["Run"]:
    named = "IS NOT NULL" if study is None else f"= {_quoted(study)}"
    others = f"tags.`{TRIAL_TAG}` IS NULL AND tags.`{COMPARISON_TAG}` IS NULL"
    return _search(experiments, f"tags.`{STUDY_TAG}` {named} AND {others}")


def _quoted(text: str) -> str:
    if "'" in text and '"' in text:
        raise InputError(f"The name {text!r} holds both kinds of quotes: MLflow cannot search it.")
    return f'"{text}"' if "'" in text else f"'{text}'"


def _nothing(filter, study, experiments, finished) -> InputError:
    where = f"in the tracking store {shown_store()}"
    kind = "finished run" if finished else "run"
    if study is None:
        return InputError(
            f"No {kind} {where} matches the filter {filter!r}: widen it, or set "
            "MLFLOW_TRACKING_URI to the store of the runs."
        )
    if not _parents(experiments, study) and not _search(experiments, _trials_of(study)):
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
    return InputError(f"{where}choose among {_nearest(study, known)}.")


def _nearest(text: str, known: Iterable[str]) -> str:
    known = sorted(known)
    near = difflib.get_close_matches(text, known, n=NAMED, cutoff=0.4)
    names = [*near, *(each for each in known if each not in near)]
    more = [f"… ({len(names)} in all)"] if len(names) > NAMED else []
    return ", ".join([*names[:NAMED], *more])


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
        **_columns("metrics", [run.data.metrics for run in runs], float("nan")),
        **_columns("params", [run.data.params for run in runs], None),
        **_columns("tags", [run.data.tags for run in runs], None),
    }
    return pd.DataFrame(columns)


def _columns(kind: str, rows: list[dict], missing) -> dict[str, list]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {f"{kind}.{name}": [row.get(name, missing) for row in rows] for name in names}
