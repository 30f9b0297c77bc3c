"""Ellipsoids, and the bodies that samplers fill evenly."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from mlflow_latents.generate.free import uniform_ball, uniform_cube


@dataclass(frozen=True)
class Cube:
    """Cube around the origin.

    Parameters
    ----------
    half_width : float
    """

    half_width: float

    def log_volume(self, d):
        """Log of the volume in d dimensions."""
        return d * np.log(2 * self.half_width)

    def score(self, x):
        """Scores (n,) of vectors (n, d): 1 or less inside."""
        return np.abs(x).max(axis=1) / self.half_width

    def draw(self, model, n, seed):
        """Vectors (n, d) evenly spread over the body."""
        return uniform_cube(model, n, seed, self.half_width)

    def holds(self, fit, radius):
        """Whether the ellipsoid of this Mahalanobis radius lies inside."""
        sd = np.sqrt(fit.axes**2 @ fit.variances)
        return bool(np.all(np.abs(fit.mean) + radius * sd <= self.half_width))

    def least_d2(self, fit):
        """Least d2 of the vectors inside."""
        if np.abs(fit.mean).max() <= self.half_width:
            return 0.0
        nearest = optimize.lsq_linear(
            fit.whitening.T * self.half_width, fit.mean @ fit.whitening, (-1.0, 1.0)
        )
        return 2 * nearest.cost


@dataclass(frozen=True)
class Ball:
    """Ball around the origin.

    Parameters
    ----------
    radius : float
    """

    radius: float

    def log_volume(self, d):
        """Log of the volume in d dimensions."""
        return log_unit_ball(d) + d * np.log(self.radius)

    def score(self, x):
        """Scores (n,) of vectors (n, d): 1 or less inside."""
        return np.sqrt(np.einsum("ij,ij->i", x, x)) / self.radius

    def draw(self, model, n, seed):
        """Vectors (n, d) evenly spread over the body."""
        return uniform_ball(model, n, seed, self.radius)

    def holds(self, fit, radius):
        """Whether the ellipsoid of this Mahalanobis radius surely lies inside."""
        return bool(np.linalg.norm(fit.mean) + radius * np.sqrt(fit.variances[0]) <= self.radius)

    def least_d2(self, fit):
        """Least d2 of the vectors inside."""
        return least_square(1 / np.sqrt(fit.variances), -fit.mean @ fit.whitening, 0.0, self.radius)


def log_unit_ball(d):
    """Log of the volume of the unit ball in d dimensions."""
    return d / 2 * np.log(np.pi) - special.gammaln(d / 2 + 1)


def least_square(scales, shifts, shortest, longest):
    """Least sum of ``(scale v + shift)^2`` over vectors v whose length lies between two bounds.

    From below, by the dual problem, whose largest value it is although the shortest length makes
    the primal one not convex (the S-lemma: Boyd and Vandenberghe 2004, Convex Optimization,
    appendix B).

    Parameters
    ----------
    scales, shifts : numpy.ndarray, shape (m,)
    shortest, longest : float

    Returns
    -------
    float
    """
    least, most = scales.min() ** 2, scales.max() ** 2

    def inside(log_ratio):  # of the multiplier that keeps v from growing
        multiplier = most * np.exp(log_ratio)
        return multiplier * (np.sum(shifts**2 / (scales**2 + multiplier)) - longest**2)

    def outside(share):  # of the multiplier that keeps v from shrinking
        multiplier = least * share
        return multiplier * (shortest**2 - np.sum(shifts**2 / (scales**2 - multiplier)))

    found = [_largest(inside, -60.0, 60.0)]
    if least > 0 and shortest > 0:
        found.append(_largest(outside, 0.0, 1 - 1e-12))
    return max(0.0, np.sum(shifts[scales == 0] ** 2), *found)


def _largest(value, low, high):
    found = optimize.minimize_scalar(lambda x: -value(x), bounds=(low, high), method="bounded")
    return -found.fun
