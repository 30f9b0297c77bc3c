"""A tracking store of its own for every test that logs."""

import os
import shutil
from pathlib import Path

# Two processes with two threads each on two cores would wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"

import pytest


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory):
    """Keep what is cached, judges above all, out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_LATENTS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def few_figures(monkeypatch):
    """Draw one figure of the latent vectors for all: drawing takes half of a small run's time."""
    _draw_one_figure(monkeypatch)


@pytest.fixture(scope="module")
def few_figures_in_module():
    """Draw one figure, as `few_figures`, in all tests of a module."""
    with pytest.MonkeyPatch.context() as patch:
        _draw_one_figure(patch)
        yield


def _draw_one_figure(patch) -> None:
    from mlflow_latents.tracking import assessment

    name, draw = next(iter(assessment.LATENT_FIGURES.items()))
    patch.setattr(assessment, "LATENT_FIGURES", {name: draw})


def use_store(folder: Path) -> None:
    """Send what is logged to a database and artifacts in `folder`."""
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    mlflow.set_registry_uri(f"sqlite:///{folder / 'mlflow.db'}")


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory) -> Path:
    """An empty database, made once: MLflow takes seconds to create one."""
    from mlflow_latents.tracking import check_store

    folder = tmp_path_factory.mktemp("empty_store")
    use_store(folder)
    check_store()
    return folder / "mlflow.db"


@pytest.fixture(scope="module")
def module_store(empty_store, tmp_path_factory):
    """A tracking store for all tests of a module; artifacts lie beside it."""
    folder = tmp_path_factory.mktemp("store")
    yield from _opened(empty_store, folder)


@pytest.fixture
def store(empty_store, tmp_path):
    """A tracking store for one test."""
    yield from _opened(empty_store, tmp_path)


def _opened(empty_store: Path, folder: Path):
    # Here, since MLflow takes seconds to import and most tests do without it.
    import mlflow

    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    shutil.copy(empty_store, folder / "mlflow.db")
    use_store(folder)
    experiment = mlflow.create_experiment("test", (folder / "artifacts").as_uri())
    mlflow.set_experiment(experiment_id=experiment)
    yield folder
    mlflow.end_run()
    mlflow.set_tracking_uri(before[0])
    mlflow.set_registry_uri(before[1])
