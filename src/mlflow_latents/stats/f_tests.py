"""ANOVA-type tests of factors and of their interactions, by the means of cells."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from mlflow_latents.stats.cell_means import BORROWED, REPLICATES, CellFit, additive_blocks
from mlflow_latents.stats.contrasts import satterthwaite


@dataclass(frozen=True)
class FTest:
    """Whether a factor, or two together beyond each alone, make any difference.

    Parameters
    ----------
    factors : tuple of str
        One for the test of all its levels, two for an interaction.
    statistic, df, error_df, pvalue : float
        Of the F distribution; NaN where the cells that exist, or the lack of replicates, leave
        nothing to test.
    """

    factors: tuple[str, ...]
    statistic: float = np.nan
    df: float = np.nan
    error_df: float = np.nan
    pvalue: float = np.nan


def factor_tests(fit: CellFit) -> tuple[FTest, ...]:
    """Test all levels of each factor at once."""
    blocks = additive_blocks(fit.codes, fit.levels)
    return tuple(
        _f_test(fit, (name,), blocks[k], np.column_stack(blocks[:k] + blocks[k + 1 :]))
        for k, name in enumerate(fit.names, start=1)
    )


def interaction_tests(fit: CellFit) -> tuple[FTest, ...]:
    """Test each pair of factors beyond the additive model."""
    constant, *blocks = additive_blocks(fit.codes, fit.levels)
    pairs = combinations(zip(fit.names, blocks, strict=True), 2)
    # Without replicates the interactions are the error.
    if fit.error not in (REPLICATES, BORROWED):
        return tuple(FTest((name, other)) for (name, _), (other, _) in pairs)
    additive = np.column_stack([constant, *blocks])
    return tuple(
        _f_test(fit, (name, other), _products(one, two), additive)
        for (name, one), (other, two) in pairs
    )


def _products(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return (one[:, :, None] * two[:, None, :]).reshape(len(one), -1)


def _f_test(fit: CellFit, names: tuple[str, ...], extra: np.ndarray, base: np.ndarray) -> FTest:
    """ANOVA-type statistic of what the columns of `extra` explain beyond those of `base`."""
    beyond = extra - base @ (np.linalg.pinv(base) @ extra)
    u, size, _ = np.linalg.svd(beyond, full_matrices=False)
    u = u[:, size > 1e-8]
    projection = u @ u.T
    variance, error_df = satterthwaite(fit, np.diag(projection))
    if not u.size or not variance > 0:
        return FTest(names)
    each = fit.shares @ fit.variances
    df = variance**2 / float(each @ projection**2 @ each)
    statistic = float(np.sum((u.T @ fit.means) ** 2) / variance)
    return FTest(names, statistic, df, error_df, float(stats.f.sf(statistic, df, error_df)))
