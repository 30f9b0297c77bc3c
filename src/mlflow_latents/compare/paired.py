"""By how much two runs differ over the attributes that both have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95


@dataclass(frozen=True)
class Difference:
    """A mean difference with its standard error.

    Parameters
    ----------
    first, other
        The two means.
    error
        Standard error of their difference; NaN where nothing tells it.
    low, high
        Its 95 % interval.
    n
        Attributes, or runs, that were averaged.
    effective
        How many independent ones they are worth.
    higher, lower
        How many of them differ in either direction.
    """

    first: float
    other: float
    error: float
    low: float
    high: float
    n: int
    effective: float
    higher: int = 0
    lower: int = 0

    @property
    def mean(self) -> float:
        """Other minus first."""
        return self.other - self.first

    @property
    def beyond_chance(self) -> bool:
        """Whether the interval leaves 0 out."""
        return bool(self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class SeedSpread:
    """How much runs vary that differ only in their training seed.

    Parameters
    ----------
    sd
        Pooled standard deviation of a run's mean, and at least what single attributes give.
    degrees
        Its degrees of freedom: runs less groups.
    """

    sd: float
    degrees: int


def paired_difference(first: np.ndarray, other: np.ndarray, correlations: np.ndarray) -> Difference:
    """Compare the values (a,) of the same attributes in two runs.

    Parameters
    ----------
    first, other
        Values of each attribute, (a,); NaN is left out.
    correlations
        Of the attributes' labels, (a, a); NaN counts as 0.

    Returns
    -------
    Difference
        Its error holds the variation of the difference from attribute to attribute, and with it
        the chance of the held-out images; not what another training would give.

    Notes
    -----
    The differences of two attributes are taken to correlate as their labels do, squared: what is
    read does not change when a label is turned over. a attributes are then worth
    ``(sum of eigenvalues)² / sum of squared eigenvalues`` independent ones (Bretherton et al. 1999,
    J. Climate 12, 1990-2009, eq. 5), and the variance among them underestimates by the mean squared
    correlation of pairs. The interval is Student's with the effective number less one.
    """
    known = np.isfinite(first) & np.isfinite(other)
    first, other = first[known], other[known]
    n = len(first)
    if n == 0:
        return Difference(*(np.nan,) * 5, 0, 0.0)
    change = other - first
    shared = np.nan_to_num(correlations[np.ix_(known, known)]) ** 2
    np.fill_diagonal(shared, 1.0)
    effective = n**2 / shared.sum()
    between = (shared.sum() - n) / max(n * (n - 1), 1)
    error = np.nan
    if effective > 1 + 1e-9:
        error = np.sqrt(change.var(ddof=1) / (1 - between) / effective)
    low, high = _interval(change.mean(), error, effective - 1)
    means = float(first.mean()), float(other.mean())
    signs = int((change > 0).sum()), int((change < 0).sum())
    return Difference(*means, float(error), low, high, n, float(effective), *signs)


def images_error(first: np.ndarray, other: np.ndarray, effective: float) -> float:
    """Bound the error that held-out images alone give the mean difference.

    Parameters
    ----------
    first, other
        Standard errors of each attribute's value in the two runs, (a,).
    effective
        How many independent attributes they are worth.

    Returns
    -------
    float
        As if the runs had been tried on different images; on the same ones it is smaller.
    """
    return float(np.sqrt(known_mean(first**2 + other**2) / effective))


def known_mean(values: np.ndarray) -> np.ndarray:
    """Average over the first axis what is not NaN; NaN where all is."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    mean = np.where(known, values, 0).sum(axis=0) / np.maximum(count, 1)
    return np.where(count, mean, np.nan)


def seed_spread(groups: Sequence[Sequence[float]], least: float = 0.0) -> SeedSpread | None:
    """Pool the variation of means within groups of runs that differ only in their seed.

    Parameters
    ----------
    groups
        Mean of each run, by group.
    least
        What the standard deviation is at least: two seeds may come close by luck.

    Returns
    -------
    SeedSpread or None
        None where no group has two runs.
    """
    several = [np.asarray(group) for group in groups if len(group) > 1]
    degrees = sum(len(group) - 1 for group in several)
    if not degrees:
        return None
    squares = sum(((group - group.mean()) ** 2).sum() for group in several)
    return SeedSpread(max(float(np.sqrt(squares / degrees)), least), degrees)


def least_seed_sd(within: Sequence[Difference]) -> float:
    """Give the sd of a run's mean that follows from how single attributes vary between seeds.

    Parameters
    ----------
    within
        Differences between runs of one group.

    Returns
    -------
    float
        0 where none is known.
    """
    variances = [each.error**2 / 2 for each in within if np.isfinite(each.error)]
    return float(np.sqrt(np.mean(variances))) if variances else 0.0


def difference_over_seeds(
    first: Sequence[float], other: Sequence[float], spread: SeedSpread
) -> Difference:
    """Compare the means of two groups of runs, by how much seeds make runs vary.

    Parameters
    ----------
    first, other
        Mean of each run.
    spread
        Of all groups, which are taken to vary alike.
    """
    means = float(np.mean(first)), float(np.mean(other))
    error = spread.sd * np.sqrt(1 / len(first) + 1 / len(other))
    low, high = _interval(means[1] - means[0], error, spread.degrees)
    n = len(first) + len(other)
    return Difference(*means, float(error), low, high, n, float(n))


def same_but_for_the_seed(differing: Mapping[tuple[str, str], set[str]], labels: Sequence[str]):
    """Group labels of runs whose settings differ in nothing but the training seed.

    Parameters
    ----------
    differing
        Names of the settings in which two runs differ, by the labels of both.
    labels
        Of the runs, in their order.

    Returns
    -------
    list of list of str
        Groups, of one run or more, in the order of the first of each.
    """
    groups: list[list[str]] = []
    for label in labels:
        for group in groups:
            if differing[group[0], label] == {"seed"}:
                group.append(label)
                break
        else:
            groups.append([label])
    return groups


def _interval(mean: float, error: float, degrees: float) -> tuple[float, float]:
    if not np.isfinite(error) or degrees <= 0:
        return np.nan, np.nan
    half = error * stats.t.ppf((1 + LEVEL) / 2, degrees)
    return float(mean - half), float(mean + half)
