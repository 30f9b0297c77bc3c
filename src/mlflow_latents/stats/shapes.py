"""One-dimensional laws between normal and not, and when skewness and kurtosis tell them apart."""

import itertools
from math import comb, factorial

import numpy as np
from scipy.optimize import brentq

ORDER = 8  # moments needed for the error of a sample kurtosis
LARGEST = 30.0  # size of a departure beyond which none is looked for


def double_factorial(r):
    """Give the r-th moment of a standard normal variable, r even: ``(r-1)!!``."""
    return factorial(r) / (2 ** (r // 2) * factorial(r // 2))


def heavy_tailed_moments(excess):
    """Moments of a normal variable whose variance follows a gamma law (variance-gamma).

    Parameters
    ----------
    excess : float
        Its excess kurtosis; 3 is Laplace's law.

    Returns
    -------
    numpy.ndarray, shape (9,)
        Of the standardised variable, orders 0 to 8.
    """
    moments = np.zeros(ORDER + 1)
    for r in range(0, ORDER + 1, 2):
        moments[r] = double_factorial(r) * np.prod(1 + np.arange(r // 2) * excess / 3)
    return moments


def gamma_moments(skewness):
    """Moments of a gamma variable, from its cumulants ``(r-1)! (skewness / 2)^(r-2)``.

    Parameters
    ----------
    skewness : float
        2 is the exponential law.

    Returns
    -------
    numpy.ndarray, shape (9,)
        Of the standardised variable, orders 0 to 8.
    """
    cumulant = [0, 0, *(factorial(r - 1) * (skewness / 2) ** (r - 2) for r in range(2, ORDER + 1))]
    moments = [1.0]
    for r in range(1, ORDER + 1):
        moments.append(
            sum(comb(r - 1, i - 1) * cumulant[i] * moments[r - i] for i in range(1, r + 1))
        )
    return np.array(moments)


def two_groups_moments(separation):
    """Moments of two equal normal groups.

    Parameters
    ----------
    separation : float
        Distance of their means in standard deviations of one group.

    Returns
    -------
    numpy.ndarray, shape (9,)
        Of the standardised variable, orders 0 to 8. Its excess kurtosis is
        ``-2 (a / (1 + a))^2`` with ``a = (separation / 2)^2``.
    """
    half = separation / 2
    moments = np.zeros(ORDER + 1)
    for r in range(0, ORDER + 1, 2):
        terms = (comb(r, i) * half**i * double_factorial(r - i) for i in range(0, r + 1, 2))
        moments[r] = sum(terms) / (1 + half**2) ** (r / 2)
    return moments


def skewness_variance(moments):
    """Give n times the variance of a sample skewness, for many vectors (delta method).

    That of its influence function ``x^3 - g - 3x - 1.5 g (x^2 - 1)``; 6 for a normal law.

    Parameters
    ----------
    moments : numpy.ndarray, shape (9,)

    Returns
    -------
    float
    """
    skewness = moments[3]
    return _mean_square([0.5 * skewness, -3, -1.5 * skewness, 1], moments)


def kurtosis_variance(moments):
    """Give n times the variance of a sample kurtosis, for many vectors (delta method).

    That of its influence function ``x^4 - b - 4 g x - 2 b (x^2 - 1)``; 24 for a normal law.

    Parameters
    ----------
    moments : numpy.ndarray, shape (9,)

    Returns
    -------
    float
    """
    kurtosis = moments[4]
    return _mean_square([kurtosis, -4 * moments[3], -2 * kurtosis, 0, 1], moments)


def critical_skewness(n, score):
    """Sample skewness at which `scipy.stats.skewtest` gives a score.

    Parameters
    ----------
    n : int
        Number of vectors, n >= 20.
    score : float

    Returns
    -------
    float

    References
    ----------
    D'Agostino (1970), Biometrika 57, 679-681, inverted.
    """
    beta = 3 * (n**2 + 27 * n - 70) * (n + 1) * (n + 3)
    beta /= (n - 2) * (n + 5) * (n + 7) * (n + 9)
    squared = np.sqrt(2 * (beta - 1)) - 1
    y = np.sqrt(2 / (squared - 1)) * np.sinh(score * np.sqrt(0.5 * np.log(squared)))
    return y * np.sqrt(6 * (n - 2) / ((n + 1) * (n + 3)))


def critical_kurtosis(n, score):
    """Sample kurtosis at which `scipy.stats.kurtosistest` gives a score.

    Parameters
    ----------
    n : int
        Number of vectors, n >= 20.
    score : float
        Negative for light tails.

    Returns
    -------
    float
        Infinite where no kurtosis gives so large a score.

    References
    ----------
    Anscombe and Glynn (1983), Biometrika 70, 227-234, inverted.
    """
    variance = 24 * n * (n - 2) * (n - 3) / ((n + 1) ** 2 * (n + 3) * (n + 5))
    skewness = 6 * (n**2 - 5 * n + 2) / ((n + 7) * (n + 9))
    skewness *= np.sqrt(6 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3)))
    a = 6 + 8 / skewness * (2 / skewness + np.sqrt(1 + 4 / skewness**2))
    root = 1 - 2 / (9 * a) - score * np.sqrt(2 / (9 * a))
    if root <= 0:
        return np.inf
    x = ((1 - 2 / a) / root**3 - 1) / np.sqrt(2 / (a - 4))
    return 3 * (n - 1) / (n + 1) + x * np.sqrt(variance)


def least_heavy_tail(n, score, power_score):
    """Give the least excess kurtosis of heavy tails that exceeds a kurtosis score.

    The logarithm of the sample kurtosis is taken for normal with the variance
    ``log(1 + V / (n b^2))``; below some 500 vectors this asks for too much.

    Parameters
    ----------
    n : int
        Number of vectors.
    score : float
        To be exceeded.
    power_score : float
        Normal quantile of the power.

    Returns
    -------
    float
        NaN where none is seen.
    """
    critical = critical_kurtosis(n, score)

    def margin(excess):
        moments = heavy_tailed_moments(excess)
        return _log_margin(moments[4], kurtosis_variance(moments) / n, critical, power_score)

    return least_size(margin)


def least_skewness(n, score, power_score):
    """Give the least skewness of a gamma law that exceeds a skewness score.

    Parameters
    ----------
    n : int
        Number of vectors.
    score : float
        To be exceeded.
    power_score : float
        Normal quantile of the power.

    Returns
    -------
    float
        NaN where none is seen.
    """
    critical = critical_skewness(n, score)

    def margin(skewness):
        moments = gamma_moments(skewness)
        return _log_margin(skewness, skewness_variance(moments) / n, critical, power_score)

    # No sample of n values has a skewness above sqrt(n).
    return least_size(margin, largest=min(LARGEST, n**0.5))


def least_separation(n, score, power_score):
    """Give the least separation of two equal groups that falls below minus a kurtosis score.

    Parameters
    ----------
    n : int
        Number of vectors.
    score : float
        Whose negative is to be passed.
    power_score : float
        Normal quantile of the power.

    Returns
    -------
    float
        In standard deviations of one group; NaN where none is seen.
    """
    critical = critical_kurtosis(n, -score)

    def margin(separation):
        moments = two_groups_moments(separation)
        return critical - moments[4] - power_score * np.sqrt(kurtosis_variance(moments) / n)

    return least_size(margin)


def least_size(margin, largest=LARGEST):
    """Give the least size from which a margin is positive.

    Parameters
    ----------
    margin : callable
        Of a size; negative for small ones.
    largest : float
        Size up to which to look.

    Returns
    -------
    float
        NaN where the margin is not positive up to there.
    """
    sizes = np.geomspace(largest * 1e-4, largest, 30)
    for before, after in itertools.pairwise(sizes):
        if margin(after) > 0:
            return float(brentq(margin, before, after)) if margin(before) < 0 else float(before)
    return np.nan


def _log_margin(value, variance, critical, power_score):
    spread = np.sqrt(np.log1p(variance / value**2))
    return np.log(value) - power_score * spread - np.log(critical)


def _mean_square(polynomial, moments):
    square = np.polynomial.polynomial.polymul(polynomial, polynomial)
    return float(square @ moments[: len(square)])
