import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
import sqlalchemy
from optuna.study import StudyDirection

from mlflow_latents.errors import InputError
from mlflow_latents.studies.heartbeat import heartbeat
from mlflow_latents.studies.outages import is_outage, patiently
from mlflow_latents.studies.storage import Storage, default_url

HOLDS = """
import sys
from mlflow_latents.studies.storage import Storage
storage = Storage.__new__(Storage)
storage.url = sys.argv[1]
with storage.alone():
    print("held", flush=True)
    input()
"""


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("what is this", "is no database URL: give sqlite:///FILE"),
        ("mysql://me@here/db", "is a mysql database, whose studies several workers cannot share"),
        ("sqlite://", "is a database in memory"),
        ("sqlite:////no/such/folder/optuna.db", r"cannot be used \(unable to open database file\)"),
        ("postgresql://me:secret@127.0.0.1:9/db", r"me:\*\*\*@127.0.0.1:9/db cannot be used"),
    ],
)
def test_storage_that_cannot_be_used_is_one_sentence(url, message):
    with pytest.raises(InputError, match=message) as error:
        Storage(url)
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)


def test_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "optuna.db").write_text("This is no database, but a text." * 10)
    with pytest.raises(InputError, match=r"optuna.db cannot be used"):
        Storage(f"sqlite:///{tmp_path}/optuna.db")


@pytest.mark.parametrize("name", ["postgresql", "postgresql+psycopg"])
def test_postgres_by_either_name(arena, postgres, name):
    storage = Storage(postgres.url.replace("postgresql+psycopg", name))
    with storage.alone():
        storage.optuna.create_new_study([StudyDirection.MINIMIZE], name)
    arena.leave(storage)


def test_default_lies_beside_the_tracking_database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert default_url("sqlite:////a/b/mlflow.db") == "sqlite:////a/b/optuna.db"
    for elsewhere in ("http://127.0.0.1:5000", "sqlite:///mlflow.db"):
        assert default_url(elsewhere) == f"sqlite:///{tmp_path}/optuna.db"


def alone_one_at_a_time(storage: Storage) -> None:
    """A process holds the storage; it is free when that process is killed, and no earlier."""
    arguments = [sys.executable, "-c", HOLDS, storage.url]
    free = threading.Event()

    def wait():
        with storage.alone():
            free.set()

    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        thread = threading.Thread(target=wait)
        thread.start()
        assert not free.wait(0.3)
        os.kill(other.pid, signal.SIGKILL)
        assert free.wait(20)
        thread.join()


def test_alone_in_a_file(storage):
    alone_one_at_a_time(storage)


def test_alone_on_a_server(arena, postgres):
    storage = Storage(postgres.url)
    alone_one_at_a_time(storage)
    arena.leave(storage)


def test_silent_holder_does_not_keep_others_out_of_a_server(arena, postgres, monkeypatch):
    storage = Storage(postgres.url)
    monkeypatch.setattr("mlflow_latents.studies.storage.SLEEPING", 1)
    with storage.alone():
        waiting = threading.Thread(target=lambda: storage.alone().__enter__())
        waiting.start()
        waiting.join(20)
        assert not waiting.is_alive()
    arena.leave(storage)


def test_heartbeat_outlives_an_error_and_comes_again_soon(monkeypatch):
    class Broken:
        beats = ()

        def get_heartbeat_interval(self):
            return 0.01

        def record_heartbeat(self, trial_id):
            self.beats += (trial_id,)
            if len(self.beats) == 1:
                raise sqlalchemy.exc.OperationalError("INSERT", {}, Exception("away"))

    monkeypatch.setattr("mlflow_latents.studies.heartbeat.AGAIN", 0.01)
    storage = Broken()
    with heartbeat(storage, 7):
        until = time.monotonic() + 10
        while len(storage.beats) < 3 and time.monotonic() < until:
            time.sleep(0.01)
    assert set(storage.beats) == {7}
    assert len(storage.beats) >= 3


def chained(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (sqlite3.OperationalError("database is locked"), True),
        (chained(InputError("no store."), chained(OSError(), ConnectionResetError())), True),
        (Exception("API request to endpoint failed with error code 503 != 200."), True),
        (Exception("API request to endpoint failed with error code 404 != 200."), False),
        (InputError("The loss is not finite."), False),
        (FileNotFoundError("celeba"), False),
        (MemoryError(), False),
    ],
)
def test_what_an_outage_is(error, outage):
    assert is_outage(error) is outage


def test_outages_are_waited_for_and_errors_are_not(monkeypatch):
    monkeypatch.setattr("mlflow_latents.studies.outages.PAUSE", 0.0)
    answers = [ConnectionRefusedError(), TimeoutError(), "done"]

    def do():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert patiently(do) == "done"
    answers[:] = [InputError("bad."), "never"]
    with pytest.raises(InputError, match="bad"):
        patiently(do)
    answers[:] = [ConnectionRefusedError(), "too late"]
    with pytest.raises(ConnectionRefusedError):
        patiently(do, limit=-1)
