"""Autoencoders: their configuration, training, encoding and decoding.

The configurations import neither Keras nor JAX; the rest is imported when it is first asked for.
"""

from importlib import import_module

from mlflow_latents.models.config import CAEConfig, TrainingConfig
from mlflow_latents.models.epoch import Epoch

_LAZY = {
    "build_cae": "cae",
    "check_job": "training",
    "check_latent_dim": "training",
    "decode": "coding",
    "encode": "coding",
    "fast_call": "fast",
    "judge_features": "judge",
    "judge_targets": "judge_training",
    "ReconstructionErrors": "reconstruction",
    "reconstruction_errors": "reconstruction",
    "ssim": "reconstruction",
    "train": "training",
    "train_judge": "judge_training",
    "TrainedCAE": "training",
}

__all__ = ["CAEConfig", "Epoch", "TrainingConfig", *_LAZY]


def __getattr__(name):
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
