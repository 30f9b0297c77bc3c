"""Reads a run back: configuration, latent vectors, report, models, checkpoint."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.stats import GaussianFit, LatentReport
from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.configuration import AssessmentConfig, ExperimentConfig
from mlflow_latents.tracking.serialize import from_json, report_from_json


@dataclass(frozen=True)
class TrackedRun:
    """A run of this package, read from the tracking store.

    Parameters
    ----------
    run_id, name
        Id and name of the run.
    configuration
        What the run was asked to do.
    z
        Latent vectors (n, d), float32.
    split
        Split of each vector, (n,): 'train', 'validation' or 'test'.
    names
        Name of each vector's image, (n,).
    report
        How far the vectors follow a multivariate normal distribution.
    """

    run_id: str
    name: str
    configuration: ExperimentConfig | AssessmentConfig
    z: np.ndarray
    split: np.ndarray
    names: np.ndarray
    report: LatentReport


def read_run(run_id: str) -> TrackedRun:
    """Read configuration, latent vectors and report of a run.

    Parameters
    ----------
    run_id
        Id of a run that `train` or `assess` has finished.

    Returns
    -------
    TrackedRun
        The report equals the one that was logged. Where the run kept only some of its vectors
        (`latents_kept`), the report still is that of all of them.

    Raises
    ------
    InputError
        When there is no such run, or it has no latent vectors.
    """
    run = find_run(run_id)
    z, split, names = read_latents(run_id)
    with _download(run_id, artifacts.GAUSSIAN) as file, np.load(file) as arrays:
        fit = GaussianFit(
            mean=arrays["mean"],
            covariance=arrays["covariance"],
            axes=arrays["axes"],
            variances=arrays["variances"],
            n=int(arrays["n"]),
        )
    with _download(run_id, artifacts.REPORT) as file:
        report = report_from_json(file.read_text(encoding="utf-8"), fit)
    return TrackedRun(
        run_id, run.info.run_name, read_configuration(run_id), z, split, names, report
    )


def find_run(run_id: str):
    """Find a run of the tracking store, as an `mlflow.entities.Run`.

    Raises
    ------
    InputError
        When there is no such run.
    """
    import mlflow

    try:
        return mlflow.MlflowClient().get_run(run_id)
    except mlflow.MlflowException as error:
        raise InputError(
            f"There is no run {run_id!r} in the tracking store {mlflow.get_tracking_uri()}: copy "
            "the id from the run's page in the MLflow UI, and set MLFLOW_TRACKING_URI to its store."
        ) from error


def read_configuration(run_id: str) -> ExperimentConfig | AssessmentConfig:
    """Read what a run was asked to do.

    Raises
    ------
    InputError
        When this package did not log the run.
    """
    for cls in (ExperimentConfig, AssessmentConfig):
        path = f"{artifacts.CONFIGURATIONS}/{cls.__name__}.json"
        if _has(run_id, path):
            with _download(run_id, path) as file:
                return from_json(cls, file.read_text(encoding="utf-8"))
    raise InputError(
        f"Run {run_id} has no {artifacts.CONFIGURATIONS}/: mlflow-latents did not make it, or "
        "it failed before it began; choose another run."
    )


def read_latents(run_id: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read the latent vectors of a run: z (n, d) float32, split (n,), names (n,).

    Raises
    ------
    InputError
        When the run has none.
    """
    if not _has(run_id, artifacts.LATENTS):
        raise InputError(
            f"Run {run_id} has no {artifacts.LATENTS}: it did not get as far as its latent "
            "vectors; choose another run, or continue it with --resume."
        )
    with _download(run_id, artifacts.LATENTS) as file, np.load(file) as arrays:
        return arrays["z"], arrays["split"], arrays["name"]


def read_history(run_id: str, prefix: str) -> dict[str, list[tuple[int, float]]]:
    """Read the (step, value) pairs of all metrics of a run whose name starts with `prefix`.

    The last value of a step counts: an epoch that was interrupted and done again logs twice.
    """
    import mlflow

    client = mlflow.MlflowClient()
    names = [name for name in find_run(run_id).data.metrics if name.startswith(prefix)]
    histories = {name: client.get_metric_history(run_id, name) for name in names}
    return {
        name: sorted({entry.step: entry.value for entry in history}.items())
        for name, history in histories.items()
    }


def load_model(run_id: str, name: str):
    """Load the `encoder` or `decoder` of a run as a Keras model."""
    import mlflow

    return mlflow.keras.load_model(f"runs:/{run_id}/{name}")


def fetch_checkpoint(run_id: str, folder: Path) -> None:
    """Fetch the newest whole checkpoint of a run into a folder.

    Raises
    ------
    InputError
        When the run has none.
    """
    with _download(run_id, artifacts.CHECKPOINTS) as slots:
        whole = [slot for slot in slots.glob("*") if _is_whole(slot)]
        if not whole:
            raise InputError(
                f"Run {run_id} was stopped before its first epoch was kept: there is nothing to "
                "continue, so start it anew."
            )
        shutil.copytree(max(whole, key=_epochs), folder, dirs_exist_ok=True)


def _is_whole(slot: Path) -> bool:
    return all(zipfile.is_zipfile(slot / name) for name in ("last.npz", "best.npz"))


def _epochs(slot: Path) -> int:
    with np.load(slot / "last.npz") as arrays:
        return len(arrays["history"])


def _has(run_id: str, path: str) -> bool:
    import mlflow

    folder, _, _ = path.rpartition("/")
    listed = mlflow.MlflowClient().list_artifacts(run_id, folder or None)
    return any(artifact.path == path for artifact in listed)


@contextmanager
def _download(run_id: str, path: str) -> Iterator[Path]:
    import mlflow

    with tempfile.TemporaryDirectory() as folder:
        if not _has(run_id, path):
            yield Path(folder)
            return
        yield Path(mlflow.MlflowClient().download_artifacts(run_id, path, folder))
