"""Weighted sums of cell means with Welch-Satterthwaite errors: levels beside the first, trends."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from mlflow_latents.stats.cell_means import ROUNDING, CellFit, additive_blocks
from mlflow_latents.stats.factor_levels import trend_scale
from mlflow_latents.stats.holm import holm


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


@dataclass(frozen=True)
class Turn:
    """Three levels of a numeric factor whose means do not go one way.

    Parameters
    ----------
    first, level, last : str
        In the order of the factor; the mean at the one in the middle is the highest or the lowest.
    is_top : bool
        Whether it is the highest.
    pvalue : float
        The larger one of its two comparisons, corrected for all pairs of levels (Holm).
    """

    first: str
    level: str
    last: str
    is_top: bool
    pvalue: float


def turn_of(fit: CellFit, name: str) -> Turn | None:
    """Find the three levels of a factor that turn most clearly.

    Both comparisons of the one in the middle must be clear, so that the larger p-value is that of
    the statement (intersection-union test; Berger 1982, Technometrics 24, 295-300).

    Parameters
    ----------
    fit : CellFit
    name : str
        A factor of it.

    Returns
    -------
    Turn or None
        None where the means go one way, or nothing can be tested.
    """
    levels = fit.levels[fit.names.index(name)]
    weights = _level_weights(fit, (name,))
    pairs = list(combinations(range(len(levels)), 2))
    steps = [contrast_of(fit, weights[j] - weights[i], name, "", "") for i, j in pairs]
    corrected = dict(zip(pairs, holm([step.pvalue for step in steps]), strict=True))
    rises = dict(zip(pairs, [step.estimate for step in steps], strict=True))
    found = [
        Turn(levels[i], levels[j], levels[k], rises[i, j] > 0, max(p))
        for i, j, k in combinations(range(len(levels)), 3)
        if rises[i, j] * rises[j, k] < 0
        and np.all(np.isfinite(p := (float(corrected[i, j]), float(corrected[j, k]))))
    ]
    return min(found, key=lambda turn: turn.pvalue, default=None)


def mean_table(fit: CellFit, names: Sequence[str]) -> MeanTable:
    """Average the cells over all factors but some, with equal weights.

    Where cells are empty these are the marginal means of a model in which the other factors act
    additively, so that their differences are those of `level_contrasts` (estimated marginal means;
    Searle, Speed and Milliken 1980, The American Statistician 34, 216-221); a mean that even so the
    cells cannot tell is NaN.

    Parameters
    ----------
    fit : CellFit
    names : sequence of str
        Factors of the fit; none for the mean over all cells.

    Returns
    -------
    MeanTable
    """
    levels = tuple(fit.levels[fit.names.index(name)] for name in names)
    shape = tuple(len(each) for each in levels)
    numbers = []
    for weights in _level_weights(fit, names):
        mean = contrast_of(fit, weights, "", "", "")
        numbers.append((mean.estimate, *mean.interval()))
    return MeanTable(
        levels, *(np.array(each).reshape(shape) for each in zip(*numbers, strict=True))
    )


def _level_weights(fit: CellFit, names: Sequence[str]) -> np.ndarray:
    """Weights of the cell means in each marginal mean, shape (combinations of levels, C).

    NaN where the cells that exist cannot tell a mean.
    """
    kept = [fit.names.index(name) for name in names]
    shape = tuple(len(fit.levels[k]) for k in kept)
    place = (
        np.ravel_multi_index(fit.codes[:, kept].T, shape) if kept else np.zeros(len(fit.codes), int)
    )
    count = int(np.prod(shape))
    blocks = additive_blocks(fit.codes, fit.levels)[1:]
    others = [block for k, block in enumerate(blocks) if k not in kept]
    matrix = np.column_stack([place[:, None] == np.arange(count), *others]).astype(np.float64)
    # Each other factor at the mean of its levels.
    rest = [np.full((count, b.shape[1]), 1 / (b.shape[1] + 1)) for b in others]
    wanted = np.column_stack([np.eye(count), *rest])
    weights = wanted @ np.linalg.pinv(matrix)
    known = np.isclose(weights @ matrix, wanted, atol=1e-8).all(axis=1)
    return np.where(known[:, None], weights, np.nan)


def contrast_of(
    fit: CellFit, weights: np.ndarray, factor: str, level: str, reference: str
) -> Contrast:
    """Sum the cell means with weights, shape (C,), and judge the sum against 0."""
    # Weights come from a pseudo-inverse: what rounding alone has left of them and their sum is 0.
    weights = np.where(np.abs(weights) < ROUNDING * np.abs(weights).max(), 0.0, weights)
    estimate = float(weights @ fit.means)
    if abs(estimate) <= ROUNDING * np.abs(weights).max() * np.abs(fit.means).max():
        estimate = 0.0
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
