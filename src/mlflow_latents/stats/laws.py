"""The exact laws of one vector's squared Mahalanobis distance, and the levels of a normal law."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from mlflow_latents.errors import InputError

LEVELS = tuple(float(level) for level in np.arange(1, 17) / 4)
"""The grid of levels (in sigma) on which shells and tails are compared: 0.25, 0.5, ... 4."""

LEAST_OUTSIDE = 1e-280  # share below which only its logarithm keeps its digits
MOST_TERMS = 10_000  # of a continued fraction; d2 of 250 dimensions need about ten


def level_share(level):
    """Share of the mass that a level holds: ``Phi(level) - Phi(-level)``.

    Parameters
    ----------
    level : float or numpy.ndarray
        Level in sigma, not negative; level 3 holds 99.73 % in any dimension.

    Returns
    -------
    float or numpy.ndarray
    """
    return special.erf(np.asarray(level) / np.sqrt(2))[()]


def level_of(d2, k):
    """Level at which a squared Mahalanobis distance lies: the share of the law within it.

    The s with ``Phi(s) - Phi(-s) = F(d2)``, F being the distribution function of chi-square with k
    degrees of freedom, the law of d2 where mean and covariance are those of the population. Far
    out, the share outside is taken as its logarithm, by Legendre's continued fraction (Abramowitz
    and Stegun 1964, 6.5.31), so that no distance is too large.

    Parameters
    ----------
    d2 : float or numpy.ndarray
        Squared Mahalanobis distances, not negative.
    k : int
        Number of dimensions in which they are measured: the rank of the fit.

    Returns
    -------
    float or numpy.ndarray
        In sigma. At k = 250 the centre and all within 3 sd of it have level 0.
    """
    half = np.asarray(d2, dtype=np.float64) / 2
    inside, outside = special.gammainc(k / 2, half), special.gammaincc(k / 2, half)
    far = (outside < LEAST_OUTSIDE) & np.isfinite(half)
    log_outside = special.xlogy(1.0, outside)  # which lets 0 pass in silence
    log_outside = np.where(far, _log_outside(k / 2, np.where(far, half, 2.0 * k)), log_outside)
    outer = -special.ndtri_exp(log_outside - np.log(2))
    return np.where(inside < 0.5, np.sqrt(2) * special.erfinv(inside), outer)[()]


def _log_outside(a, x):
    """Log of the upper incomplete gamma function over the whole, for x well above a."""
    b, c = x + 1 - a, 1 / np.finfo(np.float64).tiny
    d = 1 / b
    fraction = d
    for i in range(1, MOST_TERMS):  # the modified method of Lentz
        factor = i * (a - i)
        b = b + 2
        d, c = 1 / (b + factor * d), b + factor / c
        fraction = fraction * (d * c)
        if np.all(np.abs(d * c - 1) < np.finfo(np.float64).eps):
            break
    return a * np.log(x) - x - special.gammaln(a) + np.log(fraction)


def levels_for(n):
    """Give the levels that n vectors can speak of: 10 or more are expected outside.

    Parameters
    ----------
    n : int
        Number of vectors.

    Returns
    -------
    numpy.ndarray, shape (m,)
    """
    levels = np.array(LEVELS)
    return levels[n * (1 - level_share(levels)) >= 10]


def level_limit(levels, passes):
    """Largest level up to which all levels pass, and whether the grid ended before one failed.

    Parameters
    ----------
    levels : numpy.ndarray, shape (m,)
        Levels, ascending.
    passes : numpy.ndarray of bool, shape (..., m)
        Whether each is within the tolerance.

    Returns
    -------
    limit : numpy.ndarray, shape (...)
        0 when already the first level fails; NaN without levels.
    is_open : numpy.ndarray of bool, shape (...)
    """
    passed = np.logical_and.accumulate(passes, axis=-1).sum(axis=-1)
    none = 0.0 if len(levels) else np.nan
    return np.concatenate([[none], levels])[passed], passed == len(levels)


@dataclass(frozen=True)
class D2Law:
    """Exact law of one vector's ``d2`` when mean and covariance come from n normal vectors.

    The covariance divides by n - 1. In-sample (the vector is one of the n),
    ``n d2 / (n-1)^2 ~ Beta(k/2, (n-k-1)/2)``; held-out (the vector is another one),
    ``d2 n (n-k) / (k (n^2-1)) ~ F(k, n-k)``. These are laws of one vector: the d2 of several
    vectors depend on each other through the fit.

    Parameters
    ----------
    kind : {"in_sample", "held_out"}
        Whether the judged vector took part in the fit.
    n : int
        Number of vectors of the fit.
    k : int
        Number of dimensions.

    Raises
    ------
    InputError
        When ``n <= k + 1`` (in-sample) or ``n <= k`` (held-out): there is no such law.

    References
    ----------
    Gnanadesikan and Kettenring (1972), Biometrics 28, 81-124 (in-sample); Hotelling (1931),
    Annals of Mathematical Statistics 2, 360-378 (held-out).
    """

    kind: Literal["in_sample", "held_out"]
    n: int
    k: int

    def __post_init__(self):
        least = self.k + 2 if self.kind == "in_sample" else self.k + 1
        if self.k < 1 or self.n < least:
            raise InputError(
                f"The {self.kind} law of d2 in k = {self.k} dimensions does not exist for a fit "
                f"of n = {self.n} vectors: fit at least {max(least, 3)}."
            )

    def cdf(self, d2):
        """Share of the law at or below d2.

        Parameters
        ----------
        d2 : float or numpy.ndarray
            Squared Mahalanobis distances.

        Returns
        -------
        float or numpy.ndarray
        """
        scaled = np.maximum(np.asarray(d2, dtype=np.float64) / self._scale, 0)
        if self.kind == "in_sample":
            return special.betainc(*self._shapes, np.minimum(scaled, 1))
        return special.fdtr(self.k, self.n - self.k, scaled)

    def ppf(self, p):
        """Quantile: the d2 below which the share p of the law lies.

        Parameters
        ----------
        p : float or numpy.ndarray
            Shares in [0, 1].

        Returns
        -------
        float or numpy.ndarray
        """
        p = np.asarray(p, dtype=np.float64)
        if self.kind == "in_sample":
            return self._scale * special.betaincinv(*self._shapes, p)
        # Through the beta law: fdtri loses digits at large n.
        beta = special.betaincinv(self.k / 2, (self.n - self.k) / 2, p)
        return self._scale * (self.n - self.k) / self.k * beta / (1 - beta)

    @property
    def mean(self):
        """Mean of d2; infinite for a held-out law with n - k <= 2."""
        n, k = self.n, self.k
        if self.kind == "in_sample":
            return k * (n - 1) / n
        return self._scale * (n - k) / (n - k - 2) if n - k > 2 else np.inf

    @property
    def variance(self):
        """Variance of d2; infinite for a held-out law with n - k <= 4."""
        n, k = self.n, self.k
        if self.kind == "in_sample":
            a, b = self._shapes
            return self._scale**2 * a * b / ((a + b) ** 2 * (a + b + 1))
        m = n - k
        if m <= 4:
            return np.inf
        return self._scale**2 * 2 * m**2 * (n - 2) / (k * (m - 2) ** 2 * (m - 4))

    @property
    def radius_mean(self):
        """Mean of the radius, the root of d2; infinite for a held-out law with n - k = 1."""
        n, k = self.n, self.k
        if self.kind == "in_sample":
            a, b = self._shapes
            return float(np.sqrt(self._scale) * special.poch(a, 0.5) / special.poch(a + b, 0.5))
        m = n - k
        if m == 1:
            return np.inf
        ratio = special.poch(k / 2, 0.5) / special.poch((m - 1) / 2, 0.5)
        return float(np.sqrt(self._scale * m / k) * ratio)

    @property
    def radius_sd(self):
        """Standard deviation of the radius; infinite for a held-out law with n - k <= 2."""
        if not np.isfinite(self.mean):
            return np.inf
        return float(np.sqrt(self.mean - self.radius_mean**2))

    @property
    def _shapes(self):
        return self.k / 2, (self.n - self.k - 1) / 2

    @property
    def _scale(self):
        n, k = self.n, self.k
        if self.kind == "in_sample":
            return (n - 1) ** 2 / n
        return k * (n**2 - 1) / (n * (n - k))
