"""Random coordinate planes against ellipses."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.stats.blocks import resolution_of
from mlflow_latents.stats.gaussian import covariance_of, mean_of, principal_axes


@dataclass(frozen=True)
class Planes:
    """Coverage of the ellipses of 1, 2, 3 sd in planes of two coordinates.

    Parameters
    ----------
    pairs : numpy.ndarray of int, shape (p, 2)
        The two coordinates of each plane.
    coverage : numpy.ndarray, shape (p, 3)
        Share of the vectors within the ellipses of 1, 2, 3 sd of that plane's mean and covariance;
        NaN where the two coordinates are collinear.
    expected : numpy.ndarray, shape (3,)
        What a normal distribution has: ``1 - exp(-k^2/2)``.
    coverage_error : numpy.ndarray, shape (3,)
        Mean over the planes of ``|coverage - expected|``; NaN when there is no plane.
    """

    pairs: np.ndarray
    coverage: np.ndarray
    expected: np.ndarray
    coverage_error: np.ndarray


def random_pairs(coordinates, planes, seed=0):
    """Draw different planes of two different coordinates.

    Parameters
    ----------
    coordinates : numpy.ndarray of int, shape (m,)
        Coordinates to draw from.
    planes : int
        How many planes; all there are when there are fewer.
    seed : int
        Seed of the draw.

    Returns
    -------
    numpy.ndarray of int, shape (p, 2)
        The first coordinate of each pair is the smaller one.
    """
    m = len(coordinates)
    possible = m * (m - 1) // 2
    drawn = np.random.default_rng(seed).choice(possible, min(planes, possible), replace=False)
    # Pair number i*(i-1)/2 + j stands for the i-th and the j-th coordinate, j < i.
    second = np.floor((1 + np.sqrt(1 + 8 * drawn)) / 2).astype(int)
    first = drawn - second * (second - 1) // 2
    return np.sort(np.stack([coordinates[first], coordinates[second]], axis=1), axis=1)


def judge_planes(z, pairs, resolution=None):
    """Judge planes of two coordinates by the coverage of their ellipses.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
        Vectors, n >= 2.
    pairs : numpy.ndarray of int, shape (p, 2)
        The two coordinates of each plane.
    resolution : numpy.ndarray, shape (d,), optional
        `resolution_of` z, where it is known already.

    Returns
    -------
    Planes
    """
    radii = np.arange(1, 4)
    expected = 1 - np.exp(-(radii**2) / 2)
    resolution = resolution_of(z) if resolution is None else resolution
    coverage = np.full((len(pairs), 3), np.nan)
    for plane, pair in zip(coverage, pairs, strict=True):
        d2 = _plane_d2(z[:, pair], resolution[pair])
        if d2 is not None:
            plane[:] = [(d2 <= radius**2).mean() for radius in radii]
    judged = coverage[np.isfinite(coverage[:, 0])]
    error = np.abs(judged - expected).mean(axis=0) if len(judged) else np.full(3, np.nan)
    return Planes(pairs, coverage, expected, error)


def _plane_d2(plane, resolution):
    """d2 of vectors (n, 2) by their own mean and covariance; None when they lie on a line."""
    mean = mean_of(plane)
    axes, variances = principal_axes(covariance_of(plane, mean), resolution)
    if len(variances) < 2:
        return None
    white = (plane - mean) @ (axes / np.sqrt(variances))
    return np.einsum("ij,ij->i", white, white)
