"""Uniformity of the direction of the vectors, whatever the law of their radii."""

import numpy as np
from scipy import stats

from mlflow_latents.stats.battery.result import Measured
from mlflow_latents.stats.blocks import BLOCK_VALUES

LEAST_RATIO = 3  # n / d


def measure_direction(sample):
    """Sobolev tests of uniformity of degrees 3 and 4, on directions in Tyler's shape.

    Degrees 1 and 2 are fixed by the fit (mean 0, covariance 1/d). Degree k sums the reproducing
    kernel of the spherical harmonics over pairs of directions,
    ``T_k = sum_(a<b) N_k C_k(u_a.u_b) / C_k(1)``, which has mean 0 and variance
    ``n (n-1) N_k / 2`` for independent uniform directions (C_k: the Gegenbauer polynomial of
    order d/2 - 1; N_k: the number of harmonics). The statistic is the larger of both in these
    standard deviations; that location and shape are fitted is in its simulated null law. At most
    10,000 vectors are looked at, drawn with the sample's seed.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Measured
        The effect is the excess kurtosis of d independent components whose directions would have
        the same energy of degree 4 (the root of its mean square).

    References
    ----------
    Giné (1975), Annals of Statistics 3, 1243-1266; Prentice (1978), Annals of Statistics 6,
    169-176; García-Portugués and Verdebout (2018), arXiv:1804.00286, section 4.2.
    """
    score, energy = sobolev_scores(sample.directions)
    return Measured(
        statistic=float(score.max()),
        effect=float(np.sqrt(max(24 * energy[1] / sample.d, 0.0))),
        effect_unit="excess kurtosis of d independent components that would show the same; 0",
        scaled=float(score.max()),
    )


def sobolev_scores(unit):
    """Scores of degrees 3 and 4, and the mean of their kernels over pairs.

    Parameters
    ----------
    unit : numpy.ndarray, shape (n, d)
        Unit vectors, d >= 2.

    Returns
    -------
    score, energy : numpy.ndarray, shape (2,)
    """
    n, d = unit.shape
    pairs = n * (n - 1) / 2
    first = (np.sum(unit.sum(axis=0) ** 2) - n) / 2
    second = (np.sum((unit.T @ unit) ** 2) - n) / 2
    third, fourth = _cosine_powers(unit)
    sums = np.array(
        [
            ((d + 2) * third - 3 * first) / (d - 1),
            ((d + 2) * (d + 4) * fourth - 6 * (d + 2) * second + 3 * pairs) / (d**2 - 1),
        ]
    )
    harmonics = np.array(
        [(d + 4) * d * (d - 1) / 6, (d + 6) * (d + 1) * d * (d - 1) / 24], dtype=np.float64
    )
    return sums * np.sqrt(harmonics / pairs), sums * harmonics / pairs


def limit_direction(d):
    """Law of the larger score for many vectors: of two standardised chi-square variables."""
    return _LargerScore(d)


def blind_direction(n, d):
    """Say why directions cannot tell at n vectors in d dimensions; empty where they can."""
    if d < 2:
        return "There are but two directions in one dimension."
    least = max(50, LEAST_RATIO * d)
    if n >= least:
        return ""
    return f"Tyler's shape needs more vectors than n = {n} in d = {d} dimensions: give {least}."


class _LargerScore:
    """The larger of two independent, standardised chi-square variables with N_3 and N_4 degrees."""

    def __init__(self, d):
        self._degrees = (d + 4) * d * (d - 1) / 6, (d + 6) * (d + 1) * d * (d - 1) / 24

    def cdf(self, score):
        one, other = (stats.chi2.cdf(f + score * np.sqrt(2 * f), f) for f in self._degrees)
        return one * other


def _cosine_powers(unit):
    """Sum the third and the fourth power of the cosine over pairs of directions."""
    third = fourth = 0.0
    step = max(1, BLOCK_VALUES // len(unit))
    for start in range(0, len(unit), step):
        rows = unit[start : start + step]
        cosine = rows @ unit[start:].T
        # The first columns hold each of their pairs twice, and each vector with itself.
        cosine[:, : len(rows)][np.tril_indices(len(rows))] = 0
        square = cosine**2
        third += np.vdot(square, cosine)
        fourth += np.vdot(square, square)
    return third, fourth
