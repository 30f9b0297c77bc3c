"""Judges that are trained once, and kept in the cache."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.models.backend import keras
from mlflow_latents.paths import CACHE_VARIABLE, cache_folder


def judges_folder(cache_dir: str | None = None) -> Path:
    """Give the folder where judges are kept."""
    return cache_folder(cache_dir) / "judges"


def judge_digest(recipe: tuple, images, targets: np.ndarray) -> str:
    """Identify a judge by its recipe, the images, and what it learns of them: 32 digits."""
    text = repr((recipe, images.digest, targets.shape)).encode()
    return hashlib.sha256(text + targets.tobytes()).hexdigest()[:32]


def kept_network(path: Path, make: Callable[[], keras.Model]) -> keras.Model:
    """Load a network, or make and keep it where it is not there or damaged.

    Parameters
    ----------
    path
        Its file, ending in .keras.
    make
        Gives the network.

    Returns
    -------
    keras.Model

    Raises
    ------
    InputError
        When the folder cannot be written to, before anything is made.
    """
    try:
        return keras.saving.load_model(path, compile=False)
    except (OSError, ValueError, KeyError, BadZipFile):  # not there, or damaged
        _check_writable(path.parent)
    model = make()
    temporary = path.parent / f"{path.stem}.{os.getpid()}.keras"
    try:
        model.save(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return model


def _check_writable(folder):
    reason = "no permission"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise InputError(
            f"The judge cannot be kept in {folder} ({reason}): make it writable, or choose another "
            f"folder by cache_dir or {CACHE_VARIABLE}."
        )
