"""Distribution functions from cumulants, however far down the tail."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

STEP = 0.125  # of the path, in sd of the integrand where it is largest
BLOCK = 256  # points evaluated at once
MOST_BLOCKS = 256
SETTLED = 1e-17  # share of the sum below which the rest of the path is left out
ROUNDING = 1e-15  # relative, of an exponent


def log_distribution(law, x):
    """Log of the share of a law at or below x, by an integral through the saddlepoint.

    For a variable S above 0 with cumulant generating function K,
    ``P(S <= x) = 1/(2 pi i) integral exp(K(t) - t x - log(-t)) dt`` along a path from below to
    above that crosses the real axis left of 0. It crosses at the saddlepoint of this exponent,
    where nothing cancels, so that the share keeps its digits at 1e-200 too, and leaves it along the
    steepest descent of exp(K(t) - t x), as a parabola (Rice 1980). The trapezoidal rule then
    converges geometrically. The leading term alone, with the pole at 0 apart, is the approximation
    of Lugannani and Rice (1980), which for chi-square of k degrees of freedom errs by the share
    1/(6 k). Here the exponent includes the pole, so that nothing is singular at the mean.

    Parameters
    ----------
    law : NormalSquares or PlaneSquares
    x : float
        Above the least value of S.

    Returns
    -------
    log_share : float
        Natural logarithm; not above 0.
    error : float
        Of log_share: its change when the step is doubled, the last points' part, and rounding.

    References
    ----------
    Rice (1980), SIAM Journal on Scientific and Statistical Computing 1, 438-448; Lugannani and
    Rice (1980), Advances in Applied Probability 12, 475-490; of quadratic forms: Kuonen (1999),
    Biometrika 86, 929-935.
    """

    def exponent(t):
        return law.cumulants(t) - t * x - np.log(-t)

    saddle = _saddlepoint(exponent, x)
    top, curvature = _shape(exponent, saddle)
    step, bend = STEP / np.sqrt(curvature), law.bend(saddle)
    sums = np.zeros(2)  # of the even and of the odd points
    for block in range(MOST_BLOCKS):
        y = step * np.arange(block * BLOCK, (block + 1) * BLOCK)
        values = np.exp(exponent(saddle + 1j * y + bend * y**2) - top) * (1 - 2j * bend * y)
        values[0] /= 2 if block == 0 else 1
        last = values.real.reshape(-1, 2).sum(axis=0)
        sums += last
        if np.abs(values[-1]) < SETTLED * sums.sum():
            last = 0.0
            break
    fine, coarse = sums.sum(), 2 * sums[0]
    error = (abs(coarse - fine) + abs(np.sum(last))) / fine + ROUNDING * (
        abs(top) + abs(saddle * x)
    )
    return float(min(top + np.log(fine * step / np.pi), 0.0)), float(error)


@dataclass(frozen=True)
class NormalSquares:
    """Sum of squares of independent normal variables: ``(scale u + shift)^2``, u standard normal.

    Parameters
    ----------
    scales, shifts : numpy.ndarray, shape (m,)
    """

    scales: np.ndarray
    shifts: np.ndarray

    def cumulants(self, t):
        """Cumulant generating function at complex numbers (n,), off the positive real axis."""
        t = t[:, None]
        spread = 1 - 2 * self.scales**2 * t
        return np.sum(self.shifts**2 * t / spread - np.log(spread) / 2, axis=1)

    def bend(self, t):
        """Curvature, at a real t below 0, of the path of steepest descent: K'''/(6 K'')."""
        spread = 1 - 2 * self.scales**2 * t
        ratio, shift = self.scales**2 / spread, self.shifts**2 / spread
        second = np.sum(2 * ratio**2 + 4 * shift * ratio / spread)
        third = np.sum(8 * ratio**3 + 24 * shift * ratio**2 / spread)
        return third / (6 * second)


@dataclass(frozen=True)
class PlaneSquares:
    """Sum of squares of coordinates that fill, pair by pair, discs of radius 1 evenly.

    Each pair adds a uniform variable from 0 to 1; of an odd number the last adds the square of one
    coordinate of a pair, which follows Beta(1/2, 3/2).

    Parameters
    ----------
    count : int
        Number of coordinates, 3 or more: the distribution of 1 or 2 is elementary.
    """

    count: int

    def cumulants(self, t):
        """Cumulant generating function at complex numbers (n,) of negative real part."""
        x = t.astype(np.complex128)
        pairs = self.count // 2 * (np.log(-np.expm1(x)) - np.log(-x))
        if self.count % 2 == 0:
            return pairs
        # Kummer's M(1/2, 2, x) = exp(x/2) (I0(x/2) - I1(x/2)), without overflow.
        return pairs + np.log(special.ive(0, -x / 2) + special.ive(1, -x / 2)) + 1j * x.imag / 2

    def bend(self, t):
        """No bend, whatever t: the integrand grows to the right, since the sum is bounded."""
        return 0.0


def _saddlepoint(exponent, x):
    """Minimum of the exponent, which is convex, on the negative real axis."""

    def height(log_t):
        return exponent(np.array([-np.exp(log_t)]))[0].real

    # It lies left of -1/x, since cumulants grow.
    low, width = -np.log(x), 2.0
    while height(low + 2 * width) < height(low + width):
        low += width
    found = optimize.minimize_scalar(height, bounds=(low, low + 2 * width), method="bounded")
    return -np.exp(found.x)


def _shape(exponent, saddle):
    """Height of the exponent at the saddlepoint, and its second derivative."""
    step = 0.05 * abs(saddle)
    below, top, above = exponent(saddle + step * np.arange(-1, 2)).real
    return top, (above - 2 * top + below) / step**2
