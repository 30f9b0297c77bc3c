"""Densities of whitened vectors: what a cloud may be instead of normal."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

REACH = 6.0  # sd up to which a smoothed density has bins; beyond, two open ones
TAIL = 0.01  # share of Student's t(3) in the law that a smoothed density corrects
PRIOR = 2.0  # vectors by which each bin is drawn to that law
LOG_2PI = np.log(2 * np.pi)


@dataclass(frozen=True)
class SmoothDensity:
    """Densities of standardised axes: a fixed law, corrected bin by bin.

    The law is ``g = 0.99 normal + 0.01 t(3)``, whose tail keeps every value possible. In each bin g
    is multiplied by ``(count + 2) / (n g(bin) + 2)``, and the whole scaled to mass 1: a histogram
    where there are vectors, g where there are none. Bins are ``2 n^(-1/3)`` sd wide, within 0.05
    and 0.5, up to 6 sd, with an open one at either end.

    Parameters
    ----------
    log_factor : numpy.ndarray, shape (axes, bins)
        Log of the factor of g in each bin.
    width : float
        Of a bin, in sd.
    """

    log_factor: np.ndarray
    width: float

    @property
    def parameters(self):
        """Numbers fitted: all factors but one of each axis."""
        return self.log_factor.size - len(self.log_factor)

    def log_density(self, x):
        """Log densities of values (n, axes), each under the density of its axis."""
        axes, bins = self.log_factor.shape
        place = _bins(x, bins, self.width) + bins * np.arange(axes)
        return self.log_factor.ravel()[place] + np.log(_law(x))


@dataclass(frozen=True)
class Independent:
    """A smoothed density along each principal axis."""

    density: SmoothDensity

    @property
    def parameters(self):
        """Numbers fitted beyond mean and covariance."""
        return self.density.parameters

    def log_density(self, white):
        """Log densities (n,) of whitened vectors (n, rank)."""
        return self.density.log_density(white).sum(axis=1)


@dataclass(frozen=True)
class Elliptical:
    """A uniform direction, and a smoothed density of the log radius in its standard deviations."""

    density: SmoothDensity
    center: float
    sd: float

    @property
    def parameters(self):
        """Numbers fitted beyond mean and covariance."""
        return self.density.parameters + 2

    def log_density(self, white):
        """Log densities (n,) of whitened vectors (n, rank)."""
        d = white.shape[1]
        radius = log_radius(white)
        radial = self.density.log_density((radius[:, None] - self.center) / self.sd)[:, 0]
        surface = np.log(2) + d / 2 * np.log(np.pi) - special.gammaln(d / 2)
        return radial - np.log(self.sd) - d * radius - surface


@dataclass(frozen=True)
class Mixture:
    """Normal components along some principal axes, and the normal law along the others."""

    axes: np.ndarray
    log_weights: np.ndarray
    means: np.ndarray
    factors: np.ndarray  # lower Cholesky factors of the covariances
    certainty: float = np.nan  # mean over vectors of their largest share in a component

    @property
    def parameters(self):
        """Numbers fitted beyond mean and covariance."""
        count, p = self.means.shape
        return count - 1 + count * (p + p * (p + 1) // 2)

    def log_density(self, white):
        """Log densities (n,) of whitened vectors (n, rank)."""
        chosen = white[:, self.axes]
        parts = np.empty((len(self.means), len(white)))
        for j, (mean, factor) in enumerate(zip(self.means, self.factors, strict=True)):
            scaled = linalg.solve_triangular(factor, (chosen - mean).T, lower=True)
            parts[j] = self.log_weights[j] - np.log(np.diag(factor)).sum() + minus_half(scaled.T)
        others = minus_half(white) - minus_half(chosen)
        return special.logsumexp(parts, axis=0) + others - white.shape[1] / 2 * LOG_2PI


def smooth(blocks, n):
    """Fit a `SmoothDensity` to blocks (rows, axes) of standardised values, n rows in all."""
    width = float(np.clip(2 * n ** (-1 / 3), 0.05, 0.5))
    bins = 2 * (int(np.ceil(REACH / width)) + 1)
    counts = 0
    for x in blocks:
        place = _bins(x, bins, width) + bins * np.arange(x.shape[1])
        counts = counts + np.bincount(place.ravel(), minlength=bins * x.shape[1])
    edges = np.concatenate([[-np.inf], (np.arange(1, bins) - bins // 2) * width, [np.inf]])
    law = np.diff((1 - TAIL) * special.ndtr(edges) + TAIL * special.stdtr(3, edges))
    factor = (counts.reshape(-1, bins) + PRIOR) / (n * law + PRIOR)
    factor /= (factor @ law)[:, None]
    return SmoothDensity(np.log(factor), width)


def _bins(x, count, width):
    """Place of each value among `count` bins, the first and the last being open."""
    place = np.floor(x / width).clip(-count // 2, count // 2 - 1)
    return place.astype(np.int64) + count // 2


def _law(x):
    """Density of 0.99 normal + 0.01 t(3)."""
    student = 2 / (np.pi * np.sqrt(3)) / (1 + x**2 / 3) ** 2
    return (1 - TAIL) / np.sqrt(2 * np.pi) * np.exp(-(x**2) / 2) + TAIL * student


def log_radius(white):
    """Log of the norms (n,) of whitened vectors."""
    return np.log(np.maximum(np.linalg.norm(white, axis=1), np.finfo(np.float64).eps))


def minus_half(white):
    """Minus half the squared norms (n,) of vectors."""
    return -np.einsum("ij,ij->i", white, white) / 2
