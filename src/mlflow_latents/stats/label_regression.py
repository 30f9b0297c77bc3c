"""Regression of vectors on labels, as weights of the vectors."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

SINGULAR = 1e-10  # share of the largest below which an eigenvalue of the regressors is rounding
DETERMINED = 1e-6  # how little of a label is its own where the others determine it
LEAST_SPARE = 10  # vectors beyond the regressors: fewer leave no residuals to tell the noise
LEAST_ROOM = 1e-6  # of one minus a leverage


@dataclass(frozen=True, eq=False)
class LabelRegression:
    """Regression on a constant and some labels, of the vectors of which all these are known.

    Parameters
    ----------
    columns : tuple of int
        Which labels.
    design : numpy.ndarray, shape (n, 1 + labels)
        The constant and the labels, centred, in sd; 0 for vectors left out.
    units : numpy.ndarray, shape (labels,)
        Standard deviation of each label.
    """

    columns: tuple[int, ...]
    design: np.ndarray
    units: np.ndarray

    @cached_property
    def inverse(self):
        """Inverse of the products of the regressors, where they vary."""
        return np.linalg.pinv(self.design.T @ self.design, rcond=SINGULAR, hermitian=True)

    @cached_property
    def _parts(self):
        return self.design @ self.inverse

    @cached_property
    def widening(self):
        """Root of one minus each vector's leverage, inverted: residuals times it have no bias."""
        leverage = np.einsum("ij,ij->i", self._parts, self.design)
        return 1 / np.sqrt(np.maximum(1 - leverage, LEAST_ROOM))

    def coefficients(self, x):
        """Coefficients of vectors x (n, k): shape (1 + labels, k)."""
        return self.inverse @ (self.design.T @ x)

    def weights(self, label):
        """Weights (n,) whose sum over the vectors is their slope with a label, per sd of it.

        NaN where the other labels determine this one, or there are too few vectors.
        """
        at = 1 + self.columns.index(label)
        own = self.design[:, at] @ self._parts[:, at]
        too_few = np.sum(self.design[:, 0]) < self.design.shape[1] + LEAST_SPARE
        if too_few or abs(own - 1) > DETERMINED:
            return np.full(len(self.design), np.nan)
        return self._parts[:, at]

    def slope_weights(self, label, two_values):
        """Weights of the slope from 0 to 1 of a label of two values, per sd of another."""
        sd = self.units[self.columns.index(label)]
        return self.weights(label) / (sd if two_values else 1.0)

    def unit_influence(self, label, two_values):
        """Influence (n,) of each vector on the squared sd that a slope is per, over its value.

        0 for a label of two values, whose slope is from 0 to 1.
        """
        if two_values:
            return np.zeros(len(self.design))
        known = self.design[:, 0]
        return (self.design[:, 1 + self.columns.index(label)] ** 2 - known) / max(np.sum(known), 1)


def regress_on(labels, columns):
    """Prepare the regression on some labels.

    Parameters
    ----------
    labels : numpy.ndarray, shape (n, a)
        NaN where unknown.
    columns : tuple of int
        Which of them.

    Returns
    -------
    LabelRegression
    """
    values = labels[:, columns]
    rows = np.isfinite(values).all(axis=1)
    design, units = np.zeros((len(values), 1 + len(columns))), np.ones(len(columns))
    if rows.any():
        design[rows, 0] = 1.0
        values = values[rows] - values[rows].mean(axis=0)
        sd = values.std(axis=0)
        units[sd > 0] = sd[sd > 0]
        design[rows, 1:] = values / units
    return LabelRegression(columns, design, units)
