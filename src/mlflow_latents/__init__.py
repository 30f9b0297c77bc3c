"""Tell where the latent vectors of an autoencoder are a multivariate normal distribution.

Importing the package imports neither Keras nor JAX, and chooses no backend for Keras; both come
with the first use of what needs them.
"""

import importlib

from mlflow_latents.errors import InputError

__version__ = "0.1.0"

_ROOMS = {
    "assess": "stats",
    "fit_gaussian": "stats",
    "multivariate_normality": "stats",
    "open_images": "data",
    "train": "models",
    "encode": "models",
    "read_run": "tracking",
    "run_experiment": "experiment",
}

__all__ = ["InputError", "__version__", *_ROOMS]


def __getattr__(name: str):
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)


def __dir__():
    return __all__
