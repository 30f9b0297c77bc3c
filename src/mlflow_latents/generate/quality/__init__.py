"""How good generated images are: distances to held-out images, with their errors and floor."""

from mlflow_latents.generate.quality.coverage import precision_recall
from mlflow_latents.generate.quality.frechet import diversity, frechet_distance
from mlflow_latents.generate.quality.jackknife import Estimate
from mlflow_latents.generate.quality.kernel import kernel_distance
from mlflow_latents.generate.quality.measure import LEAST_HELD_OUT, Quality, Reference, prepare
from mlflow_latents.generate.quality.nearest import TrainingImages, nearness
from mlflow_latents.generate.quality.pyramid import (
    laplacian_pyramid,
    project_images,
    sliced_wasserstein,
)
from mlflow_latents.generate.quality.round_trip import RoundTrip, round_trip

__all__ = [
    "LEAST_HELD_OUT",
    "Estimate",
    "Quality",
    "Reference",
    "RoundTrip",
    "TrainingImages",
    "diversity",
    "frechet_distance",
    "kernel_distance",
    "laplacian_pyramid",
    "nearness",
    "precision_recall",
    "prepare",
    "project_images",
    "round_trip",
    "sliced_wasserstein",
]
