"""Mardia's multivariate skewness and kurtosis."""

import numpy as np
from scipy import stats

from mlflow_latents.stats.battery.pairs import sum_over_pairs
from mlflow_latents.stats.battery.result import Measured
from mlflow_latents.stats.battery.sample import sample_of

LEAST_RATIO = 2  # n / d, below which whitening leaves the moments little freedom
LEAST = 8
MOST_PAIRED = 20_000  # vectors, beyond which the cost must not grow with the square of n
ROWS = 4096  # vectors at a time: their products with one coordinate stay in the cache


def measure_mardia_skewness(sample):
    """Mardia's skewness against its exact mean under a normal distribution.

    ``b1 = mean over i, j of (w_i . w_j)^3``, with w whitened by the covariance that divides by n;
    the statistic is ``n b1 / 6``, whose law for large n is chi-square with
    ``d (d+1) (d+2) / 6`` degrees of freedom. It is scaled by the exact mean
    ``E b1 = d (d+2) ((n+1) (d+1) - 6) / ((n+1) (n+3))`` and the standard deviation for large n.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Measured
        The effect is the root mean square skewness that d independent components with the same
        b1 would have.

    References
    ----------
    Mardia (1970), Biometrika 57, 519-530; Mardia (1974), Sankhya B 36, 115-128.
    """
    n, d = sample.n, sample.d
    b1 = _skewness(sample)
    excess = b1 - d * (d + 2) * ((n + 1) * (d + 1) - 6) / ((n + 1) * (n + 3))
    return Measured(
        statistic=n * b1 / 6,
        effect=float(np.sqrt(max(excess, 0.0) / d)),
        effect_unit="root mean square skewness of d independent components; 0",
        scaled=float(n * excess / 6 / np.sqrt(2 * _degrees(d))),
    )


def published_mardia_skewness(z):
    """Mardia's skewness with the p-value of its law for large n (Mardia 1970).

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)

    Returns
    -------
    Measured
    """
    sample = sample_of(z)
    found = measure_mardia_skewness(sample)
    degrees = _degrees(sample.d)
    return Measured(
        found.statistic,
        found.effect,
        found.effect_unit,
        pvalue=float(stats.chi2.sf(found.statistic, degrees)),
        law=f"chi-square with {degrees:.0f} degrees of freedom",
    )


def limit_mardia_skewness(d):
    """Law of the scaled skewness for many vectors: a standardised chi-square variable."""
    degrees = _degrees(d)
    sd = np.sqrt(2 * degrees)
    return stats.chi2(degrees, loc=-degrees / sd, scale=1 / sd)


def measure_mardia_kurtosis(sample):
    """Mardia's kurtosis against its exact mean and variance under a normal distribution.

    ``b2 = mean of d2^2``, with d2 by the covariance that divides by n. With the exact moments
    ``E b2 = d (d+2) (n-1) / (n+1)`` and
    ``Var b2 = 8 d (d+2) (n-3) (n-d-1) (n-d+1) / ((n+1)^2 (n+3) (n+5))``, the statistic is
    ``(b2 - E b2) / sd b2``; its size counts.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Measured
        The effect is b2 over its mean: above 1 with heavy tails, below with light ones.

    References
    ----------
    Mardia (1970), Biometrika 57, 519-530; Mardia (1974), Sankhya B 36, 115-128.
    """
    n, d = sample.n, sample.d
    b2 = _kurtosis(sample)
    mean = d * (d + 2) * (n - 1) / (n + 1)
    variance = 8 * d * (d + 2) * (n - 3) / ((n + 1) ** 2 * (n + 3))
    variance *= (n - d - 1) * (n - d + 1) / (n + 5)
    score = (b2 - mean) / np.sqrt(variance)
    return Measured(
        statistic=float(score),
        effect=float(b2 / mean),
        effect_unit="mean of the squared d2 over that of a normal distribution; 1",
        scaled=float(abs(score)),
    )


def published_mardia_kurtosis(z):
    """Mardia's kurtosis with its moments and p-value for large n (Mardia 1970).

    The statistic is ``(b2 - d (d+2)) / sqrt(8 d (d+2) / n)``, standard normal for large n.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)

    Returns
    -------
    Measured
    """
    sample = sample_of(z)
    n, d = sample.n, sample.d
    b2 = _kurtosis(sample)
    score = (b2 - d * (d + 2)) / np.sqrt(8 * d * (d + 2) / n)
    return Measured(
        statistic=float(score),
        effect=float(b2 / (d * (d + 2) * (n - 1) / (n + 1))),
        effect_unit="mean of the squared d2 over that of a normal distribution; 1",
        pvalue=float(2 * stats.norm.sf(abs(score))),
        law="standard normal, two-sided",
    )


def limit_mardia_kurtosis(d):
    """Law of the size of the kurtosis score for many vectors, whatever d."""
    return stats.halfnorm()


def blind_mardia(n, d):
    """Say why third and fourth moments cannot tell at n and d; empty where they can."""
    least = max(LEAST, LEAST_RATIO * d)
    if n >= least:
        return ""
    return (
        f"With n = {n} vectors in d = {d} dimensions the fit leaves the moments little freedom: "
        f"give at least {least} vectors."
    )


def _degrees(d):
    return d * (d + 1) * (d + 2) / 6


def _kurtosis(sample):
    n = sample.n
    return float(np.mean(sample.d2**2) * (n / (n - 1)) ** 2)


def _skewness(sample):
    """Give b1 the cheaper way: n² d flop by the pairs, n d³ / 3 by the moments."""
    white, n, d = sample.white, sample.n, sample.d
    paired = n <= min(MOST_PAIRED, d**2 / 3)
    total = _skewness_by_pairs(white) if paired else _skewness_by_moments(white)
    return total / n**2 * (n / (n - 1)) ** 3


def _skewness_by_pairs(white):
    """Sum ``(w_i . w_j)^3`` over all ordered pairs of vectors."""

    def cubes(rows, columns):
        product = white[rows] @ white[columns].T
        return product * product * product

    return sum_over_pairs(len(white), cubes)


def _skewness_by_moments(white):
    """Sum the squares of all third moments ``sum_i w_ia w_ib w_ic``, which is the same.

    Each moment with a <= b <= c is computed once and counted as often as its indices can be
    ordered: 6 times, 3 times where two are equal, once where all are.
    """
    n, d = white.shape
    total = 0.0
    for b in range(d):
        moments = np.zeros((b + 1, d - b))  # rows a = 0 … b, columns c = b … d-1
        for start in range(0, n, ROWS):
            rows = white[start : start + ROWS]
            moments += (rows[:, : b + 1] * rows[:, b : b + 1]).T @ rows[:, b:]
        square = moments**2
        total += 6 * square.sum() - 3 * square[b].sum() - 3 * square[:, 0].sum() + square[b, 0]
    return float(total)
