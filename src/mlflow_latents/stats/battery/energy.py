"""The energy test: mean distances to a normal distribution and among the vectors."""

import numpy as np
from scipy import linalg, special
from scipy.spatial.distance import cdist

from mlflow_latents.stats.battery.pairs import sum_over_pairs
from mlflow_latents.stats.battery.result import Measured
from mlflow_latents.stats.battery.sample import sample_of
from mlflow_latents.stats.blocks import row_blocks

RESAMPLES = 1999
# Of log t, where the integrand falls by exp(-|log t|): close together in the middle alone.
STEPS = np.linspace(-np.arcsinh(36), np.arcsinh(36), 121)
NODES, WEIGHTS = np.sinh(STEPS), np.cosh(STEPS) * (STEPS[1] - STEPS[0])
LEAST = 8


def measure_energy(sample):
    """Energy distance between the whitened vectors and the standard normal distribution.

    With w whitened by the covariance that divides by n - 1, and Z, Z' standard normal,
    ``E = n (2 mean of E|w_i - Z| - E|Z - Z'| - mean over i, j of |w_i - w_j|)``, where
    ``E|w - Z|`` is `mean_distance_to_normal` and ``E|Z - Z'| = 2 G((d+1)/2) / G(d/2)`` (G: the
    gamma function).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Measured
        The effect is the energy distance ``sqrt(E / n)``. With n vectors it is at least about
        ``n^(-1/2)``.

    References
    ----------
    Székely and Rizzo (2005), Journal of Multivariate Analysis 93, 58-80.
    """
    statistic = _energy(sample.white)
    return Measured(
        statistic=statistic,
        effect=float(np.sqrt(statistic / sample.n)),
        effect_unit="root of the energy distance of whitened vectors; 0",
        scaled=float(np.log(statistic)),
    )


def published_energy(z, n_resamples=RESAMPLES, seed=0):
    """Energy statistic with the p-value of simulated normal samples, as in the publication.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
    n_resamples : int
        Samples of n normal vectors to draw, each whitened by its own mean and covariance.
    seed : int
        Seed of the draws.

    Returns
    -------
    Measured
    """
    sample = sample_of(z)
    found = measure_energy(sample)
    rng = np.random.default_rng(seed)
    exceeded = 0
    for _ in range(n_resamples):
        drawn = rng.standard_normal((sample.n, sample.d))
        exceeded += _energy(_whitened(drawn)) >= found.statistic
    return Measured(
        found.statistic,
        found.effect,
        found.effect_unit,
        pvalue=(exceeded + 1) / (n_resamples + 1),
        law=f"{n_resamples} simulated samples of normal vectors",
    )


def blind_energy(n, d):
    """Say why distances cannot tell at n vectors in d dimensions; empty where they can."""
    least = max(LEAST, 2 * d)
    if n >= least:
        return ""
    return (
        f"With n = {n} vectors in d = {d} dimensions the fit leaves the distances little freedom: "
        f"give at least {least} vectors."
    )


def mean_distance_to_normal(d2, d):
    """Mean distance from points to standard normal vectors.

    With V the squared distance, ``sqrt(V) = integral of (1 - exp(-V s^2)) / s^2 / sqrt(pi)`` over
    positive s. The mean of the exponential is known, and for ``2 s^2 = t^2`` it gives
    ``E|w - Z| = sqrt(2/pi) integral of (1 - (1+t^2)^(-d/2) exp(-d2/2 t^2/(1+t^2))) / t^2``. The
    trapezoidal rule in asinh(log t) gives it to rounding. The series of the hypergeometric
    function that it equals overflows for d in the hundreds.

    Parameters
    ----------
    d2 : numpy.ndarray, shape (n,)
        Squared distances of the points from the origin.
    d : int
        Dimensions.

    Returns
    -------
    numpy.ndarray, shape (n,)
    """
    distance = np.empty(len(d2))
    for rows in row_blocks(len(d2), len(NODES)):
        point = d2[rows, None]
        t = np.exp(NODES) / np.sqrt(d + point)
        square = t**2
        exponent = d / 2 * np.log1p(square) + point / 2 * (square / (1 + square))
        distance[rows] = (-np.expm1(-exponent) / t) @ WEIGHTS
    return np.sqrt(2 / np.pi) * distance


def _gamma_ratio(d):
    return np.exp(special.gammaln((d + 1) / 2) - special.gammaln(d / 2))


def _whitened(x):
    """Whiten in any frame, since distances are the same in all."""
    x = x - x.mean(axis=0)
    factor = linalg.cholesky(x.T @ x / (len(x) - 1), lower=True)
    return linalg.solve_triangular(factor, x.T, lower=True).T


def _energy(white):
    n, d = white.shape
    to_normal = mean_distance_to_normal(np.einsum("ij,ij->i", white, white), d).mean()
    # Differences, not inner products: the root would magnify the rounding of near vectors.
    among = sum_over_pairs(n, lambda rows, columns: cdist(white[rows], white[columns])) / n**2
    return float(n * (2 * to_normal - 2 * _gamma_ratio(d) - among))
