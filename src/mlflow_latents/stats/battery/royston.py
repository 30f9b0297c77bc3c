"""Royston's test: Shapiro-Wilk of every coordinate, allowing for their correlations."""

import numpy as np
from scipy import special, stats

from mlflow_latents.errors import InputError
from mlflow_latents.stats.battery.result import Measured
from mlflow_latents.stats.battery.sample import sample_of

LEAST, MOST = 4, 2000  # the normalisation was fitted to these sizes
SMALL = 11  # up to which the normalisation is another
COMPARISON = (
    "Royston's test is for comparison only: its null law depends on the correlations of the "
    "coordinates and is known roughly; ask for method='published', or MonteCarlo()."
)
_U, _POWER = 0.715, 5


def measure_royston(sample):
    """Sum the normalised Shapiro statistics of the coordinates.

    W of each coordinate is that of Shapiro and Wilk, or that of Shapiro and Francia where the
    kurtosis exceeds 3; ``z_j`` its normal score (Royston 1992). With
    ``r_j = Phi^-1(Phi(-z_j) / 2)^2``, the statistic is ``H = e mean(r_j)``, nearly chi-square with
    ``e = d / (1 + (d-1) c)`` degrees of freedom, where c is the mean of
    ``r^5 (1 - 0.715 (1 - r)^0.715 / v)`` over the correlations r of two coordinates, and
    ``v = 0.21364 + 0.015124 log(n)^2 - 0.0018034 log(n)^3``. These are the conventions of the R
    package MVN 6.1. Where columns are constant or depend on each other, the coordinates are those
    along the principal axes.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Measured
        The effect is the largest 1 - W.

    References
    ----------
    Royston (1983), Applied Statistics 32, 121-133; Royston (1992), Statistics and Computing 2,
    117-119; Shapiro and Francia (1972), Journal of the American Statistical Association 67,
    215-216.
    """
    return _royston(sample)[0]


def published_royston(z):
    """Royston's statistic with the p-value of its approximate chi-square law.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)

    Returns
    -------
    Measured

    Raises
    ------
    InputError
        When n is outside 4 to 2000.
    """
    sample = sample_of(z)
    if reason := blind_royston(sample.n, sample.d):
        raise InputError(reason)
    found, freedom = _royston(sample)
    return Measured(
        found.statistic,
        found.effect,
        found.effect_unit,
        pvalue=float(stats.chi2.sf(found.statistic, freedom)),
        law=f"chi-square with {freedom:.4g} equivalent degrees of freedom",
    )


def blind_royston(n, d):
    """Say why the test is not defined at n vectors; empty where it is."""
    if LEAST <= n <= MOST:
        return ""
    return f"Royston's normalisation holds for {LEAST} to {MOST} vectors, not for n = {n}."


def coordinates_of(sample):
    """Coordinates without dependent ones: the columns, or the principal axes where rank < d."""
    return sample.own.principal(sample.z) if sample.own.degenerate else sample.z - sample.own.mean


def shapiro_francia(x):
    """Squared correlation of the sorted values with approximate normal order statistics.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)

    Returns
    -------
    float
    """
    n = len(x)
    expected = stats.norm.ppf((np.arange(1, n + 1) - 3 / 8) / (n + 1 / 4))
    return float(np.corrcoef(np.sort(x), expected)[0, 1] ** 2)


def _royston(sample):
    x = coordinates_of(sample)
    w = np.array([_shapiro(column) for column in x.T])
    # Half the tail of the score, on the log scale, where W is so small that it underflows.
    half = stats.norm.logsf(_normal_score(w, sample.n)) - np.log(2)
    residuals = special.ndtri_exp(half) ** 2
    freedom = _equivalent_freedom(x)
    return Measured(
        statistic=float(freedom * residuals.mean()),
        effect=float((1 - w).max()),
        effect_unit="largest 1 - W of a coordinate; 0",
    ), freedom


def _shapiro(x):
    if stats.kurtosis(x, fisher=False) > 3:
        return shapiro_francia(x)
    return stats.shapiro(x).statistic


def _normal_score(w, n):
    if n <= SMALL:
        mean = np.polyval([-0.0006714, 0.025054, -0.39978, 0.5440], n)
        spread = np.exp(np.polyval([-0.0020322, 0.062767, -0.77857, 1.3822], n))
        return (-np.log(0.459 * n - 2.273 - np.log(1 - w)) - mean) / spread
    mean = np.polyval([0.0038915, -0.083751, -0.31082, -1.5861], np.log(n))
    spread = np.exp(np.polyval([0.0030302, -0.082676, -0.4803], np.log(n)))
    return (np.log(1 - w) - mean) / spread


def _equivalent_freedom(x):
    n, d = x.shape
    if d == 1:
        return 1.0
    v = 0.21364 + 0.015124 * np.log(n) ** 2 - 0.0018034 * np.log(n) ** 3
    r = np.clip(np.corrcoef(x, rowvar=False)[np.triu_indices(d, 1)], -1, 1)
    mean = np.mean(r**_POWER * (1 - _U * (1 - r) ** _U / v))
    return float(d / (1 + (d - 1) * mean))
