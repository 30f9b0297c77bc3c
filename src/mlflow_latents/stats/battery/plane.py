"""Dependence between principal axes, which are uncorrelated."""

import numpy as np
from scipy import special

from mlflow_latents.stats.battery.result import Measured
from mlflow_latents.stats.blocks import row_blocks

LEAST_RATIO = 2  # n / d
LEAST = 50


def measure_plane(sample):
    """Largest correlation between functions of two principal axes, over all planes of them.

    With the axes x, y in standard deviations, three co-cumulants that are 0 for normal vectors are
    scaled to unit variance: ``mean((x^2-1)(y^2-1)) / 2`` (squares go together: pairs such as
    (x, ±x), heavy-tailed radii), ``mean((x^2-1) y) / sqrt(2)`` (a bent cloud) and
    ``mean((x^3-3x) y) / sqrt(6)`` (a twisted one). They are the Hermite coefficients of order 4 and
    3 in two variables of the smooth tests of Koziol (1987), Biometrika 74, 687-699. The statistic
    is the largest magnitude times sqrt(n); its null law is simulated.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Measured
        The effect is the largest magnitude; the directions are the two axes of that plane.
    """
    n, d = sample.n, sample.d
    products = np.zeros((3, d, d))
    for rows in row_blocks(n, d):
        x = sample.white[rows]
        square = x**2 - 1
        products[0] += square.T @ square / 2
        products[1] += square.T @ x / np.sqrt(2)
        products[2] += ((square - 2) * x).T @ x / np.sqrt(6)
    found = np.abs(products / n)
    found[:, np.arange(d), np.arange(d)] = 0
    _, i, j = np.unravel_index(np.argmax(found), found.shape)
    statistic = np.sqrt(n) * found.max()
    return Measured(
        statistic=float(statistic),
        effect=float(found.max()),
        effect_unit="largest correlation between functions of two axes; 0",
        scaled=float(np.log(statistic)),
        directions=sample.in_vector_space(np.eye(d)[[i, j]]),
    )


def limit_plane(d):
    """Law of the scaled statistic for many vectors: of the largest of independent scores.

    There are as many as pairs of axes for the first co-cumulant, twice as many for the others.
    """
    return _LargestLog(5 * d * (d - 1) // 2)


class _LargestLog:
    """The logarithm of the largest of so many independent half-normal variables."""

    def __init__(self, count):
        self._count = count

    def cdf(self, scaled):
        return special.erf(np.exp(scaled) / np.sqrt(2)) ** self._count


def co_cumulants(x, y):
    """Give the products whose means `measure_plane` looks at, in one plane.

    Parameters
    ----------
    x, y : numpy.ndarray, shape (n,)
        Positions along two principal axes, in standard deviations.

    Returns
    -------
    numpy.ndarray, shape (5, n)
    """
    x2, y2 = x**2 - 1, y**2 - 1
    return np.array(
        [
            x2 * y2 / 2,
            x2 * y / np.sqrt(2),
            y2 * x / np.sqrt(2),
            (x2 - 2) * x * y / np.sqrt(6),
            (y2 - 2) * y * x / np.sqrt(6),
        ]
    )


def blind_plane(n, d):
    """Say why planes cannot tell at n vectors in d dimensions; empty where they can."""
    if d < 2:
        return "There is no plane in one dimension."
    if n >= max(LEAST, LEAST_RATIO * d):
        return ""
    return (
        f"With n = {n} vectors in d = {d} dimensions chance hides what planes have: give at least "
        f"{max(LEAST, LEAST_RATIO * d)}."
    )
