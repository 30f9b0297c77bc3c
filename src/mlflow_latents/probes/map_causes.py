"""How much of the responses of maps simple causes explain."""

import numpy as np

MOST_IMAGES = 512  # read at a time


def mean_colours(images: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Mean of the pixels of each image, by channel, from 0 to 1.

    Parameters
    ----------
    images : numpy.ndarray of uint8, shape (N, height, width, channels)
        May be a memory map.
    indices : numpy.ndarray of int, shape (n,)
        Which images.

    Returns
    -------
    numpy.ndarray of float64, shape (n, channels)
    """
    parts = np.split(indices, range(MOST_IMAGES, len(indices), MOST_IMAGES))
    return (
        np.concatenate([images[part].mean(axis=(1, 2), dtype=np.float64) for part in parts]) / 255
    )


def explained(means: np.ndarray, causes: np.ndarray, seed: int = 0) -> np.ndarray:
    """Share of the variance of responses that a linear function of causes predicts.

    Fitted to the one half of the images and judged on the other, both ways, averaged: causes that
    explain nothing get no more than 0 on average.

    Parameters
    ----------
    means : numpy.ndarray, shape (n, m)
        Responses of m maps.
    causes : numpy.ndarray, shape (n, c)
        Columns with NaN are left out: what is not known of every image explains nothing here.
    seed : int
        Of the two halves.

    Returns
    -------
    numpy.ndarray of float64, shape (m,)
        NaN for maps that do not vary, where a half has fewer than 2 c + 10 images, and without any
        cause.
    """
    n = len(means)
    causes = causes[:, np.isfinite(causes).all(axis=0)]
    if not causes.shape[1] or n // 2 < 2 * causes.shape[1] + 10:
        return np.full(means.shape[1], np.nan)
    design = np.column_stack([np.ones(n), causes])
    halves = np.array_split(np.random.default_rng(seed).permutation(n), 2)
    return sum(_judged(means, design, *each) for each in (halves, halves[::-1])) / 2


def _judged(means, design, fitted, judged):
    coefficients = np.linalg.lstsq(design[fitted], means[fitted], rcond=None)[0]
    left = np.square(means[judged] - design[judged] @ coefficients).sum(axis=0)
    centred = means[judged] - means[judged].mean(axis=0)
    whole = np.square(centred).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(
            whole > 1e-18 * np.square(means[judged]).sum(axis=0), 1 - left / whole, np.nan
        )
