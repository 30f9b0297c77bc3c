"""The only code that talks to MLflow: names of metrics and artifacts, writer, reader."""

from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.configuration import (
    AssessmentConfig,
    ExperimentConfig,
    TrackingConfig,
    flatten,
    parameters,
    spell,
)
from mlflow_latents.tracking.names import Metric, all_metrics, latent_metrics, validation_metrics
from mlflow_latents.tracking.page import Picture, render_page
from mlflow_latents.tracking.reader import (
    TrackedRun,
    find_run,
    load_model,
    read_history,
    read_latents,
    read_run,
)
from mlflow_latents.tracking.resume import check_resumable, check_same_images, fetch_checkpoint
from mlflow_latents.tracking.store import check_store, how_to_look
from mlflow_latents.tracking.writer import RunWriter, tracked_run

__all__ = [
    "AssessmentConfig",
    "ExperimentConfig",
    "Metric",
    "Picture",
    "RunWriter",
    "TrackedRun",
    "TrackingConfig",
    "all_metrics",
    "artifacts",
    "check_resumable",
    "check_same_images",
    "check_store",
    "fetch_checkpoint",
    "find_run",
    "flatten",
    "how_to_look",
    "latent_metrics",
    "load_model",
    "parameters",
    "read_history",
    "read_latents",
    "read_run",
    "render_page",
    "spell",
    "tracked_run",
    "validation_metrics",
]
