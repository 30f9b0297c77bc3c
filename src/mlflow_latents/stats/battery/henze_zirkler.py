"""The test of Henze and Zirkler: how far the characteristic function is from a normal one."""

import numpy as np
from scipy import stats

from mlflow_latents.stats.battery.pairs import sum_over_pairs
from mlflow_latents.stats.battery.result import Measured
from mlflow_latents.stats.battery.sample import sample_of

LEAST = 8
# Expected neighbours. Measured power at the 5 % level against two modes 6 sd apart along one axis:
# 1.0 with 0.05 (n = 1000, d = 16), 0.1 with 0.03 (400, 16) and with 0.002 (1000, 24), 0 with 1e-9
# (1000, 64), where HZ sees the radii alone: exponential components still give power 1.
LEAST_NEIGHBOURS = 0.01


def measure_henze_zirkler(sample):
    """Weighted squared distance of the empirical characteristic function from the normal one.

    With w whitened by the covariance that divides by n, and the bandwidth
    ``beta = ((2 d + 1) n / 4)^(1/(d+4)) / sqrt(2)``, the statistic is
    ``HZ = n (mean over i, j of exp(-beta^2 |w_i - w_j|^2 / 2)
    - 2 (1 + beta^2)^(-d/2) mean of exp(-beta^2 d2_i / (2 (1 + beta^2))) + (1 + 2 beta^2)^(-d/2))``.
    Under a normal distribution it is nearly lognormal, with mean and variance in closed form; it
    is scaled to the score of its logarithm.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Measured
        The effect is the excess of HZ over its mean under a normal distribution, divided by n.

    References
    ----------
    Henze and Zirkler (1990), Communications in Statistics - Theory and Methods 19, 3595-3617.
    """
    n, d = sample.n, sample.d
    square = bandwidth(n, d) ** 2
    white = sample.white * np.sqrt(n / (n - 1))
    d2 = np.einsum("ij,ij->i", white, white)

    def kernel(rows, columns):
        exponent = white[rows] @ white[columns].T
        exponent *= square
        exponent -= square / 2 * d2[rows, None]
        exponent -= square / 2 * d2[columns]
        return np.exp(exponent, out=exponent)

    to_centre = np.exp(-square / (2 * (1 + square)) * d2).sum()
    statistic = (
        sum_over_pairs(n, kernel) / n
        - 2 * (1 + square) ** (-d / 2) * to_centre
        + n * (1 + 2 * square) ** (-d / 2)
    )
    mean, variance = null_moments(n, d)
    # The variance vanishes beside the mean in many dimensions.
    spread = np.log1p(max(variance / mean**2, np.finfo(np.float64).eps))
    score = (np.log(statistic) - np.log(mean) + spread / 2) / np.sqrt(spread)
    return Measured(
        statistic=float(statistic),
        effect=float((statistic - mean) / n),
        effect_unit="weighted squared distance of characteristic functions; 0",
        scaled=float(score),
    )


def published_henze_zirkler(z):
    """Henze and Zirkler's statistic with the p-value of their lognormal law.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)

    Returns
    -------
    Measured
    """
    found = measure_henze_zirkler(sample_of(z))
    return Measured(
        found.statistic,
        found.effect,
        found.effect_unit,
        pvalue=float(stats.norm.sf(found.scaled)),
        law="lognormal with the mean and variance of the statistic",
    )


def blind_henze_zirkler(n, d):
    """Say why the kernel cannot tell at n vectors in d dimensions; empty where it can."""
    least = max(LEAST, 2 * d)
    if n < least:
        return (
            f"With n = {n} vectors in d = {d} dimensions the fit leaves the vectors little "
            f"freedom: give at least {least}."
        )
    neighbours = expected_neighbours(n, d)
    if neighbours >= LEAST_NEIGHBOURS:
        return ""
    return (
        f"At n = {n} and d = {d} a vector has {neighbours:.2g} others within reach of the kernel, "
        "so that HZ is near 1 whatever the law: choose a test for many dimensions, such as radial."
    )


def bandwidth(n, d):
    """Inverse width beta of the kernel."""
    return ((2 * d + 1) * n / 4) ** (1 / (d + 4)) / np.sqrt(2)


def expected_neighbours(n, d):
    """Give the expected sum of the kernel between one normal vector and all others."""
    return n * (1 + 2 * bandwidth(n, d) ** 2) ** (-d / 2)


def null_moments(n, d):
    """Mean and variance of HZ under a normal distribution (Henze and Zirkler 1990, theorem 3.1).

    Parameters
    ----------
    n, d : int
        Number of vectors, and of dimensions.

    Returns
    -------
    mean, variance : float
    """
    b = bandwidth(n, d) ** 2
    a = 1 + 2 * b
    w = (1 + b) * (1 + 3 * b)
    mean = 1 - a ** (-d / 2) * (1 + d * b / a + d * (d + 2) * b**2 / (2 * a**2))
    variance = (
        2 * (1 + 4 * b) ** (-d / 2)
        + 2 * a ** (-d) * (1 + 2 * d * b**2 / a**2 + 3 * d * (d + 2) * b**4 / (4 * a**4))
        - 4 * w ** (-d / 2) * (1 + 3 * d * b**2 / (2 * w) + d * (d + 2) * b**4 / (2 * w**2))
    )
    return mean, variance
