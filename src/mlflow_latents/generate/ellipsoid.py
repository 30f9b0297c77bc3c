"""Samplers of the fitted ellipsoid."""

import numpy as np
from scipy import special

from mlflow_latents.errors import InputError
from mlflow_latents.generate.checks import level, positive

MOST_LEVEL = 37.0  # beyond, float64 knows no share of the mass outside


def ellipsoid(model, n, seed, level_min=0.0, level_max=np.inf):
    """Vectors of the fitted multivariate normal distribution, or of a shell of it.

    Parameters
    ----------
    model : LatentModel
    n : int
    seed : int
    level_min, level_max : float
        Levels, in sigma, between which the vectors lie: up to level s lies the share
        Phi(s) - Phi(-s) of a normal law. The law is the fitted one, given that.

    Returns
    -------
    numpy.ndarray of float64, shape (n, d)
    """
    return _normal(model.fit, n, seed, level_min, level_max)


def core(model, n, seed, level_min=0.0, level_max=np.inf):
    """Vectors of the normal distribution fitted to the inner part of the cloud.

    Parameters
    ----------
    model : LatentModel
    n : int
    seed : int
    level_min, level_max : float
        Levels of this law between which the vectors lie: see `ellipsoid`.

    Returns
    -------
    numpy.ndarray of float64, shape (n, d)
    """
    return _normal(model.core, n, seed, level_min, level_max)


def principal_planes(model, n, seed, radius=2.0):
    """Vectors drawn pair by pair inside ellipses of the planes of two principal axes.

    Axes 1 and 2, 3 and 4, ... each pair evenly over its ellipse, independently; of an odd number
    the last takes the first coordinate of such a pair. The share of d2 in a plane is uniform from 0
    to radius², so that a radius of 2 sd gives each axis its observed standard deviation, while no
    plane shows anything beyond 2 sd.

    Parameters
    ----------
    model : LatentModel
    n : int
    seed : int
    radius : float
        Of the ellipses, in sd.

    Returns
    -------
    numpy.ndarray of float64, shape (n, d)
    """
    radius = positive(radius, "radius")
    rng = np.random.default_rng(seed)
    pairs = -(-model.fit.rank // 2)
    length = radius * np.sqrt(rng.uniform(size=(n, pairs)))
    angle = rng.uniform(0, 2 * np.pi, (n, pairs))
    white = np.stack([length * np.cos(angle), length * np.sin(angle)], axis=2).reshape(n, -1)
    return from_white(model.fit, white[:, : model.fit.rank])


def from_white(fit, white):
    """Vectors (n, d) of whitened coordinates (n, rank) along the principal axes."""
    z = white @ (fit.axes * np.sqrt(fit.variances)).T
    z += fit.mean
    return z


def spherical(rng, radii, rank):
    """Vectors (n, rank) of directions spread evenly over the sphere, and these radii (n,)."""
    white = rng.standard_normal((len(radii), rank))
    white *= (radii / np.sqrt(np.einsum("ij,ij->i", white, white)))[:, None]
    return white


def check_levels(level_min, level_max):
    """Return two levels, the first below the second, or raise InputError."""
    level_min, level_max = level(level_min, "level_min"), level(level_max, "level_max")
    if level_min >= level_max:
        raise InputError(
            f"level_min {level_min:g} is not below level_max {level_max:g}: between the two lies "
            "the shell that vectors are drawn from."
        )
    if level_min >= MOST_LEVEL:
        raise InputError(
            f"level_min is {level_min:g}: give less than {MOST_LEVEL:g}; a line goes farther."
        )
    return level_min, level_max


def _normal(fit, n, seed, level_min, level_max):
    level_min, level_max = check_levels(level_min, level_max)
    if level_min == 0 and np.isinf(level_max):
        return fit.sample(n, seed)
    rng = np.random.default_rng(seed)
    radii = _radii(rng.random(n), fit.rank, level_min, level_max)
    return from_white(fit, spherical(rng, radii, fit.rank))


def _radii(shares, rank, level_min, level_max):
    """Radii, in sd, of a standard normal law at shares of its mass between two levels."""
    reduced = np.array([level_min, level_max]) / np.sqrt(2)
    # By the smaller of the shares inside and outside, which keeps its digits. A share of [0, 1)
    # counts from the larger end, so that no radius is infinite.
    if level_max < 1:
        least, most = special.erf(reduced)
        return np.sqrt(2 * special.gammaincinv(rank / 2, most - shares * (most - least)))
    most, least = special.erfc(reduced)
    return np.sqrt(special.chdtri(rank, most - shares * (most - least)))
