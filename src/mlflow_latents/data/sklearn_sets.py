"""Image sets that scikit-learn embeds or fetches."""

from pathlib import Path

import numpy as np

from mlflow_latents.data.arrays import plan_arrays
from mlflow_latents.data.config import ImagesConfig
from mlflow_latents.data.files import existing_folder, no_folder
from mlflow_latents.data.folder import plan_tree
from mlflow_latents.data.plan import Plan
from mlflow_latents.data.splits import seeded_split
from mlflow_latents.errors import InputError

OLIVETTI = "https://ndownloader.figshare.com/files/5976027"
LFW = "http://vis-www.cs.umass.edu/lfw/lfw-funneled.tgz"


def plan_digits(config: ImagesConfig) -> Plan:
    """Plan to use the 1797 handwritten digits of 8 x 8 pixels that scikit-learn embeds.

    Parameters
    ----------
    config : ImagesConfig

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        When ``data_dir`` is given.
    """
    from sklearn.datasets import load_digits

    no_folder(config)
    digits = load_digits()
    return _plan(config, digits.images / 16, digits.target, "sklearn.datasets.load_digits")


def plan_olivetti(config: ImagesConfig) -> Plan:
    """Plan to use the 400 Olivetti faces of 64 x 64 pixels.

    Parameters
    ----------
    config : ImagesConfig
        ``data_dir`` is where scikit-learn keeps its data, when given.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        When the faces are not there and cannot be downloaded.
    """
    from sklearn.datasets import fetch_olivetti_faces

    home = _data_home(config)
    try:
        faces = fetch_olivetti_faces(data_home=home)
    except OSError as error:
        raise InputError(
            f"'olivetti' could not be downloaded ({error}): download {OLIVETTI} "
            f"to {home / 'olivettifaces.mat'}."
        ) from error
    return _plan(config, faces.images, faces.target, "sklearn.datasets.fetch_olivetti_faces")


def plan_lfw(config: ImagesConfig) -> Plan:
    """Plan to read the 13,233 photographs of Labeled Faces in the Wild.

    scikit-learn fetches the files; they are read as a folder, since its own reader holds all of
    them in memory as floats. The attribute ``label`` is the name of the person.

    Parameters
    ----------
    config : ImagesConfig
        ``data_dir`` is where scikit-learn keeps its data, when given.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        When the photographs are not there and cannot be downloaded.
    """
    home = _data_home(config)
    photographs = home / "lfw_home" / "lfw_funneled"
    if not photographs.is_dir():
        _fetch_lfw(home)
    return plan_tree(config, photographs)


def _fetch_lfw(home):
    from sklearn.datasets import fetch_lfw_people

    try:
        # Reads only the one person with so many photographs, and those small.
        fetch_lfw_people(data_home=home, min_faces_per_person=500, resize=0.1)
    except OSError as error:
        raise InputError(
            f"'lfw' could not be downloaded ({error}): download {LFW} "
            f"and unpack it in {home / 'lfw_home'}."
        ) from error


def _data_home(config):
    from sklearn.datasets import get_data_home

    if config.data_dir is None:
        return Path(get_data_home())
    return existing_folder(config, "the folder where scikit-learn keeps its data")


def _plan(config, images, labels, source):
    n = len(images)
    return plan_arrays(
        config,
        images=np.rint(images * 255).astype(np.uint8),
        split=seeded_split(n, config.data_seed),
        names=np.array([f"{config.dataset}-{i:04d}" for i in range(n)]),
        labels=labels,
        source=source,
    )
