"""Image sets that fit into memory as one array of grey images."""

import hashlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from mlflow_latents.data.config import ImagesConfig
from mlflow_latents.data.decoding import DECODER, square
from mlflow_latents.data.plan import ALL, Block, Plan
from mlflow_latents.data.splits import choose

BATCH = 256  # images per block


def plan_arrays(
    config: ImagesConfig,
    images: np.ndarray,
    split: np.ndarray,
    names: np.ndarray,
    labels: np.ndarray,
    source: str,
) -> Plan:
    """Plan an image set from arrays.

    Parameters
    ----------
    config : ImagesConfig
    images : numpy.ndarray
        (n, height, width) uint8.
    split, names, labels : numpy.ndarray
        (n,) each; labels become the attribute ``label``.
    source : str
        Where the images come from.

    Returns
    -------
    Plan
    """
    chosen = choose(split, config.images, config.data_seed, config.dataset)
    images = np.ascontiguousarray(images[chosen])
    resolution = config.resolution or min(images.shape[1:])
    as_they_are = config.crop == 1 and images.shape[1:] == (resolution, resolution)
    return Plan(
        name=config.dataset,
        source=source,
        shape=(resolution, resolution, 1),
        split=split[chosen],
        names=names[chosen],
        attributes={"label": labels[chosen]},
        blocks=lambda rows=ALL: _blocks(images[rows], resolution, config.crop, as_they_are),
        key={
            "images": hashlib.sha256(images).hexdigest(),
            "crop": config.crop,
            **({} if as_they_are else DECODER),
        },
        costly=False,
    )


def _blocks(images, resolution, crop, as_they_are) -> Iterator[Block]:
    side = crop * min(images.shape[1:])
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        if not as_they_are:
            batch = np.stack([square(Image.fromarray(i), resolution, crop) for i in batch])
        enlarged = len(batch) if side < resolution else 0
        yield Block(batch[..., None], np.ones(len(batch), bool), enlarged)
