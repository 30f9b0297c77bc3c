"""A database or a tracking server that is away for a while."""

import socket
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator

import requests
from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import OperationalError

from mlflow_latents.errors import reason_of

OUTAGE = 1800  # seconds that a server may be away
PAUSE = 2.0
_SIGNS = (
    OperationalError,
    sqlite3.OperationalError,
    requests.RequestException,
    ConnectionRefusedError,
    ConnectionResetError,
    TimeoutError,
    socket.gaierror,  # no network
)
OUTAGES = (*_SIGNS, StorageInternalError)
_ANSWERS = ("error code 502", "error code 503", "error code 504")
# What SQLite also calls operational, and waiting does not mend.
_LASTING = ("full", "readonly", "no such", "unable to open", "malformed", "syntax error")


def patiently(do: Callable, limit: float = OUTAGE):
    """Call again until the servers that it needs answer, and give its result.

    Parameters
    ----------
    do
        Takes nothing, and may be called again after it failed halfway.
    limit
        Seconds after which it gives up.

    Raises
    ------
    Exception
        What `do` raises, when that is no outage, or the outage lasts longer than the limit.
    """
    until, told = time.monotonic() + limit, False
    while True:
        try:
            return do()
        except Exception as error:
            if not is_outage(error) or time.monotonic() > until:
                raise
            if not told:
                told = True
                print(
                    f"warning: no answer ({reason_of(error)}): trying again for "
                    f"{limit / 60:.0f} minutes.",
                    file=sys.stderr,
                )
            time.sleep(PAUSE)


def is_outage(error: BaseException) -> bool:
    """Whether an error came from a server or a database that did not answer."""
    return any(
        (isinstance(each, _SIGNS) and not any(word in str(each) for word in _LASTING))
        or any(answer in str(each) for answer in _ANSWERS)
        for each in _chain(error)
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
