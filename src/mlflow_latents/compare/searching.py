"""Searches the tracking store: all pages of it, and of a server several at once."""

import difflib
import gc
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from mlflow_latents.errors import InputError, reason_of

if TYPE_CHECKING:
    from mlflow.entities import Run

PAGE = 1000  # runs; MLflow allows 50,000, but a server shall not hold them all at once
REQUESTS, SLICES = 4, 16  # to a server at once, and in all beyond the first page
NAMED = 5  # names or ids in a message


def experiment_ids(wanted: Sequence[str] | None) -> list[str]:
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
                f"{nearest(each, ids)}."
            )
    return [ids.get(each, each) for each in wanted]


def search(experiments: list[str], filter: str, given: str | None = None) -> list["Run"]:
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


def quoted(text: str) -> str:
    """Quote a text within a filter string."""
    if "'" in text and '"' in text:
        raise InputError(f"The name {text!r} holds both kinds of quotes: MLflow cannot search it.")
    return f'"{text}"' if "'" in text else f"'{text}'"


def nearest(text: str, known: Iterable[str]) -> str:
    """Name what there is, the most alike first."""
    known = sorted(known)
    near = difflib.get_close_matches(text, known, n=NAMED, cutoff=0.4)
    names = [*near, *(each for each in known if each not in near)]
    more = [f"… ({len(names)} in all)"] if len(names) > NAMED else []
    return ", ".join([*names[:NAMED], *more])
