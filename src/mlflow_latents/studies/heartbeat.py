"""Signs of life of a running trial."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import optuna
from optuna.storages import RDBStorage
from sqlalchemy.exc import SQLAlchemyError

AGAIN = 0.5  # seconds after which a beat that failed is tried again


@contextmanager
def heartbeat(storage: RDBStorage, trial_id: int) -> Iterator[None]:
    """Record that a trial is alive, as long as this lasts.

    Optuna's own thread ends at the first error; this one outlives a database that is restarted,
    and is heard again before other workers would take the trial for abandoned.
    """
    over = threading.Event()

    def beat():
        pause = storage.get_heartbeat_interval()
        while not over.wait(pause):
            try:
                storage.record_heartbeat(trial_id)
                pause = storage.get_heartbeat_interval()
            except (SQLAlchemyError, optuna.exceptions.StorageInternalError):
                pause = AGAIN

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
