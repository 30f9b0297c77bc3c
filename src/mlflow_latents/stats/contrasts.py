"""Weighted sums of cell means with Welch-Satterthwaite errors: levels beside the first, trends."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mlflow_latents.stats.cell_means import CellFit, additive_blocks
from mlflow_latents.stats.factor_levels import trend_scale


@dataclass(frozen=True)
class Contrast:
    """A weighted sum of cell means, and its standard error.

    Parameters
    ----------
    factor : str
    level, reference : str
        The two levels that are compared; for a trend "doubling" or "unit", and "".
    estimate : float
        Level minus reference, or the slope; NaN where the cells that exist cannot tell.
    standard_error : float
        NaN where there is no error; 0 where the replicates do not vary at all.
    df : float
        Satterthwaite's degrees of freedom.
    pvalue : float
        Two-sided, uncorrected; NaN without an error, or where it is 0.
    """

    factor: str
    level: str
    reference: str
    estimate: float
    standard_error: float
    df: float
    pvalue: float

    @property
    def is_trend(self) -> bool:
        """Whether this is the slope over a numeric factor."""
        return not self.reference

    def interval(self, outside: float = 0.05) -> tuple[float, float]:
        """Give the confidence interval.

        Parameters
        ----------
        outside : float
            1 - confidence; divided by the number of comparisons, all intervals hold at once
            (Bonferroni).

        Returns
        -------
        low, high : float
            NaN where the p-value is.
        """
        if np.isnan(self.pvalue):
            return np.nan, np.nan
        half = stats.t.isf(outside / 2, self.df) * self.standard_error
        return float(self.estimate - half), float(self.estimate + half)


@dataclass(frozen=True)
class MeanTable:
    """Means over the cells that share levels of some factors, with equal weights.

    Parameters
    ----------
    levels : tuple of tuple of str
        Of each factor.
    means, low, high : numpy.ndarray, shape (number of levels of each factor)
        With 95 % confidence intervals; NaN where there is nothing.
    """

    levels: tuple[tuple[str, ...], ...]
    means: np.ndarray
    low: np.ndarray
    high: np.ndarray


def level_contrasts(fit: CellFit) -> tuple[Contrast, ...]:
    """Compare each level with the first; of three numeric levels or more give the trend too."""
    blocks = additive_blocks(fit.codes, fit.levels)
    ends = np.cumsum([block.shape[1] for block in blocks])
    _, *by_factor = np.split(_coefficient_weights(np.column_stack(blocks)), ends[:-1])
    found = []
    for name, levels, weights in zip(fit.names, fit.levels, by_factor, strict=True):
        found += [
            contrast_of(fit, weight, name, level, levels[0])
            for weight, level in zip(weights, levels[1:], strict=True)
        ]
        scale = trend_scale(levels)
        if scale is not None and len(levels) > 2:
            places, unit = scale
            centred = places - places.mean()
            slope = (centred / np.sum(centred**2))[1:] @ weights
            found.append(contrast_of(fit, slope, name, unit, ""))
    return tuple(found)


def mean_table(fit: CellFit, names: Sequence[str]) -> MeanTable:
    """Average the cells over all factors but some, with equal weights for those that exist.

    Parameters
    ----------
    fit : CellFit
    names : sequence of str
        Factors of the fit; none for the mean over all cells.

    Returns
    -------
    MeanTable
    """
    kept = [fit.names.index(name) for name in names]
    levels = tuple(fit.levels[k] for k in kept)
    shape = tuple(len(each) for each in levels)
    means, low, high = (np.full(shape, np.nan) for _ in range(3))
    for place in np.ndindex(shape):
        here = np.all(fit.codes[:, kept] == place, axis=1)
        if here.any():
            mean = contrast_of(fit, here / here.sum(), "", "", "")
            means[place] = mean.estimate
            low[place], high[place] = mean.interval()
    return MeanTable(levels, means, low, high)


def contrast_of(
    fit: CellFit, weights: np.ndarray, factor: str, level: str, reference: str
) -> Contrast:
    """Sum the cell means with weights, shape (C,), and judge the sum against 0."""
    estimate = float(weights @ fit.means)
    variance, df = satterthwaite(fit, weights**2)
    error = float(np.sqrt(variance))
    pvalue = float(2 * stats.t.sf(abs(estimate) / error, df)) if error > 0 else np.nan
    return Contrast(factor, level, reference, estimate, error, df, pvalue)


def satterthwaite(fit: CellFit, weights: np.ndarray) -> tuple[float, float]:
    """Add up the variances of the cell means.

    Parameters
    ----------
    fit : CellFit
    weights : numpy.ndarray, shape (C,)
        Of the variances.

    Returns
    -------
    variance, df : float
        With the degrees of freedom of Satterthwaite (1946), Biometrics Bulletin 2, 110-114; NaN
        where there is no error.
    """
    parts = (weights @ fit.shares) * fit.variances
    if not parts.size or not np.all(np.isfinite(parts)):
        return np.nan, np.nan
    total = float(parts.sum())
    return total, float(total**2 / np.sum(parts**2 / fit.dfs)) if total > 0 else np.nan


def _coefficient_weights(matrix: np.ndarray) -> np.ndarray:
    """Weights of the cell means in each coefficient; NaN where it cannot be told from others."""
    inverse = np.linalg.pinv(matrix)
    estimable = np.isclose(inverse @ matrix, np.eye(matrix.shape[1]), atol=1e-8).all(axis=1)
    return np.where(estimable[:, None], inverse, np.nan)
