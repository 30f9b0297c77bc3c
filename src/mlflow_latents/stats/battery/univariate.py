"""Tests of normality in one dimension, as SciPy and statsmodels have them."""

import numpy as np
from scipy import special, stats
from statsmodels.stats import diagnostic

from mlflow_latents.errors import InputError

LEAST = 8
MOST_SHAPIRO = 5000  # up to which its p-value is accurate


def univariate_normality(x, test):
    """Test whether numbers come from a normal distribution of unknown mean and variance.

    Parameters
    ----------
    x : array_like, shape (n,)
        Numbers, n >= 8.
    test : str
        Name of a test in `UNIVARIATE`: "shapiro_wilk" (W), "anderson_darling" (A²), "lilliefors"
        (largest distance of the distribution functions), "cramer_von_mises" (W²), "dagostino"
        (skewness and kurtosis, K²).

    Returns
    -------
    statistic, pvalue : float

    Raises
    ------
    InputError
        When there is no such test, or x cannot be tested.

    References
    ----------
    Shapiro and Wilk (1965), Biometrika 52, 591-611, with the p-value of Royston (1995), Applied
    Statistics 44, 547-551; Anderson and Darling (1954) and Cramér-von Mises with the p-values of
    Stephens (1986), in D'Agostino and Stephens, Goodness-of-Fit Techniques, tables 4.7 and 4.9;
    Lilliefors (1967) with the p-value of Dallal and Wilkinson (1986), The American Statistician
    40, 294-296; D'Agostino and Pearson (1973), Biometrika 60, 613-622.
    """
    if test not in UNIVARIATE:
        raise InputError(
            f"There is no univariate test {test!r}: choose one of {', '.join(UNIVARIATE)}."
        )
    statistic, pvalue = UNIVARIATE[test](_checked(x))
    return float(statistic), float(pvalue)


def _shapiro_wilk(x):
    if len(x) > MOST_SHAPIRO:
        raise InputError(
            f"The p-value of Shapiro and Wilk holds up to {MOST_SHAPIRO} numbers, and x has "
            f"{len(x)}: choose 'anderson_darling'."
        )
    found = stats.shapiro(x)
    return found.statistic, found.pvalue


def _lilliefors(x):
    return diagnostic.lilliefors(x, pvalmethod="approx")


def _cramer_von_mises(x):
    n = len(x)
    share = special.ndtr((np.sort(x) - x.mean()) / x.std(ddof=1))
    statistic = 1 / (12 * n) + np.sum((share - (2 * np.arange(1, n + 1) - 1) / (2 * n)) ** 2)
    return statistic, _stephens((1 + 0.5 / n) * statistic)


def _stephens(w):
    """p-value of the modified W² (Stephens 1986, table 4.9)."""
    if w < 0.0275:
        return 1 - np.exp(-13.953 + 775.5 * w - 12542.61 * w**2)
    if w < 0.051:
        return 1 - np.exp(-5.903 + 179.546 * w - 1515.29 * w**2)
    if w < 0.092:
        return np.exp(0.886 - 31.62 * w + 10.897 * w**2)
    if w < 1.1:
        return np.exp(1.111 - 34.242 * w + 12.832 * w**2)
    return 7.37e-10  # the formula turns back beyond


def _dagostino(x):
    found = stats.normaltest(x)
    return found.statistic, found.pvalue


UNIVARIATE = {
    "shapiro_wilk": _shapiro_wilk,
    "anderson_darling": diagnostic.normal_ad,
    "lilliefors": _lilliefors,
    "cramer_von_mises": _cramer_von_mises,
    "dagostino": _dagostino,
}


def _checked(x):
    x = np.asarray(x)
    if x.ndim != 1 or x.dtype.kind not in "fiub":
        raise InputError(
            f"x has shape {x.shape} and holds {x.dtype} values: give real numbers, shape (n,)."
        )
    x = x.astype(np.float64)
    if not np.isfinite(x).all():
        raise InputError(f"x holds NaN or infinity in {np.sum(~np.isfinite(x))} places: remove it.")
    if len(x) < LEAST:
        raise InputError(f"x has {len(x)} numbers: give at least {LEAST}.")
    x = x - x.mean()
    if np.ptp(x) == 0:
        raise InputError("All numbers of x are the same: a constant has no distribution to test.")
    return x
