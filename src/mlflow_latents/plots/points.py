"""Projections of the latent vectors that the figures share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mlflow_latents.stats import GaussianFit, Planes

BLOCK = 8192


def subsample(z: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Return at most ``size`` rows of ``z``, drawn without replacement, in their old order."""
    if len(z) <= size:
        return z
    rows = np.random.default_rng(seed).choice(len(z), size, replace=False)
    return z[np.sort(rows)]


def project(z: np.ndarray, center: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Project ``z - center`` on directions, in float64 and by blocks.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
    center : numpy.ndarray, shape (d,)
    directions : numpy.ndarray, shape (d, m)

    Returns
    -------
    numpy.ndarray, shape (n, m)
    """
    scores = np.empty((len(z), directions.shape[1]))
    for start in range(0, len(z), BLOCK):
        rows = slice(start, start + BLOCK)
        scores[rows] = (z[rows].astype(np.float64) - center) @ directions
    return scores


def planes_of(planes: Planes) -> np.ndarray:
    """Return those pairs of coordinates that span a plane: neither constant nor collinear.

    Parameters
    ----------
    planes : Planes
        As a report judged them.

    Returns
    -------
    numpy.ndarray of int, shape (q, 2)
    """
    return planes.pairs[np.isfinite(planes.coverage).all(axis=1)]


def correlation_root(fit: GaussianFit, pair: np.ndarray) -> np.ndarray:
    """Return the symmetric root of the 2 × 2 correlation matrix of a pair of coordinates.

    It maps whitened points of the plane to the coordinates' own sd, and keeps either coordinate
    as near to itself as can be.
    """
    covariance = fit.covariance[np.ix_(pair, pair)]
    sd = np.sqrt(np.diag(covariance))
    share, axes = np.linalg.eigh(covariance / np.outer(sd, sd))
    return (axes * np.sqrt(share)) @ axes.T


def whiten_plane(z: np.ndarray, fit: GaussianFit, pair: np.ndarray) -> np.ndarray:
    """Whiten one coordinate plane by its own mean and 2 × 2 covariance.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
    fit : GaussianFit
    pair : numpy.ndarray of int, shape (2,)
        A pair that `planes_of` returned.

    Returns
    -------
    numpy.ndarray, shape (n, 2)
        Lengths are in sd.
    """
    sd = np.sqrt(fit.covariance[pair, pair])
    standard = (z[:, pair].astype(np.float64) - fit.mean[pair]) / sd
    return standard @ np.linalg.inv(correlation_root(fit, pair))


def whiten_leading_plane(z: np.ndarray, fit: GaussianFit) -> np.ndarray:
    """Return the coordinates on the two leading principal axes, in sd; shape (n, 2)."""
    return project(z, fit.mean, fit.axes[:, :2] / np.sqrt(fit.variances[:2]))
