"""Images as vectors without any network: some of their pixels, and their principal components.

The principal components are found in passes over the set, since scikit-learn's randomised PCA needs
all images as floating-point numbers at once, and its incremental one a decomposition per block.
"""

from collections.abc import Iterator

import numpy as np
from tqdm import tqdm

from mlflow_latents.data.image_set import ImageSet

BLOCK = 512  # images at a time
POWERS = 3  # iterations that sharpen the subspace
SPARE = 16  # directions more than asked for


def random_pixels(images: ImageSet, indices: np.ndarray, d: int, seed: int = 0) -> np.ndarray:
    """Take the same few pixel values of images, drawn at random.

    Parameters
    ----------
    images : ImageSet
    indices : numpy.ndarray (m,) of int
        Which images.
    d : int
        How many values; all there are when there are fewer.
    seed : int
        Seed of the draw.

    Returns
    -------
    numpy.ndarray (m, d) of float32
        Values from 0 to 255.
    """
    size = int(np.prod(images.shape))
    chosen = np.random.default_rng(seed).choice(size, min(d, size), replace=False)
    blocks = _flat_blocks(images, indices, "pixels")
    return np.concatenate([flat[:, np.sort(chosen)] for flat in blocks])


def mean_image_error(images: ImageSet, fitted: np.ndarray, indices: np.ndarray) -> float:
    """Mean squared error of images to the mean of others: what a constant decoder reaches.

    Parameters
    ----------
    images : ImageSet
    fitted : numpy.ndarray (n,) of int
        Images whose mean is taken.
    indices : numpy.ndarray (m,) of int
        Images that are compared with it.

    Returns
    -------
    float
        Pixels from 0 to 1.
    """
    mean = _mean(images, fitted)
    blocks = _flat_blocks(images, indices, "mean image")
    total = sum(float(np.square(flat - mean).sum(dtype=np.float64)) for flat in blocks)
    return total / (len(indices) * len(mean) * 255**2)


def principal_components(
    images: ImageSet, fitted: np.ndarray, indices: np.ndarray, d: int, seed: int = 0
) -> np.ndarray:
    """Project images on the leading principal components of others, without a copy of the set.

    The components come from a randomised subspace iteration, block by block (Halko, Martinsson and
    Tropp 2011, SIAM Review 53, 217-288, algorithm 4.4).

    Parameters
    ----------
    images : ImageSet
    fitted : numpy.ndarray (n,) of int
        Images whose components are found.
    indices : numpy.ndarray (m,) of int
        Images that are projected.
    d : int
        How many components; at most n - 1 and the number of pixel values.
    seed : int
        Seed of the start.

    Returns
    -------
    numpy.ndarray (m, d) of float32
    """
    d = min(d, int(np.prod(images.shape)), len(fitted) - 1)
    mean = _mean(images, fitted)
    axes = _leading_axes(images, fitted, mean, d, seed)
    blocks = _flat_blocks(images, indices, "projections")
    return np.concatenate([(flat - mean) @ axes for flat in blocks])


def _mean(images: ImageSet, fitted: np.ndarray) -> np.ndarray:
    sums = (flat.sum(axis=0, dtype=np.float64) for flat in _flat_blocks(images, fitted, "mean"))
    return (sum(sums) / len(fitted)).astype(np.float32)


def _leading_axes(images, fitted, mean, d, seed) -> np.ndarray:
    """Give the d leading principal axes as unit columns (size, d)."""
    width = min(d + SPARE, len(mean))
    basis = np.random.default_rng(seed).standard_normal((len(mean), width)).astype(np.float32)
    for _ in range(POWERS):
        basis = np.linalg.qr(basis)[0]
        turned = np.zeros((len(mean), width), np.float32)
        for flat in _flat_blocks(images, fitted, "components"):
            centred = flat - mean
            turned += centred.T @ (centred @ basis)
        basis = turned
    basis = np.linalg.qr(basis)[0]
    inner = np.zeros((width, width))
    for flat in _flat_blocks(images, fitted, "components"):
        projected = ((flat - mean) @ basis).astype(np.float64)
        inner += projected.T @ projected
    return basis @ np.linalg.eigh(inner)[1][:, ::-1][:, :d].astype(np.float32)


def _flat_blocks(images: ImageSet, indices: np.ndarray, what: str) -> Iterator[np.ndarray]:
    """Give images in blocks, float32 (at most 512, size)."""
    starts = range(0, len(indices), BLOCK)
    for start in tqdm(starts, desc=what, unit=" blocks", leave=False, disable=None):
        block = images.images[indices[start : start + BLOCK]]
        yield block.reshape(len(block), -1).astype(np.float32)
