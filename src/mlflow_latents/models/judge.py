"""Judges of images: a small network trained on the labels of an image set, or a model of the user.

A judge gives features, in which generated images are compared with held-out ones. Features of a
network that was trained on other images tell little of these: digits are not photographs.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from mlflow_latents.errors import InputError, reason_of
from mlflow_latents.models.backend import keras
from mlflow_latents.models.coding import encode
from mlflow_latents.models.judge_cache import judge_digest, judges_folder, kept_network
from mlflow_latents.models.judge_training import (
    RECIPE,
    judge_targets,
    train_judge,
    training_rows,
)
from mlflow_latents.paths import user_path


@dataclass(frozen=True)
class Judge:
    """Turns images into features.

    Parameters
    ----------
    model : keras.Model
    name
        Tells it from others: numbers of different judges cannot be compared.
    """

    model: keras.Model
    name: str

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Give the features (n, f) float32 of uint8 images (n, height, width, channels)."""
        return encode(self.model, images)


def judge_features(images, judge: str | None = None, cache_dir: str | None = None) -> Judge | None:
    """Give the function that turns images into the features of a judge.

    Without a judge of the user, one is trained on the attributes of the training images and kept
    in the cache; its features have mean 0 and mean variance 1 over the training images.

    Parameters
    ----------
    images : ImageSet
    judge
        A Keras model file (.keras) from float images (n, height, width, channels), 0 to 1, to
        features (n, f): keras.applications.InceptionV3 behind Resizing and Rescaling, for instance.
    cache_dir
        Folder of caches, where trained judges are kept.

    Returns
    -------
    Judge or None
        uint8 images (n, height, width, channels) to features (n, f) float32; None where nothing is
        known of the images that a judge could learn.

    Raises
    ------
    InputError
        When the user's model cannot be read or does not suit the images.
    """
    if judge is not None:
        path = user_path(judge, "judge")
        model = _users_model(path, images)
        return Judge(model, f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}")
    targets = judge_targets(images)
    if targets is None:
        return None
    digest = judge_digest(RECIPE, images, targets)
    model = kept_network(
        judges_folder(cache_dir) / f"{digest}.keras",
        lambda: _features_of(train_judge(images, targets), images),
    )
    return Judge(model, f"labels of {images.name} {digest[:16]}")


def _features_of(network, images):
    """Cut the network behind its features, and scale these to mean 0 and mean variance 1."""
    model = keras.Sequential([keras.Input(images.shape), *network.layers[:-2]], name="judge")
    z = encode(model, images, training_rows(images)).astype(np.float64)
    kernel, bias = model.layers[-1].get_weights()
    scale = np.sqrt(max(z.var(axis=0).mean(), 1e-12))
    model.layers[-1].set_weights([kernel / scale, (bias - z.mean(axis=0)) / scale])
    return model


def _users_model(path: Path, images):
    if path.suffix != ".keras" or not path.is_file():
        raise InputError(
            f"The judge {path} is no Keras model file: name a file that ends in .keras."
        )
    try:
        model = keras.saving.load_model(path, compile=False)
        taken, given = model.input_shape, model.output_shape
    except (OSError, ValueError, TypeError, KeyError, AttributeError, BadZipFile) as error:
        raise InputError(
            f"The judge {path} cannot be read ({reason_of(error)}): save it again, of Keras's own "
            "layers."
        ) from error
    fits = len(taken) == 4 and all(
        side in (None, own) for side, own in zip(taken[1:], images.shape, strict=True)
    )
    if not fits or len(given) != 2:
        height, width, channels = images.shape
        raise InputError(
            f"The judge {path} turns {taken} into {given}, but must turn images (n, {height}, "
            f"{width}, {channels}) into features (n, f): put a Resizing layer in front, or pooling "
            "at its end."
        )
    return model
