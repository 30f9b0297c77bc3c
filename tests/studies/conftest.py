"""Servers and workers for studies; what they are made of is in benchmarks/arena.py."""

import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def load(name: str):
    """Import a file of the folder benchmarks, which is no package."""
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def arena():
    """The module of servers that can be stopped and workers that can be killed."""
    return load("arena")


@pytest.fixture(scope="session")
def faults():
    """The module of the longer script."""
    return load("faults")


@pytest.fixture(scope="module")
def postgres(arena):
    """A PostgreSQL server of the tests' own."""
    if not arena.PostgresServer.is_installed():
        pytest.skip("PostgreSQL is not installed.")
    # Not in pytest's own folder, which the server's user may not enter.
    with tempfile.TemporaryDirectory() as folder:
        server = arena.PostgresServer(Path(folder, "postgres"))
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def empty_storage(arena, tmp_path_factory) -> Path:
    """An empty storage, made once, as it takes long."""
    from mlflow_latents.studies.storage import Storage

    file = tmp_path_factory.mktemp("empty_storage") / "optuna.db"
    arena.leave(Storage(f"sqlite:///{file}"))
    return file


@pytest.fixture
def storage(arena, empty_storage, store):
    """An Optuna storage for one test, beside its tracking store."""
    from mlflow_latents.studies.storage import Storage

    shutil.copy(empty_storage, store / "optuna.db")
    storage = Storage(f"sqlite:///{store}/optuna.db", arena.HEARTBEAT, arena.GRACE)
    yield storage
    arena.leave(storage)


@pytest.fixture
def opened(storage):
    """Opens the study of a test, of four trials unless another number is asked for."""
    from mlflow_latents.studies.config import StudyConfig
    from mlflow_latents.studies.study import open_study

    def open_it(trials: int = 4, objective: str = "batch_normalization"):
        config = StudyConfig(objective=objective, trials=trials, storage=storage.url)
        return open_study(config, storage)

    return open_it
