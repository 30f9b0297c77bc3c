"""Image sets: drawn, read and cached.

>>> images = open_images("faces", images=100)  # doctest: +SKIP
>>> images.images.shape  # doctest: +SKIP
(100, 64, 64, 3)
"""

from mlflow_latents.data.config import FactorLaw, ImagesConfig
from mlflow_latents.data.image_set import SPLITS, ImageSet
from mlflow_latents.data.registry import (
    IMAGE_SETS,
    open_configured,
    open_images,
    prepare_configured,
)

__all__ = [
    "IMAGE_SETS",
    "SPLITS",
    "FactorLaw",
    "ImageSet",
    "ImagesConfig",
    "open_configured",
    "open_images",
    "prepare_configured",
]
