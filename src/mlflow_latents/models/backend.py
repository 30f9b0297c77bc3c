"""Keras on JAX: every module of this package takes `keras` from here."""

from mlflow_latents.errors import InputError
from mlflow_latents.keras_backend import choose_jax

choose_jax()

import keras  # noqa: E402 - after the choice

if keras.backend.backend() != "jax":
    raise InputError(
        f"Keras was imported with the backend {keras.backend.backend()!r} before mlflow_latents "
        "needed it with JAX: set KERAS_BACKEND=jax before Keras is imported, or import "
        "mlflow_latents.models.backend first."
    )

__all__ = ["keras"]
