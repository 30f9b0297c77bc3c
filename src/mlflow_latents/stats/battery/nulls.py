"""Null laws without a closed form: simulated on a grid of n and d, and interpolated.

The null law of a statistic of the whitened sample depends on n and d alone (see `Sample`). For each
test, ``benchmarks/null_tables.py`` simulates it at nodes ``n = c (d + 9)``; shipped are the
coefficients of its quantile as a cubic polynomial of the standard normal quantile, which smooths
the simulation. Between nodes the coefficients are interpolated, linearly in 1/n (up to the law at
n = infinity) and in the logarithm of d. For more dimensions than the grid has, the law at the very
n and d is simulated once and kept in a cache on disk. How often the tests then reject true normal
vectors, between the nodes, too, stands in docs/calibration.md.
"""

import os
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from scipy import stats

from mlflow_latents.paths import cache_folder

VERSION = 1
OFFSET = 9  # nodes lie at n = c (d + OFFSET)
SCORES = np.linspace(-5, 5, 2001)
TRUSTED = 2.6  # normal quantile up to which some of a few hundred simulated clouds lie
LEAST_PVALUE = 1e-4  # farther out the fitted tail is not trusted
DEGREE = 3
CACHE_RESAMPLES = 400


@dataclass(frozen=True)
class NullTable:
    """Null laws of one test on its grid.

    Parameters
    ----------
    c : numpy.ndarray, shape (k,)
        Nodes n / (d + 9), ascending; the last is infinity.
    d : numpy.ndarray of int, shape (m,)
        Nodes of d, ascending.
    coefficients : numpy.ndarray, shape (k, m, 4)
        Of the quantile of the scaled statistic as a polynomial of the normal quantile.
    resamples : int
        Simulated clouds at each node.
    """

    c: np.ndarray
    d: np.ndarray
    coefficients: np.ndarray
    resamples: int

    def covers(self, n, d):
        """Whether n and d lie within the grid."""
        return self.d[0] <= d <= self.d[-1] and n >= self.c[0] * (d + OFFSET)

    def at(self, n, d):
        """Coefficients at n and d, shape (4,)."""
        along = np.log(self.d)
        position = np.interp(np.log(d), along, np.arange(len(along)))
        left = min(int(position), len(along) - 2) if len(along) > 1 else 0
        share = position - left
        inverse = 1 / self.c[::-1]  # ascending from 0, the node at infinity
        rows = self.coefficients[::-1]
        c = n / (d + OFFSET)
        found = [
            np.array([np.interp(1 / c, inverse, rows[:, j, q]) for q in range(DEGREE + 1)])
            for j in ({left} if len(along) == 1 else (left, left + 1))
        ]
        return found[0] if len(found) == 1 else (1 - share) * found[0] + share * found[1]


def fit_quantiles(scaled):
    """Fit the quantile of simulated statistics by a polynomial of the normal quantile.

    Parameters
    ----------
    scaled : numpy.ndarray, shape (r,)
        Simulated statistics.

    Returns
    -------
    numpy.ndarray, shape (4,)
        Coefficients, constant first.
    """
    scaled = np.sort(scaled)
    share = (np.arange(len(scaled)) + 0.625) / (len(scaled) + 0.25)  # Blom's plotting positions
    return np.polynomial.polynomial.polyfit(stats.norm.ppf(share), scaled, DEGREE)


def quantiles_at(score, coefficients):
    """Give the quantiles of a law at normal quantiles, ascending.

    Beyond +-2.6 the cubic, whose tails may turn back, goes on as a straight line, with its slope
    there or that from the median, whichever is larger: on the side of larger p-values.

    Parameters
    ----------
    score : numpy.ndarray, shape (m,)
        Normal quantiles, ascending.
    coefficients : numpy.ndarray, shape (4,)
        Of the quantile.

    Returns
    -------
    numpy.ndarray, shape (m,)
    """
    cubic = np.polynomial.Polynomial(coefficients)
    inner = np.clip(score, -TRUSTED, TRUSTED)
    ends = np.array([-TRUSTED, TRUSTED])
    chord = (cubic(ends) - cubic(0.0)) / ends
    slope = np.maximum(cubic.deriv()(ends), chord)
    quantiles = cubic(inner) + (score - inner) * np.where(score < 0, *slope)
    return np.maximum.accumulate(quantiles)


def tail_probability(coefficients, scaled):
    """Probability of a larger statistic under a law given by its quantile polynomial.

    Parameters
    ----------
    coefficients : numpy.ndarray, shape (4,)
        Of the quantile.
    scaled : float
        Statistic.

    Returns
    -------
    float
        At least 1e-4.
    """
    score = np.interp(scaled, quantiles_at(SCORES, coefficients), SCORES)
    return float(max(stats.norm.sf(score), LEAST_PVALUE))


@cache
def shipped_tables():
    """Null tables that come with the package, by test."""
    path = files("mlflow_latents.stats.battery") / "null_tables.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        tests = sorted({name.split("/")[0] for name in arrays.files})
        return {
            test: NullTable(
                arrays[f"{test}/c"],
                arrays[f"{test}/d"],
                arrays[f"{test}/coefficients"],
                int(arrays[f"{test}/resamples"]),
            )
            for test in tests
        }


def cached_law(test, n, d, simulate):
    """Give the law at n and d from the cache on disk, where it is simulated when it is not there.

    Parameters
    ----------
    test : str
        Name of the test.
    n, d : int
        Number of vectors, and of dimensions.
    simulate : callable
        Takes how many clouds to draw, gives their scaled statistics.

    Returns
    -------
    numpy.ndarray, shape (4,)
    """
    path = cache_folder() / "null_laws" / f"v{VERSION}" / f"{test}-{n}-{d}.npy"
    if path.exists():
        return np.load(path, allow_pickle=False)
    coefficients = fit_quantiles(simulate(CACHE_RESAMPLES))
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npy", delete=False) as file:
        np.save(file, coefficients)
    os.replace(file.name, path)
    return coefficients


def is_tabulated(test, n, d):
    """Whether the null law of a test comes with the package."""
    table = shipped_tables().get(test)
    return table is not None and table.covers(n, d)


def tabulated_pvalue(test, scaled, n, d, simulate):
    """Give the p-value of a scaled statistic, and the law behind it.

    Parameters
    ----------
    test : str
        Name of the test.
    scaled : float
        Its scaled statistic.
    n, d : int
        Number of vectors looked at, and of dimensions.
    simulate : callable
        Takes how many clouds to draw at n and d, gives their scaled statistics.

    Returns
    -------
    pvalue : float
        At least 1e-4.
    law : str
    """
    if is_tabulated(test, n, d):
        table = shipped_tables()[test]
        law = f"tabulated null law ({table.resamples} simulated clouds a node)"
        return tail_probability(table.at(n, d), scaled), law
    law = f"null law of {CACHE_RESAMPLES} simulated clouds at n = {n}, d = {d}"
    return tail_probability(cached_law(test, n, d, simulate), scaled), law
