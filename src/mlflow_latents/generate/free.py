"""Samplers that know little of where the vectors lie, and are expected to fail."""

import numpy as np

from mlflow_latents.generate.checks import positive


def standard_normal(model, n, seed):
    """Independent standard normal coordinates: the prior of a variational autoencoder.

    Parameters
    ----------
    model : LatentModel
    n : int
    seed : int

    Returns
    -------
    numpy.ndarray of float64, shape (n, d)
    """
    return np.random.default_rng(seed).standard_normal((n, model.d))


def uniform_cube(model, n, seed, half_width=None):
    """Vectors evenly spread over a cube around the origin.

    Parameters
    ----------
    model : LatentModel
    n : int
    seed : int
    half_width : float, optional
        Half of the cube's side; by default such that the vectors have the mean square length of
        the latent vectors.

    Returns
    -------
    numpy.ndarray of float64, shape (n, d)
    """
    half_width = (
        cube_half_width(model) if half_width is None else positive(half_width, "half_width")
    )
    return np.random.default_rng(seed).uniform(-half_width, half_width, (n, model.d))


def uniform_ball(model, n, seed, radius=None):
    """Vectors evenly spread over a ball around the origin.

    Parameters
    ----------
    model : LatentModel
    n : int
    seed : int
    radius : float, optional
        Euclidean; by default such that the vectors have the mean square length of the latent
        vectors.

    Returns
    -------
    numpy.ndarray of float64, shape (n, d)
    """
    radius = ball_radius(model) if radius is None else positive(radius, "radius")
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, model.d))
    length = radius * rng.uniform(size=n) ** (1 / model.d)
    return z * (length / np.linalg.norm(z, axis=1))[:, None]


def axis_normal(model, n, seed):
    """Independent normal coordinates with the observed mean and standard deviation of each.

    Parameters
    ----------
    model : LatentModel
    n : int
    seed : int

    Returns
    -------
    numpy.ndarray of float64, shape (n, d)
    """
    z = np.random.default_rng(seed).standard_normal((n, model.d))
    return z * np.sqrt(np.diag(model.fit.covariance)) + model.fit.mean


def cube_half_width(model):
    """Half the side of the cube over which vectors have the cloud's mean square length."""
    return float(np.sqrt(3 * _mean_square(model) / model.d))


def ball_radius(model):
    """Radius of the ball over which vectors have the cloud's mean square length."""
    return float(np.sqrt((model.d + 2) / model.d * _mean_square(model)))


def _mean_square(model):
    return np.trace(model.fit.covariance) + model.fit.mean @ model.fit.mean
