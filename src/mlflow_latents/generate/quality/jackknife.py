"""Standard errors of measures that compare two sets of images."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import special

GROUPS = 10
LEFT_OUT = [out for k in range(3) for out in combinations(range(GROUPS), k)]
"""Which groups are left out: none, each, each pair."""


@dataclass(frozen=True)
class Estimate:
    """A measured number and its standard error.

    Parameters
    ----------
    value : float
    error : float
        Standard error.
    """

    value: float
    error: float


UNKNOWN = Estimate(np.nan, np.nan)


def group_of(n):
    """Deal n independent images out to groups in turn: shape (n,), from 0 to 9."""
    return np.arange(n) % GROUPS


def group_sums(values):
    """Sum values (n, ...) over the images of each group: shape (groups, ...)."""
    return np.stack([values[group].sum(axis=0) for group in groups(len(values))])


def groups(n):
    """Give the slice of n images that each group is."""
    return [slice(group, n, GROUPS) for group in range(GROUPS)]


def kept_groups(out):
    """Give the groups that are left when those of `out` are left out."""
    return np.delete(np.arange(GROUPS), out)


def estimate(statistic):
    """Compute a statistic of all groups and its standard error: see `standard_error`."""
    return Estimate(float(statistic(())), standard_error(statistic))


def standard_error(statistic):
    """Compute a standard error by a jackknife that leaves out groups of images.

    The g-th tenth of the images is left out of both sets at once (Shao and Tu 1995, The jackknife
    and bootstrap, section 2.3; Efron and Tibshirani 1993, An introduction to the bootstrap,
    chapter 11). Distances between sets of the same law are quadratic in the samples, though, and
    such parts the jackknife counts twice; leaving out pairs of groups finds them, and they are
    taken off once (Efron and Stein 1981, The jackknife estimate of variance, Annals of Statistics
    9, 586-596, section 5), down to half of the jackknife's variance, where all of it is quadratic.

    Parameters
    ----------
    statistic : callable (groups left out) -> float
        Called for all of `LEFT_OUT`.

    Returns
    -------
    float
    """
    n, values = GROUPS, {out: statistic(out) for out in LEFT_OUT}
    left = np.array([values[(g,)] for g in range(n)])
    interactions = np.array(
        [
            n * values[()] - (n - 1) * (left[g] + left[h]) + (n - 2) * values[g, h]
            for g, h in combinations(range(n), 2)
        ]
    )
    variance = (n - 1) / n * np.sum((left - left.mean()) ** 2)
    quadratic = np.sum((interactions - interactions.mean()) ** 2) / (n * (n - 1))
    return float(np.sqrt(max(variance - quadratic, variance / 2)))


def median(values):
    """Median and its standard error.

    Parameters
    ----------
    values : numpy.ndarray, shape (n,)
        Of independent images.

    Returns
    -------
    Estimate
        With the error that infinitely many bootstrap samples would give: Maritz and Jarrett (1978),
        A note on estimating the variance of the sample median, Journal of the American Statistical
        Association 73, 194-196.
    """
    values, n = np.sort(values), len(values)
    shares = np.diff(special.betainc((n + 1) / 2, (n + 1) / 2, np.arange(n + 1) / n))
    variance = shares @ np.square(values - shares @ values)
    return Estimate(float(np.median(values)), float(np.sqrt(variance)))
