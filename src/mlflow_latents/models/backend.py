"""Keras on JAX: every module of this package takes `keras` from here."""

import os
import sys

from mlflow_latents.errors import InputError

if "keras" not in sys.modules:
    os.environ["KERAS_BACKEND"] = "jax"

import keras

if keras.backend.backend() != "jax":
    raise InputError(
        f"Keras was imported with the backend {keras.backend.backend()!r} before mlflow_latents, "
        "which needs JAX: import mlflow_latents first, or set KERAS_BACKEND=jax."
    )

__all__ = ["keras"]
