"""How vectors are distributed along the axis of a label, and how straight the label runs there."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mlflow_latents.generate.quality import Estimate
from mlflow_latents.generate.quality.jackknife import GROUPS, UNKNOWN, estimate, group_of
from mlflow_latents.generate.quality.jackknife import kept_groups as kept
from mlflow_latents.stats import judge_coordinates
from mlflow_latents.stats.hidden import VALLEY_TOLERANCE
from mlflow_latents.stats.modes import valley_depth
from mlflow_latents.stats.noise import axis_noise

KS_TOLERANCE = 0.02
LEAST_CALLED = 1000  # values from which a law without departures is called normal
BINS = 10  # of equal numbers of images, with a line of its own in each
LEAST_BINS = 3  # with more than two images, for a line and for what departs from it
CERTAIN = 3  # standard errors from which a label is known to move the position at all

LawKind = Literal["normal", "bimodal", "neither", "undecided"]


@dataclass(frozen=True)
class AxisLaw:
    """The law of numbers, beside a normal one of their mean and variance.

    Parameters
    ----------
    n : int
        How many.
    ks : float
        Kolmogorov-Smirnov distance to the normal law.
    skewness, excess_kurtosis : float
        0 is normal.
    valley : float
        How far the density falls between two modes, beyond chance: see `valley_depth`.
    kind : {"normal", "bimodal", "neither", "undecided"}
        "bimodal" with a valley deeper than 0.1; else "normal" where the distance is within 0.02 or
        within what chance does to a normal law once in a hundred; "undecided" instead, for fewer
        than 1000 numbers.
    """

    n: int
    ks: float
    skewness: float
    excess_kurtosis: float
    valley: float
    kind: LawKind


@dataclass(frozen=True)
class LawAlong:
    """Positions of held-out vectors along the axis of a label.

    Parameters
    ----------
    correlation : Estimate
        Of the label with the position.
    curvature : Estimate
        Share of the variance of the mean position, as a function of the label's value, that no
        straight line explains; unbiased. NaN for labels of two values, for too few images, and
        where the mean position depends on the value by no more than chance.
    positions : AxisLaw
        Law of the positions of all vectors.
    values : AxisLaw or None
        Law of the true values of the same images; None for classes.
    """

    correlation: Estimate
    curvature: Estimate
    positions: AxisLaw
    values: AxisLaw | None


def axis_laws(values: np.ndarray) -> list[AxisLaw]:
    """Describe the law of each column.

    Parameters
    ----------
    values : numpy.ndarray, shape (n, a)
        Numbers.

    Returns
    -------
    list of AxisLaw
    """
    found = judge_coordinates(values)
    return [_law(column, i, found) for i, column in enumerate(values.T)]


def _law(column, i, found):
    n, ks = len(column), float(found.ks[i])
    valley = valley_depth(column) if np.isfinite(ks) else np.nan
    return AxisLaw(
        n=n,
        ks=ks,
        skewness=float(found.skewness[i]),
        excess_kurtosis=float(found.excess_kurtosis[i]),
        valley=valley,
        kind=_kind(n, ks, valley),
    )


def _kind(n, ks, valley) -> LawKind:
    if valley > VALLEY_TOLERANCE:
        return "bimodal"
    if ks <= max(KS_TOLERANCE, axis_noise(n, 1)):
        return "normal" if n >= LEAST_CALLED else "undecided"
    return "neither"


def law_along(
    positions: np.ndarray, values: np.ndarray, law: AxisLaw, continuous: bool
) -> LawAlong:
    """Compare positions along an axis with a label.

    Parameters
    ----------
    positions : numpy.ndarray, shape (n,)
        Of all vectors, in sd.
    values : numpy.ndarray, shape (n,)
        The label; NaN where it is unknown.
    law : AxisLaw
        Of the positions: see `axis_laws`.
    continuous : bool
        Whether the values are numbers and not 0 and 1.

    Returns
    -------
    LawAlong

    Notes
    -----
    The mean position is estimated by a line of its own in each of ten bins with equal numbers of
    images. What it explains beyond one straight line is an F test's numerator (lack of fit: Draper
    and Smith 1998, Applied regression analysis, section 2.1), each bin's noise being taken off with
    its own variance; the error is a jackknife over tenths of the images.
    """
    known = np.isfinite(values)
    sums = _Sums(positions[known], values[known])
    curvature = UNKNOWN
    if continuous and sums.bins >= LEAST_BINS:
        explained = estimate(lambda out: sum(sums.explained(out)))
        if explained.value > CERTAIN * explained.error:
            curvature = estimate(sums.curvature)
    return LawAlong(
        correlation=estimate(sums.correlation),
        curvature=curvature,
        positions=law,
        values=axis_laws(values[known, None])[0] if continuous else None,
    )


class _Sums:
    """Sums of products within each tenth of the images and each bin of the label's values."""

    def __init__(self, positions, values):
        position, value = positions - positions.mean(), values - values.mean()
        edges = np.unique(np.quantile(value, np.arange(1, BINS) / BINS, method="lower"))
        bin_of = np.searchsorted(edges, value, side="left")
        self.bins = len(edges) + 1
        cell = group_of(len(value)) * self.bins + bin_of
        terms = (np.ones_like(value), value, position, value**2, position**2, value * position)
        cells = [np.bincount(cell, term, GROUPS * self.bins) for term in terms]
        self.cells = np.stack(cells).reshape(len(terms), GROUPS, self.bins)

    def correlation(self, out):
        """Correlation, the groups in `out` left out."""
        _, vv, pp, vp = _moments(self._kept(out).sum(axis=1))
        return vp / np.sqrt(vv * pp) if vv > 0 and pp > 0 else np.nan

    def curvature(self, out):
        """Share of the explained variance that is not linear."""
        linear, other = self.explained(out)
        return other / (linear + other)

    def explained(self, out):
        """Variance of the mean position that a line explains, and what else there is, unbiased.

        NaN for too few images.
        """
        sums = self._kept(out)
        sums = sums[:, sums[0] > 2]
        if sums.shape[1] < LEAST_BINS:
            return np.nan, np.nan
        n, vv, pp, vp = _moments(sums)
        sloped = vv > 1e-12 * max(vv.max(), np.finfo(float).tiny)
        rest = pp - np.divide(vp**2, vv, out=np.zeros_like(vp), where=sloped)
        noise = rest / (n - 1 - sloped)  # variance about the bin's own line
        total, all_vv, all_pp, all_vp = _moments(sums.sum(axis=1))
        mean = sums[1].sum() / total
        pull = n / total + (sums[3] - 2 * mean * sums[1] + n * mean**2) / all_vv
        slope_pull = pull - n / total
        linear = all_vp**2 / all_vv - slope_pull @ noise
        lack = all_pp - all_vp**2 / all_vv - rest.sum() - (1 + sloped - pull) @ noise
        return linear / total, lack / total

    def _kept(self, out):
        return self.cells[:, kept(out)].sum(axis=1)


def _moments(sums):
    """Count, and centred sums of squares and products, of the last axis' cells."""
    n, v, p, vv, pp, vp = sums
    return n, vv - v**2 / n, pp - p**2 / n, vp - v * p / n
