"""Image sets by name."""

import difflib
from collections.abc import Callable

from mlflow_latents.data.celeba import plan_celeba
from mlflow_latents.data.config import FactorLaw, ImagesConfig
from mlflow_latents.data.faces import plan_faces
from mlflow_latents.data.folder import plan_folder
from mlflow_latents.data.idx import plan_mnist
from mlflow_latents.data.image_set import ImageSet
from mlflow_latents.data.plan import Plan
from mlflow_latents.data.sklearn_sets import plan_digits, plan_lfw, plan_olivetti
from mlflow_latents.data.store import materialise
from mlflow_latents.errors import InputError

IMAGE_SETS: dict[str, Callable[[ImagesConfig], Plan]] = {
    "faces": plan_faces,
    "celeba": plan_celeba,
    "mnist": plan_mnist,
    "fashion_mnist": plan_mnist,
    "digits": plan_digits,
    "lfw": plan_lfw,
    "olivetti": plan_olivetti,
    "folder": plan_folder,
}


def open_configured(config: ImagesConfig) -> ImageSet:
    """Open the image set that a configuration describes.

    Parameters
    ----------
    config : ImagesConfig

    Returns
    -------
    ImageSet

    Raises
    ------
    InputError
        When the image set is unknown, or its files are missing or broken.
    """
    if config.dataset not in IMAGE_SETS:
        raise InputError(
            f"There is no image set {config.dataset!r}{_suggestion(config.dataset)}: "
            f"choose one of {', '.join(IMAGE_SETS)}."
        )
    return materialise(IMAGE_SETS[config.dataset](config), config.cache_dir)


def open_images(
    name: str,
    *,
    data_dir: str | None = None,
    images: int | None = None,
    resolution: int | None = None,
    crop: float = 1.0,
    factor_law: FactorLaw = "normal",
    data_seed: int = 0,
    cache_dir: str | None = None,
) -> ImageSet:
    """Open an image set by its name.

    Parameters
    ----------
    name : str
        A key of `IMAGE_SETS`.
    data_dir, images, resolution, crop, factor_law, data_seed, cache_dir
        See `ImagesConfig`.

    Returns
    -------
    ImageSet

    Raises
    ------
    InputError
        When the image set is unknown, an option is out of its range, or files are missing or
        broken.
    """
    return open_configured(
        ImagesConfig(
            dataset=name,
            data_dir=data_dir,
            images=images,
            resolution=resolution,
            crop=crop,
            factor_law=factor_law,
            data_seed=data_seed,
            cache_dir=cache_dir,
        )
    )


def _suggestion(name):
    close = difflib.get_close_matches(name, IMAGE_SETS, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
