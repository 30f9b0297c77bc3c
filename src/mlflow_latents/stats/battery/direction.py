"""Uniformity of the direction of the vectors, whatever the law of their radii."""

import numpy as np
from scipy import special, stats

from mlflow_latents.stats.battery.result import Measured
from mlflow_latents.stats.blocks import BLOCK_VALUES

LEAST_RATIO = 3  # n / d
NO_SHAPE = (
    "Tyler's shape does not exist: too many vectors lie at one place or in one subspace, as no "
    "elliptical cloud has them."
)


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
    if sample.kernels is None:
        return Measured(np.nan, np.nan, "", reason=NO_SHAPE)
    score = sobolev_scores(sample.kernels, sample.d)
    uneven = np.maximum(sample.kernels[1].mean(), 0.0)
    return Measured(
        statistic=float(score.max()),
        effect=float(np.sqrt(component_factors(sample.d)[1] * uneven)),
        effect_unit="excess kurtosis of d independent components that would show the same; 0",
        scaled=float(score.max()),
    )


def component_factors(d):
    """Turn energies into squared skewness and excess kurtosis of d independent components.

    To first order, components with skewness g and excess kurtosis k have directions with the
    density ``1 + g/6 E r^3 S_3 + k/24 E r^4 S_4`` over the uniform one, S_m being the part of
    degree m of ``sum_i u_i^m``. Its mean square gives the energies
    ``g^2 (E r^3)^2 (d-1) / (6 (d+2)^2 (d+4))`` and ``k^2 d^2 (d-1) / (24 (d+4) (d+6))``, for large
    d ``g^2 d / 6`` and ``k^2 d / 24``.

    Parameters
    ----------
    d : int
        Number of dimensions, d >= 2.

    Returns
    -------
    numpy.ndarray, shape (2,)
    """
    third = 8 * np.exp(2 * (special.gammaln((d + 3) / 2) - special.gammaln(d / 2)))  # (E r^3)^2
    return np.array(
        [
            6 * (d + 2) ** 2 * (d + 4) / ((d - 1) * third),
            24 * (d + 4) * (d + 6) / (d**2 * (d - 1)),
        ]
    )


def vector_kernels(unit):
    """Give the mean kernels of each vector with the others, 0 on average when uniform.

    Parameters
    ----------
    unit : numpy.ndarray, shape (n, d)
        Unit vectors, d >= 2.

    Returns
    -------
    numpy.ndarray, shape (2, n)
        ``mean over j of N_k C_k(u_i.u_j) / C_k(1)``, of degrees 3 and 4.
    """
    n, d = unit.shape
    first = unit @ unit.sum(axis=0) - 1
    second = np.einsum("ij,ij->i", unit @ (unit.T @ unit), unit) - 1
    third, fourth = _cosine_powers(unit)
    sums = np.array(
        [
            ((d + 2) * third - 3 * first) / (d - 1),
            ((d + 2) * (d + 4) * fourth - 6 * (d + 2) * second + 3 * (n - 1)) / (d**2 - 1),
        ]
    )
    return sums * _harmonics(d)[:, None] / (n - 1)


def sobolev_scores(kernels, d):
    """Scores of degrees 3 and 4: sums over pairs in standard deviations of uniform directions.

    Parameters
    ----------
    kernels : numpy.ndarray, shape (2, n)
        See `vector_kernels`.
    d : int
        Number of dimensions.

    Returns
    -------
    numpy.ndarray, shape (2,)
    """
    return kernels.mean(axis=1) / _null_error(kernels.shape[1], d)


def energy_error(kernels, d):
    """Give the standard errors of the mean kernels, whether directions are uniform or not.

    The mean over pairs is a U-statistic, whose variance is ``2 N_k / (n (n-1))`` for uniform
    directions and about ``4 / n`` times the variance of the vectors' means far from it (Hoeffding
    1948, Annals of Mathematical Statistics 19, 293-325, theorem 5.2; the means of n vectors hold
    the former twice). That location and shape are fitted is left out.

    Parameters
    ----------
    kernels : numpy.ndarray, shape (2, n)
        See `vector_kernels`.
    d : int
        Number of dimensions.

    Returns
    -------
    numpy.ndarray, shape (2,)
    """
    n = kernels.shape[1]
    null = _null_error(n, d) ** 2
    return np.sqrt(np.maximum(4 * kernels.var(axis=1, ddof=1) / n - null, null))


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
        self._degrees = _harmonics(d)

    def cdf(self, score):
        one, other = (stats.chi2.cdf(f + score * np.sqrt(2 * f), f) for f in self._degrees)
        return one * other


def _harmonics(d):
    """Count the spherical harmonics of degrees 3 and 4."""
    return np.array(
        [(d + 4) * d * (d - 1) / 6, (d + 6) * (d + 1) * d * (d - 1) / 24], dtype=np.float64
    )


def _null_error(n, d):
    """Give the standard deviation of the mean kernel of independent uniform directions."""
    return np.sqrt(2 * _harmonics(d) / (n * (n - 1)))


def _cosine_powers(unit):
    """Sum the third and the fourth power of each vector's cosine over the other vectors."""
    powers = np.zeros((2, len(unit)))
    step = max(1, BLOCK_VALUES // len(unit))
    for start in range(0, len(unit), step):
        rows = unit[start : start + step]
        cosine = rows @ unit[start:].T
        # The first columns hold each of their pairs twice, and each vector with itself.
        cosine[:, : len(rows)][np.tril_indices(len(rows))] = 0
        square = cosine**2
        cosine *= square
        square *= square
        for sums, power in zip(powers, (cosine, square), strict=True):
            sums[start : start + len(rows)] += power.sum(axis=1)
            sums[start:] += power.sum(axis=0)
    return powers
