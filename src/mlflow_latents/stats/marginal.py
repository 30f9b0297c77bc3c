"""How normal each axis looks by itself."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from mlflow_latents.errors import InputError
from mlflow_latents.stats.blocks import column_blocks, resolution_of, row_blocks
from mlflow_latents.stats.distance import ks_distance, sorted_quantile
from mlflow_latents.stats.laws import level_limit, level_share, levels_for

SUMMARISED = ("skewness", "excess_kurtosis", "ks", "level_limit", "mean", "sd")


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
        Largest level up to which both tail quantiles stay within the tolerance; 0 when none does,
        NaN when there are too few vectors for any level.
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
        """Share of the axes that look normal, constant ones left out; NaN when none is left."""
        ks = self.ks[np.isfinite(self.ks)]
        return float(np.mean(ks < self.ks_tolerance)) if ks.size else np.nan

    @property
    def ks_floor(self):
        """Mean distance that a true normal sample of this n shows against its own fit.

        The law is that of Lilliefors' statistic. Its mean has no closed form: the expansion was
        fitted to simulations of 60,000 to 200,000 samples of n = 10 ... 10,000.
        """
        return float((0.6376 - 0.162 / np.sqrt(self.n) - 0.106 / self.n) / np.sqrt(self.n))

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

        Raises
        ------
        InputError
            When `quantity` is no such name.
        """
        if quantity not in SUMMARISED:
            raise InputError(
                f"There is no summary of {quantity!r} over the axes: ask for one of "
                f"{', '.join(SUMMARISED)}."
            )
        values = getattr(self, quantity)
        values = values[np.isfinite(values)]
        if not values.size:
            return AxisSummary(*[np.nan] * 5)
        worst = values.min() if quantity == "level_limit" else values[np.argmax(np.abs(values))]
        p5, median, p95 = np.percentile(values, [5, 50, 95])
        return AxisSummary(float(values.mean()), float(median), float(p5), float(p95), float(worst))


def judge_coordinates(z, ks_tolerance=0.02, level_tolerance=0.5, resolution=None):
    """Judge each coordinate of vectors against its fitted normal distribution.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
        Vectors, n >= 2.
    ks_tolerance : float
        An axis looks normal when its distance is below this.
    level_tolerance : float
        A tail holds at a level when its quantile is displaced by no more than this, in sd.
    resolution : numpy.ndarray, shape (d,), optional
        `resolution_of` z, where it is known already.

    Returns
    -------
    Marginals
        Of the d coordinates.
    """
    resolution = resolution_of(z) if resolution is None else resolution
    return _judge(coordinate_blocks(z), resolution, ks_tolerance, level_tolerance)


def judge_principal(fit, z, ks_tolerance=0.02, level_tolerance=0.5, resolution=None):
    """Judge each principal axis of a fit against the normal distribution fitted to z along it.

    Parameters
    ----------
    fit : GaussianFit
        Gives the axes.
    z : numpy.ndarray, shape (n, d)
        Vectors, n >= 2.
    ks_tolerance, level_tolerance, resolution
        As for `judge_coordinates`.

    Returns
    -------
    Marginals
        Of the rank principal axes; means are measured from the mean of the fit.
    """
    resolution = resolution_of(z) if resolution is None else resolution
    along = np.sqrt(resolution**2 @ fit.axes**2)
    return _judge(principal_blocks(fit, z), along, ks_tolerance, level_tolerance)


def coordinate_blocks(z):
    """Values along the coordinates, some at a time: float64 arrays of shape (axes, n)."""
    for columns in column_blocks(*z.shape):
        yield z[:, columns].T.astype(np.float64, order="C")


def principal_blocks(fit, z):
    """Values along the principal axes, from the mean of the fit, some at a time: (axes, n)."""
    for columns in column_blocks(len(z), fit.rank):
        yield _projections(fit, z, columns)


def _projections(fit, z, columns):
    axes = fit.axes[:, columns].T.copy()
    out = np.empty((len(axes), len(z)))
    for rows in row_blocks(*z.shape):
        out[:, rows] = axes @ (z[rows] - fit.mean).T
    return out


def _judge(blocks, resolution, ks_tolerance, level_tolerance):
    """Judge blocks of axes, each (axes, n); one is constant when sd does not exceed resolution."""
    parts, start = [], 0
    for values in blocks:
        parts.append(_judge_block(values, resolution[start : start + len(values)], level_tolerance))
        start += len(values)
    joined = {name: np.concatenate([p[name] for p in parts], axis=-1) for name in parts[0]}
    return Marginals(n=values.shape[1], ks_tolerance=ks_tolerance, **joined)


def _judge_block(values, resolution, level_tolerance):
    n = values.shape[1]
    mean = values.mean(axis=1)
    values -= mean[:, None]
    sd = np.sqrt(np.einsum("ij,ij->i", values, values) / (n - 1))
    constant = sd <= resolution
    values /= np.where(constant, 1.0, sd)[:, None]
    values.sort(axis=1)
    limit, is_open = _tail_limit(values, level_tolerance)
    result = {
        "mean": mean,
        "sd": sd,
        **_moments(values),
        "ks": ks_distance(special.ndtr(values)),
        "coverage": np.stack([(np.abs(values) <= k).mean(axis=1) for k in (1, 2, 3)]),
        "level_limit": limit,
    }
    for measured in result.values():
        measured[..., constant] = np.nan
    return result | {"level_limit_open": is_open & ~constant}


def _moments(standardised):
    """Skewness and excess kurtosis, with moments that divide by n."""
    squares = standardised**2
    second = squares.mean(axis=1)
    second = np.where(second > 0, second, 1.0)
    third = np.einsum("ij,ij->i", squares, standardised) / squares.shape[1]
    fourth = np.einsum("ij,ij->i", squares, squares) / squares.shape[1]
    return {"skewness": third / second**1.5, "excess_kurtosis": fourth / second**2 - 3}


def _tail_limit(standardised, tolerance):
    levels = levels_for(standardised.shape[1])
    outside = (1 - level_share(levels)) / 2
    lower = sorted_quantile(standardised, outside) + levels
    upper = sorted_quantile(standardised, 1 - outside) - levels
    return level_limit(levels, np.maximum(np.abs(lower), np.abs(upper)) <= tolerance)
