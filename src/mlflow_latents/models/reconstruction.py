"""How far reconstructions are from their originals."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from mlflow_latents.models.batches import all_batches
from mlflow_latents.models.coding import BATCH, decode, encode

# Constants of Wang et al. (2004), for values from 0 to 1.
WINDOW, WINDOW_SD = 11, 1.5
C1, C2 = 0.01**2, 0.03**2


class ReconstructionErrors(NamedTuple):
    """Errors of each image; arrays (m,) of float64.

    Parameters
    ----------
    mse
        Mean squared error of the pixel values from 0 to 1.
    psnr
        Peak signal-to-noise ratio in decibels, -10 log10(mse).
    ssim
        Structural similarity, at most 1.
    """

    mse: np.ndarray
    psnr: np.ndarray
    ssim: np.ndarray


def reconstruction_errors(encoder, decoder, images, indices) -> ReconstructionErrors:
    """Errors of the reconstructions, as they are seen: after rounding to 8 bits.

    Parameters
    ----------
    encoder, decoder : keras.Sequential
    images : ImageSet
    indices : numpy.ndarray (m,) of int

    Returns
    -------
    ReconstructionErrors
    """
    z = encode(encoder, images, indices)
    mse, similarity = np.empty((2, len(z)))
    for rows in all_batches(np.arange(len(z)), BATCH):
        original = images.images[np.asarray(indices)[rows]]
        reconstruction = decode(decoder, z[rows])
        mse[rows] = image_mse(original, reconstruction)
        similarity[rows] = ssim(original, reconstruction)
    return ReconstructionErrors(mse, -10 * np.log10(np.maximum(mse, 1e-10)), similarity)


def image_mse(original: np.ndarray, reconstruction: np.ndarray) -> np.ndarray:
    """Mean squared error (m,) of uint8 images (m, height, width, channels), on values 0 to 1."""
    difference = original.astype(np.float64) - reconstruction
    return np.square(difference / 255).mean(axis=(1, 2, 3))


@jax.jit
def ssim(original, reconstruction):
    """Structural similarity (m,) of uint8 images (m, height, width, channels).

    Wang, Bovik, Sheikh, Simoncelli (2004), Image quality assessment: a Gaussian window of 11 x 11
    pixels with a standard deviation of 1.5, wherever it lies wholly within the image; the mean
    over those positions and over the channels. An image smaller than 11 pixels has a smaller
    window, of its own height or width.
    """
    x, y = (images.astype(jnp.float32) / 255 for images in (original, reconstruction))
    mean_x, mean_y = _windowed(x), _windowed(y)
    variance_x = _windowed(x * x) - mean_x**2
    variance_y = _windowed(y * y) - mean_y**2
    covariance = _windowed(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    structure = (2 * covariance + C2) / (variance_x + variance_y + C2)
    return (luminance * structure).mean(axis=(1, 2, 3))


def _windowed(x):
    return _window_along(_window_along(x, 1), 2)


def _window_along(x, axis):
    """Weighted means over the window along one axis, of each position where it fits."""
    size = x.shape[axis]
    width = min(WINDOW, size)
    offsets = np.arange(width) - (width - 1) / 2
    weights = np.exp(-0.5 * np.square(offsets / WINDOW_SD))
    weights /= weights.sum()
    positions = size - width + 1
    return sum(
        float(weight) * jax.lax.slice_in_dim(x, start, start + positions, axis=axis)
        for start, weight in enumerate(weights)
    )
