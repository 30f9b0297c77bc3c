"""The omnibus test of Doornik and Hansen: skewness and kurtosis of decorrelated coordinates."""

import numpy as np
from scipy import stats

from mlflow_latents.errors import InputError
from mlflow_latents.stats.battery.result import Measured
from mlflow_latents.stats.battery.royston import coordinates_of
from mlflow_latents.stats.battery.sample import sample_of

LEAST = 8
COMPARISON = (
    "The test of Doornik and Hansen is for comparison only: its null law depends on the "
    "correlations of the coordinates; ask for method='published', or MonteCarlo()."
)


def measure_doornik_hansen(sample):
    """Sum the squared normal scores of skewness and kurtosis over decorrelated coordinates.

    The centred and standardised columns x, with correlations ``R = H L H'``, become
    ``y = x H L^(-1/2) H'``. Of each column of y the skewness becomes a normal score z1 (D'Agostino
    1970) and the kurtosis, given the skewness, a normal score z2 by the cube root of a gamma
    variable; the statistic is ``sum z1^2 + z2^2``. Where columns are constant or depend on each
    other, the coordinates are those along the principal axes.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Measured
        The effect is the root mean square skewness of the decorrelated coordinates.

    References
    ----------
    Doornik and Hansen (2008), Oxford Bulletin of Economics and Statistics 70, 927-939.
    """
    y = _decorrelated(coordinates_of(sample))
    skewness = stats.skew(y)
    score = _skewness_score(skewness, sample.n) ** 2
    score += _kurtosis_score(stats.kurtosis(y, fisher=False), skewness, sample.n) ** 2
    return Measured(
        statistic=float(score.sum()),
        effect=float(np.sqrt(np.mean(skewness**2))),
        effect_unit="root mean square skewness of the decorrelated coordinates; 0",
    )


def published_doornik_hansen(z):
    """Doornik and Hansen's statistic with the p-value of chi-square with 2d degrees of freedom.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)

    Returns
    -------
    Measured

    Raises
    ------
    InputError
        When n < 8.
    """
    sample = sample_of(z)
    if reason := blind_doornik_hansen(sample.n, sample.d):
        raise InputError(reason)
    found = measure_doornik_hansen(sample)
    return Measured(
        found.statistic,
        found.effect,
        found.effect_unit,
        pvalue=float(stats.chi2.sf(found.statistic, 2 * sample.d)),
        law=f"chi-square with {2 * sample.d} degrees of freedom",
    )


def blind_doornik_hansen(n, d):
    """Say why the test is not defined at n vectors; empty where it is."""
    if n >= LEAST:
        return ""
    return f"The scores of Doornik and Hansen need {LEAST} vectors or more: there are {n}."


def _decorrelated(x):
    x = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    values, axes = np.linalg.eigh(x.T @ x / (len(x) - 1))
    return x @ (axes / np.sqrt(values)) @ axes.T


def _skewness_score(skewness, n):
    beta = 3 * (n**2 + 27 * n - 70) * (n + 1) * (n + 3)
    beta /= (n - 2) * (n + 5) * (n + 7) * (n + 9)
    omega2 = np.sqrt(2 * (beta - 1)) - 1
    y = skewness * np.sqrt((omega2 - 1) / 2 * (n + 1) * (n + 3) / (6 * (n - 2)))
    return np.arcsinh(y) / np.sqrt(np.log(omega2) / 2)


def _kurtosis_score(kurtosis, skewness, n):
    delta = (n - 3) * (n + 1) * (n**2 + 15 * n - 4)
    a = (n - 2) * (n + 5) * (n + 7) * (n**2 + 27 * n - 70) / (6 * delta)
    c = (n - 7) * (n + 5) * (n + 7) * (n**2 + 2 * n - 5) / (6 * delta)
    k = (n + 5) * (n + 7) * (n**3 + 37 * n**2 + 11 * n - 313) / (12 * delta)
    alpha = a + skewness**2 * c
    chi = 2 * k * (kurtosis - 1 - skewness**2)
    return (np.cbrt(chi / (2 * alpha)) - 1 + 1 / (9 * alpha)) * np.sqrt(9 * alpha)
