"""How much of the variance along each axis labels explain."""

import numpy as np


def explained_shares(white: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Share of the variance along each axis that labels explain together.

    Parameters
    ----------
    white : numpy.ndarray, shape (n, k)
        Vectors along the axes.
    labels : numpy.ndarray, shape (n, a)
        Labels, all of them known.

    Returns
    -------
    numpy.ndarray, shape (k,)
        Adjusted R² (Ezekiel 1930, Methods of correlation analysis): 0 on average where the labels
        say nothing, so that chance may bring it below. NaN for too few vectors.
    """
    n, basis = len(white), _basis(labels)
    degrees = n - 1 - basis.shape[1]
    if degrees < 1:
        return np.full(white.shape[1], np.nan)
    centred = white - white.mean(axis=0)
    total = np.einsum("ij,ij->j", centred, centred)
    fitted = np.square(basis.T @ centred).sum(axis=0)
    return 1 - (1 - fitted / total) * (n - 1) / degrees


def share_of_all(shares: np.ndarray, variances: np.ndarray) -> float:
    """Share of the variance in all directions, from those along the principal axes.

    Parameters
    ----------
    shares : numpy.ndarray, shape (k,)
        Of the variance along each axis.
    variances : numpy.ndarray, shape (k,)
        Variance along each.

    Returns
    -------
    float
    """
    return float(shares @ variances / variances.sum())


def _basis(labels):
    """Orthonormal columns (n, rank) that span the centred labels."""
    centred = labels - labels.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    centred = centred[:, length > 0] / length[length > 0]
    values, vectors = np.linalg.eigh(centred.T @ centred)
    kept = values > 1e-10 * len(values)  # classes of one attribute sum to 1
    return centred @ (vectors[:, kept] / np.sqrt(values[kept]))
