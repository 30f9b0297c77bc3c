"""Correlations between two sets of columns."""

import numpy as np

ROUNDING = 1e-9  # columns that vary by less of their length do not vary


def correlations(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Correlations of the columns of one matrix with those of another.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, m)
    y : numpy.ndarray, shape (n, k)

    Returns
    -------
    numpy.ndarray of float64, shape (m, k)
        NaN for columns that do not vary.
    """
    return _standardized(x).T @ _standardized(y)


def _standardized(x):
    x = np.asarray(x, np.float64)
    centred = x - x.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    varies = length > ROUNDING * np.linalg.norm(x, axis=0)
    return centred / np.where(varies, length, np.nan)
