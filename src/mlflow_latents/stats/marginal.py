"""How normal each axis looks by itself."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class AxisSummary:
    """One quantity summarised over the axes that are not constant (NaN when all are).

    Parameters
    ----------
    mean, median, p5, p95 : float
        Mean, median, 5th and 95th percentile over the axes.
    worst : float
        The value of the axis that is farthest from what a normal distribution has.
    """

    mean: float
    median: float
    p5: float
    p95: float
    worst: float


@dataclass(frozen=True)
class Marginals:
    """Each axis against the normal distribution of its own mean and standard deviation.

    Every quantity is NaN on an axis along which the vectors are constant.

    Parameters
    ----------
    n : int
        Number of vectors.
    mean, sd : numpy.ndarray, shape (m,)
        Mean and standard deviation (dividing by n - 1) along each axis.
    skewness, excess_kurtosis : numpy.ndarray, shape (m,)
        Standardised third moment, and fourth minus 3 (moments dividing by n, as scipy.stats does).
    ks : numpy.ndarray, shape (m,)
        Two-sided Kolmogorov-Smirnov distance to the fitted normal distribution.
    coverage : numpy.ndarray, shape (3, m)
        Share of the vectors within 1, 2, 3 sd of the mean; normal: 0.6827, 0.9545, 0.9973.
    level_limit : numpy.ndarray, shape (m,)
        Largest level up to which both tail quantiles stay within the tolerance; 0 when none does.
    level_limit_open : numpy.ndarray of bool, shape (m,)
        Whether the grid of levels ended before a tail failed, so that the limit means "at least".
    ks_tolerance : float
        An axis looks normal when its distance is below this.
    """

    n: int
    mean: np.ndarray
    sd: np.ndarray
    skewness: np.ndarray
    excess_kurtosis: np.ndarray
    ks: np.ndarray
    coverage: np.ndarray
    level_limit: np.ndarray
    level_limit_open: np.ndarray
    ks_tolerance: float

    @property
    def normal_fraction(self):
        """Share of the axes, constant ones left out, that look normal; NaN when all are constant."""
        ks = self.ks[np.isfinite(self.ks)]
        return float(np.mean(ks < self.ks_tolerance)) if ks.size else np.nan

    @property
    def ks_floor(self):
        """Mean distance that a true normal sample of this n shows against its own fit.

        The limit 0.6262/sqrt(n) is simulated; the finite-n term is Stephens' (1974, JASA 69,
        730-737).
        """
        root = np.sqrt(self.n)
        return float(0.6262 / (root - 0.01 + 0.85 / root))

    def summary(self, quantity):
        """Summarise one quantity over the axes.

        Parameters
        ----------
        quantity : {"skewness", "excess_kurtosis", "ks", "level_limit", "mean", "sd"}
            Name of a field of shape (m,).

        Returns
        -------
        AxisSummary
            `worst` is the largest magnitude, or for `level_limit` the smallest value.
        """
        values = getattr(self, quantity)
        values = values[np.isfinite(values)]
        if not values.size:
            return AxisSummary(*[np.nan] * 5)
        worst = values.min() if quantity == "level_limit" else values[np.argmax(np.abs(values))]
        p5, median, p95 = np.percentile(values, [5, 50, 95])
        return AxisSummary(
            float(values.mean()), float(median), float(p5), float(p95), float(worst)
        )
