"""Means of the cells of a design, and the variance of each by the scatter of replicate runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.stats.factor_levels import present_levels

REPLICATES = "replicates"
BORROWED = "replicates; a cell with one run borrows the mean variance of the others"
ADDITIVE = "residual of the additive model"
NO_ERROR = "none"
ROUNDING = 1e-12  # relative to the largest value: a smaller scatter is none


@dataclass(frozen=True)
class CellFit:
    """Means of the cells of a design, and how uncertain each is.

    A cell is a combination of levels for which there is at least one value.

    Parameters
    ----------
    names : tuple of str
        The K factors.
    levels : tuple of tuple of str
        Levels of each factor that occur, in order; the first is the reference.
    codes : numpy.ndarray of int, shape (C, K)
        Which levels make each cell.
    means : numpy.ndarray, shape (C,)
    error : str
        Where the error comes from: `REPLICATES`, `BORROWED`, `ADDITIVE` or `NO_ERROR`.
    variances : numpy.ndarray, shape (S,)
        Independent estimates of variance.
    dfs : numpy.ndarray, shape (S,)
        Their degrees of freedom.
    shares : numpy.ndarray, shape (C, S)
        The variances of the C means are ``shares @ variances``.
    """

    names: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: np.ndarray
    means: np.ndarray
    error: str
    variances: np.ndarray
    dfs: np.ndarray
    shares: np.ndarray

    @property
    def empty(self) -> int:
        """Number of combinations of levels without a value."""
        return int(np.prod([len(levels) for levels in self.levels])) - len(self.means)


def fit_cells(
    y: np.ndarray,
    factors: Mapping[str, Sequence[str]],
    levels: Mapping[str, Sequence[str]] | None = None,
) -> CellFit:
    """Take the means of the cells, and where their error comes from.

    Where a cell has a single value its variance is the mean of those of the others (weighted by
    degrees of freedom); where all have, the error is the residual of the additive model; where
    that fits perfectly there is none.

    Parameters
    ----------
    y, factors, levels
        As for `mlflow_latents.stats.factor_effects.factor_effects`.

    Returns
    -------
    CellFit

    Raises
    ------
    InputError
        As for `factor_effects`.
    """
    y = _checked(y, factors)
    columns = {name: [str(label) for label in labels] for name, labels in factors.items()}
    orders = {name: present_levels(name, each, levels or {}) for name, each in columns.items()}
    varying = {name: order for name, order in orders.items() if len(order) > 1}
    if not varying:
        raise InputError(
            f"No factor varies ({', '.join(factors) or 'none was given'}): give values at two or "
            "more levels of a factor."
        )
    coded = [[order.index(label) for label in columns[name]] for name, order in varying.items()]
    codes, cell = np.unique(np.transpose(coded), axis=0, return_inverse=True)
    counts = np.bincount(cell)
    means = np.bincount(cell, y) / counts
    levels = tuple(varying.values())
    if np.any(counts > 1):
        error = _scatter_within(y, cell, means, counts)
    else:
        error = _additive_residual(means, np.column_stack(additive_blocks(codes, levels)))
    return CellFit(tuple(varying), levels, codes, means, *error)


def additive_blocks(codes: np.ndarray, levels: Sequence[Sequence[str]]) -> list[np.ndarray]:
    """Give the columns of the additive model, for the `codes` and `levels` of a `CellFit`.

    Returns
    -------
    list of numpy.ndarray, shape (C, columns)
        The constant, then for each factor a column for all levels but the first.
    """
    return [np.ones((len(codes), 1))] + [
        (codes[:, k, None] == np.arange(1, len(order))).astype(np.float64)
        for k, order in enumerate(levels)
    ]


def _scatter_within(y, cell, means, counts):
    """Source of the error, variances within cells, degrees of freedom, and shares."""
    squares = np.bincount(cell, (y - means[cell]) ** 2)
    squares[squares <= counts * (ROUNDING * np.abs(y).max()) ** 2] = 0.0
    several = counts > 1
    dfs = counts[several] - 1.0
    shares = np.zeros((len(counts), len(dfs)))
    shares[several, np.arange(len(dfs))] = 1 / counts[several]
    shares[~several] = dfs / dfs.sum()
    return REPLICATES if several.all() else BORROWED, squares[several] / dfs, dfs, shares


def _additive_residual(means, matrix):
    """Source of the error, its one variance, degrees of freedom, and shares."""
    df = float(len(means) - np.linalg.matrix_rank(matrix))
    if df == 0:
        return NO_ERROR, np.array([]), np.array([]), np.zeros((len(means), 0))
    residual = means - matrix @ (np.linalg.pinv(matrix) @ means)
    residual[np.abs(residual) <= ROUNDING * np.abs(means).max()] = 0.0
    variance = np.sum(residual**2) / df
    return ADDITIVE, np.array([variance]), np.array([df]), np.ones((len(means), 1))


def _checked(y: np.ndarray, factors: Mapping[str, Sequence[str]]) -> np.ndarray:
    y = np.asarray(y, dtype=np.float64)
    if y.ndim != 1 or not len(y) or not np.all(np.isfinite(y)):
        raise InputError(
            f"y must be a list of finite numbers, but has shape {y.shape}: leave out what is "
            "missing, with its labels."
        )
    for name, labels in factors.items():
        if len(labels) != len(y):
            raise InputError(
                f"The factor {name} has {len(labels)} labels for {len(y)} values: give one each."
            )
    return y
