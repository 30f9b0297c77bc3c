"""How large chance alone may make each effect that a verdict looks at."""

import numpy as np

NOISE_SD = 3.5  # standard errors within which a variance ratio may be chance, for any k
SHARE_SD = 4  # the same for a share of vectors; the worst of some hundred is looked at
KS_QUANTILE = 1.63  # Kolmogorov's law: exceeded by sqrt(n) times the distance once in a hundred
ONE_SIDED = 1.645  # standard errors of a one-sided 95 % confidence bound
AXIS_ERROR = 0.01  # probability that chance alone pushes the worst axis beyond its noise


def ratio_noise(n, k):
    """How far chance may push the variance ratio of in-sample d2 from 1.

    The sample variance has the relative standard error ``sqrt((kurtosis - 1) / n)``, with the
    kurtosis of the beta law of d2: see `D2Law`.

    Parameters
    ----------
    n : int
        Number of vectors, n >= k + 2.
    k : int or numpy.ndarray
        Number of axes.

    Returns
    -------
    float or numpy.ndarray
    """
    a = np.asarray(k) / 2
    b = (n - 1) / 2 - a
    total = a + b
    excess = 6 * ((a - b) ** 2 * (total + 1) - a * b * (total + 2))
    excess = excess / (a * b * (total + 2) * (total + 3))
    return NOISE_SD * np.sqrt((2 + excess) / n)


def radial_noise(*n):
    """How large chance may make the Kolmogorov-Smirnov distance of radii to their law.

    Fitting makes the distance smaller, so this is an upper bound.

    Parameters
    ----------
    *n : int
        Number of vectors judged, and of the fit where they have no part in it.

    Returns
    -------
    float
    """
    return float(KS_QUANTILE * np.sqrt(sum(1 / size for size in n)))


def distance_margin(n):
    """How far the true Kolmogorov-Smirnov distance to a fitted law may lie above the measured one.

    The one-sided 95 % bound at the place of the largest distance: there the empirical distribution
    function minus the fitted one has, near a normal law, a standard error of at most
    ``sqrt((1/4 - 1/(2 pi)) / n) = 0.302 / sqrt(n)`` (Durbin 1973, Annals of Statistics 1, 279-290,
    with mean and variance estimated; the maximum is at the centre).

    Parameters
    ----------
    n : int
        Number of vectors.

    Returns
    -------
    float
    """
    return float(ONE_SIDED * np.sqrt((0.25 - 0.5 / np.pi) / n))


def radial_margin(n):
    """How far the true Kolmogorov-Smirnov distance of radii may lie above the measured one.

    As `distance_margin`; the standard error is the largest over the number of axes, that of one
    axis, found by simulation (0.418, 0.386, 0.370, 0.353 over sqrt(n) for 1, 2, 3 and 5 axes).

    Parameters
    ----------
    n : int
        Number of vectors.

    Returns
    -------
    float
    """
    return float(ONE_SIDED * 0.418 / np.sqrt(n))


def axis_noise(n, axes):
    """How large chance may make the Kolmogorov-Smirnov distance of the worst of some axes.

    Parameters
    ----------
    n : int
        Number of vectors.
    axes : int
        Number of axes.

    Returns
    -------
    float

    References
    ----------
    The tail of Lilliefors' statistic: Dallal and Wilkinson (1986), The American Statistician 40,
    294-296, in its leading terms; Bonferroni over the axes.
    """
    tail = -0.122119 - np.log(AXIS_ERROR / max(axes, 1))
    root = (2.99587 + np.sqrt(2.99587**2 + 4 * 7.01256 * tail)) / (2 * 7.01256)
    return float(root / np.sqrt(n + 2.78019))


def shape_noise(n, excess_kurtosis):
    """How far chance may move an axis' distance to its fitted normal within one heavy-tailed law.

    A wrong standard deviation shifts the fitted distribution function by up to a quarter of its
    relative error, whose standard error is ``sqrt((excess + 2) / (4n))``.

    Parameters
    ----------
    n : int
        Number of vectors.
    excess_kurtosis : numpy.ndarray, shape (m,)
        Of each axis.

    Returns
    -------
    numpy.ndarray, shape (m,)
    """
    return 0.25 * NOISE_SD * np.sqrt((np.maximum(excess_kurtosis, 0) + 2) / (4 * n))


def share_noise(n, share):
    """How far chance may push the share of vectors within a given region.

    Parameters
    ----------
    n : int
        Number of vectors.
    share : numpy.ndarray
        What the region should hold.

    Returns
    -------
    numpy.ndarray
    """
    return SHARE_SD * np.sqrt(share * (1 - share) / n)
