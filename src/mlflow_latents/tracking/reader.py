"""Reads a run back: configuration, latent vectors, report, models."""

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.keras_backend import choose_jax
from mlflow_latents.stats import GaussianFit, LatentReport
from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.configuration import (
    AssessmentConfig,
    EvaluationConfig,
    ExperimentConfig,
    GenerationConfig,
)
from mlflow_latents.tracking.probe_configuration import AttributesConfig, MapsConfig
from mlflow_latents.tracking.serialize import from_json, report_from_json
from mlflow_latents.tracking.store import shown_store

Configuration = (
    ExperimentConfig
    | AssessmentConfig
    | EvaluationConfig
    | GenerationConfig
    | AttributesConfig
    | MapsConfig
)


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
    configuration: ExperimentConfig | AssessmentConfig | EvaluationConfig
    z: np.ndarray
    split: np.ndarray
    names: np.ndarray
    report: LatentReport


def read_run(run_id: str) -> TrackedRun:
    """Read configuration, latent vectors and report of a run.

    Parameters
    ----------
    run_id
        Id of a run that `train`, `assess` or the evaluator has finished.

    Returns
    -------
    TrackedRun
        The report equals the one that was logged. Where the run kept only some of its vectors
        (`latents_kept`), the report still is that of all of them.

    Raises
    ------
    InputError
        When there is no such run, it has no latent vectors, or another version wrote its report.
    """
    run = find_run(run_id)
    z, split, names = read_latents(run_id)
    with _arrays(run_id, artifacts.GAUSSIAN) as arrays:
        fit = GaussianFit(
            mean=arrays["mean"],
            covariance=arrays["covariance"],
            axes=arrays["axes"],
            variances=arrays["variances"],
            n=int(arrays["n"]),
        )
    with download(run_id, artifacts.REPORT) as file:
        report = _report(file.read_text(encoding="utf-8"), fit, run_id)
    return TrackedRun(
        run_id, run.info.run_name, read_configuration(run_id), z, split, names, report
    )


def _report(text: str, fit: GaussianFit, run_id: str) -> LatentReport:
    from cattrs import BaseValidationError

    try:
        return report_from_json(text, fit)
    except (BaseValidationError, KeyError) as error:
        raise InputError(
            f"The report of run {run_id} was written by another version of mlflow-latents: judge "
            f"its vectors again, with assess --run {run_id}."
        ) from error


def find_run(run_id: str):
    """Find a run of the tracking store, as an `mlflow.entities.Run`.

    Raises
    ------
    InputError
        When there is no such run.
    """
    import mlflow

    try:
        run = mlflow.MlflowClient().get_run(run_id)
    except mlflow.MlflowException as error:
        raise InputError(
            f"There is no run {run_id!r} in the tracking store {shown_store()}: copy "
            "the id from the run's page in the MLflow UI, and set MLFLOW_TRACKING_URI to its store."
        ) from error
    if run.info.lifecycle_stage == "deleted":
        raise InputError(f"Run {run_id} has been deleted: restore it, or choose another one.")
    return run


def read_configuration(run_id: str) -> Configuration:
    """Read what a run was asked to do; not what was found of it later, by a probe.

    Raises
    ------
    InputError
        When this package did not log the run.
    """
    for cls in get_args(Configuration):
        path = f"{artifacts.CONFIGURATIONS}/{cls.__name__}.json"
        if has_artifact(run_id, path):
            with download(run_id, path) as file:
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
    with _arrays(run_id, artifacts.LATENTS) as arrays:
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

    choose_jax()
    return mlflow.keras.load_model(f"runs:/{run_id}/{name}")


def has_artifact(run_id: str, path: str) -> bool:
    """Say whether a run has an artifact, file or folder; InputError when there is no such run."""
    import mlflow

    find_run(run_id)
    folder, _, _ = path.rpartition("/")
    listed = mlflow.MlflowClient().list_artifacts(run_id, folder or None)
    return any(artifact.path == path for artifact in listed)


@contextmanager
def download(run_id: str, path: str) -> Iterator[Path]:
    """Fetch an artifact for as long as it is looked at.

    Raises
    ------
    InputError
        When the run does not have it.
    """
    import mlflow

    if not has_artifact(run_id, path):
        raise InputError(
            f"Run {run_id} has no {path}: it was stopped before that, or mlflow-latents did not "
            "make it; choose another run, or continue it with train --resume."
        )
    with tempfile.TemporaryDirectory() as folder:
        with no_progress_bar():
            fetched = mlflow.MlflowClient().download_artifacts(run_id, path, folder)
        yield Path(fetched)


@contextmanager
def no_progress_bar() -> Iterator[None]:
    """Keep MLflow from drawing a bar for each small file, terminal or not."""
    from mlflow.environment_variables import MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR

    before = MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.get_raw()
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(False)
    try:
        yield
    finally:
        if before is None:
            MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.unset()
        else:
            MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(before)


@contextmanager
def _arrays(run_id: str, path: str) -> Iterator[np.lib.npyio.NpzFile]:
    with download(run_id, path) as file:
        try:
            with np.load(file, allow_pickle=False) as arrays:
                yield arrays
        except (ValueError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(
                f"{path} of run {run_id} is damaged ({error}): choose another run."
            ) from error
