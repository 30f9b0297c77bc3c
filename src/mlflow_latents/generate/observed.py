"""Samplers that use what is known of the cloud beyond mean and covariance."""

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.generate.checks import whole
from mlflow_latents.generate.ellipsoid import from_white, spherical

SHARE_OF_LEADING = 0.9  # of the variance, held by the axes that `leading` draws on


def elliptical(model, n, seed):
    """Vectors of a uniform direction, in whitened coordinates, and a radius of the observed law.

    Parameters
    ----------
    model : LatentModel
    n : int
    seed : int

    Returns
    -------
    numpy.ndarray of float64, shape (n, d)
    """
    rng = np.random.default_rng(seed)
    shares = np.linspace(0, 1, len(model.radii))
    radii = np.interp(rng.uniform(size=n), shares, model.radii)
    return from_white(model.fit, spherical(rng, radii, model.fit.rank))


def leading(model, n, seed, axes=None):
    """Vectors drawn on the leading principal axes, the rest at its conditional mean.

    That is the centre, since principal axes are uncorrelated.

    Parameters
    ----------
    model : LatentModel
    n : int
    seed : int
    axes : int, optional
        How many axes; by default the fewest that hold 90 % of the variance.

    Returns
    -------
    numpy.ndarray of float64, shape (n, d)
    """
    axes = leading_axes(model, axes)
    white = np.random.default_rng(seed).standard_normal((n, axes))
    return white @ (model.fit.axes * np.sqrt(model.fit.variances))[:, :axes].T + model.fit.mean


def mixture(model, n, seed):
    """Vectors of the mixture of normal components.

    Parameters
    ----------
    model : LatentModel
    n : int
    seed : int

    Returns
    -------
    numpy.ndarray of float64, shape (n, d)
    """
    rng = np.random.default_rng(seed)
    weights = np.exp(model.mixture.log_weights)
    component = rng.choice(len(weights), n, p=weights / weights.sum())
    white = rng.standard_normal((n, model.fit.rank))
    inner = white[:, model.mixture.axes]
    for j, (mean, factor) in enumerate(
        zip(model.mixture.means, model.mixture.factors, strict=True)
    ):
        inner[component == j] = inner[component == j] @ factor.T + mean
    white[:, model.mixture.axes] = inner
    return from_white(model.fit, white)


def empirical(model, n, seed):
    """Real latent vectors, of training images: about the best that this decoder can do.

    Without repetition, unless there are fewer than n.

    Parameters
    ----------
    model : LatentModel
    n : int
    seed : int

    Returns
    -------
    numpy.ndarray of float64, shape (n, d)

    Raises
    ------
    InputError
        When the latent model holds no vectors.
    """
    if model.vectors is None:
        raise InputError(
            "The sampler empirical needs real latent vectors, which this latent model does not "
            "hold: choose another sampler."
        )
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(model.vectors), n, replace=n > len(model.vectors))
    return model.vectors[rows].astype(np.float64)


def leading_axes(model, axes=None):
    """Check the number of leading axes, or give the default."""
    variances = model.fit.variances
    if axes is None:
        share = np.cumsum(variances) / variances.sum()
        return int(np.searchsorted(share, SHARE_OF_LEADING) + 1)
    return whole(axes, "axes", 1, model.fit.rank, "number of principal axes")
