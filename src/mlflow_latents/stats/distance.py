"""Distances and quantiles of sorted samples, many samples at a time."""

import numpy as np


def ks_distance(probabilities):
    """Two-sided Kolmogorov-Smirnov distance of sorted samples.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape (..., n)
        The theoretical distribution function at the sorted sample, ascending.

    Returns
    -------
    numpy.ndarray, shape (...)
        Equal to ``scipy.stats.kstest(...).statistic``.
    """
    n = probabilities.shape[-1]
    steps = np.arange(n + 1) / n
    above = (steps[1:] - probabilities).max(axis=-1)
    below = (probabilities - steps[:-1]).max(axis=-1)
    return np.maximum(above, below)


def sorted_quantile(values, shares):
    """Quantiles of sorted samples, interpolated linearly as `numpy.quantile` does by default.

    Parameters
    ----------
    values : numpy.ndarray, shape (..., n)
        Sorted samples, ascending.
    shares : numpy.ndarray, shape (m,)
        Shares in [0, 1].

    Returns
    -------
    numpy.ndarray, shape (..., m)
    """
    position = np.asarray(shares) * (values.shape[-1] - 1)
    left = np.floor(position).astype(int)
    right = np.minimum(left + 1, values.shape[-1] - 1)
    return values[..., left] + (position - left) * (values[..., right] - values[..., left])
