"""A database or a tracking server that is away for a while."""

import socket
import sqlite3
import time
from collections.abc import Callable, Iterator

import requests
from sqlalchemy.exc import OperationalError

OUTAGE = 1800  # seconds that a server may be away
PAUSE = 2.0
_SIGNS = (
    OperationalError,
    sqlite3.OperationalError,
    requests.RequestException,
    ConnectionError,
    TimeoutError,
    socket.gaierror,  # no network
)
_ANSWERS = ("error code 502", "error code 503", "error code 504")


def patiently(do: Callable):
    """Call again until the servers that it needs answer, and give its result.

    Parameters
    ----------
    do
        Takes nothing, and may be called again after it failed halfway.

    Raises
    ------
    Exception
        What `do` raises, when that is no outage, or the outage lasts longer than half an hour.
    """
    until = time.monotonic() + OUTAGE
    while True:
        try:
            return do()
        except Exception as error:
            if not is_outage(error) or time.monotonic() > until:
                raise
            time.sleep(PAUSE)


def is_outage(error: BaseException) -> bool:
    """Whether an error came from a server or a database that did not answer."""
    return any(
        isinstance(each, _SIGNS) or any(answer in str(each) for answer in _ANSWERS)
        for each in _chain(error)
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
