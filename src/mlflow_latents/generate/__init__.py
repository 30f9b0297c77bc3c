"""Latent vectors to draw, the images decoded from them, and how good these are."""

from mlflow_latents.generate.hits import HitProbability, log10_hit_probability
from mlflow_latents.generate.latent_model import (
    LatentModel,
    fit_latent_model,
    load_latent_model,
    save_latent_model,
    with_vectors,
)
from mlflow_latents.generate.registry import RANDOM_SAMPLERS, SAMPLERS, sample

__all__ = [
    "RANDOM_SAMPLERS",
    "SAMPLERS",
    "HitProbability",
    "LatentModel",
    "fit_latent_model",
    "load_latent_model",
    "log10_hit_probability",
    "sample",
    "save_latent_model",
    "with_vectors",
]
