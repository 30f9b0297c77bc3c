"""Optuna's storage: opened, reached, and used by one process at a time where that matters."""

import sqlite3
import warnings
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import optuna
import sqlalchemy
from optuna.storages import RDBStorage
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from mlflow_latents.errors import InputError, reason_of

HEARTBEAT = 30  # seconds
GRACE = 4 * HEARTBEAT  # without a heartbeat, after which a trial counts as interrupted
SLEEPING = 600  # seconds that a silent process may keep all others out of a server
_KINDS = "sqlite:///FILE or postgresql://USER@HOST/DATABASE"
PATIENCE = 120  # seconds that another process may use the storage before this one gives up


class Storage:
    """An Optuna storage of studies.

    Parameters
    ----------
    url
        sqlite:///FILE or postgresql://….
    heartbeat, grace
        Seconds between signs of life of a running trial, and without one until it counts as
        interrupted.

    Raises
    ------
    InputError
        When it is of another kind, or cannot be reached or written.
    """

    def __init__(self, url: str, heartbeat: int = HEARTBEAT, grace: int = GRACE):
        self.url = check_url(url)
        self.name = _shown(url)
        waiting = {"timeout": PATIENCE} if self._file else {}
        self._options = {"connect_args": waiting, "pool_pre_ping": True}
        try:
            self._check_own()
            with self.alone(), warnings.catch_warnings():
                # Heartbeats are called experimental.
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                self.optuna = RDBStorage(
                    self.url,
                    engine_kwargs=self._options,
                    heartbeat_interval=heartbeat,
                    grace_period=grace,
                )
        except (SQLAlchemyError, sqlite3.Error, ImportError, OSError, RuntimeError) as error:
            raise InputError(
                f"The storage {self.name} cannot be used ({reason_of(error)}): start its server, "
                f"or give {_KINDS}."
            ) from error

    def _check_own(self) -> None:
        """Raise InputError when the database is that of MLflow, which Optuna would spoil."""
        if self._file and not self._file.exists():
            return
        engine = sqlalchemy.create_engine(self.url, poolclass=sqlalchemy.NullPool)
        if sqlalchemy.inspect(engine).has_table("experiments"):
            raise InputError(
                f"The storage {self.name} is a database of MLflow, and Optuna needs one of its "
                f"own: give {_KINDS}."
            )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold what processes on all machines do one at a time; not to be nested.

        The lock lasts no longer than the process that holds it.
        """
        with self._alone_in_file() if self._file else self._alone_on_server():
            yield

    @property
    def _file(self) -> Path | None:
        address = make_url(self.url)
        return Path(address.database) if address.get_backend_name() == "sqlite" else None

    @contextmanager
    def _alone_in_file(self):
        # In a file of its own: in that of the studies it would keep Optuna itself from writing.
        lock = sqlite3.connect(f"{self._file}.lock", timeout=PATIENCE, isolation_level=None)
        with closing(lock):
            lock.execute("BEGIN EXCLUSIVE")
            yield

    @contextmanager
    def _alone_on_server(self):
        engine = sqlalchemy.create_engine(self.url, poolclass=sqlalchemy.NullPool)
        key = zlib.crc32(b"mlflow_latents")
        with engine.connect() as connection:
            # Else a machine that falls asleep here, or loses its power, would keep all others out.
            limit = f"SET idle_in_transaction_session_timeout = '{SLEEPING}s'"
            connection.execute(sqlalchemy.text(limit))
            connection.execute(sqlalchemy.text(f"SELECT pg_advisory_lock({key})"))
            try:
                yield
            finally:
                connection.invalidate()  # ends the session, and the lock with it


def default_url(tracking_uri: str) -> str:
    """Give the SQLite file beside a tracking database, or in the current folder."""
    folder = Path()
    if tracking_uri.startswith("sqlite:///"):
        folder = Path(make_url(tracking_uri).database or "").parent
    return f"sqlite:///{(folder / 'optuna.db').absolute()}"


def check_url(url: str) -> str:
    """Give an address of a database, or raise InputError when it is none that serves a study."""
    try:
        address = make_url(url)
    except (SQLAlchemyError, ValueError) as error:
        raise InputError(f"The storage is no database URL: give {_KINDS}.") from error
    kind = address.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise InputError(
            f"The storage is a {kind} database, whose studies several workers cannot share here: "
            f"give {_KINDS}."
        )
    if kind == "sqlite" and address.database in (None, "", ":memory:"):
        raise InputError(
            "The storage is a database in memory, which no other process sees: give sqlite:///FILE."
        )
    return url


def _shown(url: str) -> str:
    """Give an address without a password, which may also stand among its options."""
    return make_url(url).set(query={}).render_as_string(hide_password=True)
