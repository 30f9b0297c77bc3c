"""Location and shape of a cloud from directions alone, whatever the law of its radii."""

import numpy as np

MOST = 10_000  # vectors whose directions are compared: the cost grows with their square
TOLERANCE = 1e-11
SETTLED = 1e-6  # error that is good enough after the last iteration
ITERATIONS = 500
AT_LOCATION = 1e-12  # of the largest length: nearer the location a vector has no direction
LEAST_VALUE = 1e-12


def fit_shape(white):
    """Fit location and shape so that heavy tails do not matter.

    The estimators of Hettmansperger and Randles: the location theta and the shape V (Tyler's) for
    which the directions ``u = V^(-1/2) (x - theta) / |...|`` have mean 0 and covariance 1/d. For
    any elliptical cloud, whatever the law of its radii, u is nearly uniform on the sphere.

    Parameters
    ----------
    white : numpy.ndarray, shape (n, d)
        Whitened vectors.

    Returns
    -------
    numpy.ndarray, shape (n, d), or None
        The directions u, unit vectors (0 for one at the location). None where there is no such
        shape, since too many vectors lie at one place or in one subspace.

    References
    ----------
    Tyler (1987), Annals of Statistics 15, 234-251; Hettmansperger and Randles (2002), Biometrika
    89, 851-860.
    """
    n, d = white.shape
    moved = white.copy()
    for _ in range(ITERATIONS):
        length = np.sqrt(np.einsum("ij,ij->i", moved, moved))
        apart = length > AT_LOCATION * length.max()
        if np.sum(~apart) * d > n:
            return None
        inverse = np.divide(1, length, out=np.zeros(n), where=apart)
        unit = moved * inverse[:, None]
        step = unit.mean(axis=0)
        shape = unit.T @ unit * (d / apart.sum())
        error = max(np.abs(step).max(), np.abs(shape - np.eye(d)).max())
        if error < TOLERANCE:
            break
        moved -= step / inverse.mean()
        # The symmetric root turns with the data, so that the fit is affine invariant.
        values, vectors = np.linalg.eigh(shape)
        moved = moved @ (vectors / np.sqrt(np.maximum(values, LEAST_VALUE)) @ vectors.T)
        moved /= np.abs(moved).max()
    return unit if error < SETTLED else None
