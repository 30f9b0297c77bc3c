"""The law of a standard normal distribution cut at a radius."""

import numpy as np
from scipy import special


def cut_variance(d, square):
    """Variance along any axis of a standard normal law in d dimensions cut at d2 <= square."""
    return special.chdtr(d + 2, square) / special.chdtr(d, square)


def cut_d2_moments(d, square):
    """Variance and kurtosis of d2 of a standard normal law cut at d2 <= square.

    From the raw moments ``d (d + 2) ... (d + 2 k - 2) F_{d + 2 k}(square) / F_d(square)``.
    """
    share, raw = special.chdtr(d, square), [1.0]
    for k in range(1, 5):
        raw.append(np.prod(d + 2.0 * np.arange(k)) * special.chdtr(d + 2 * k, square) / share)
    _, mean, second, third, fourth = raw
    variance = second - mean**2
    central = fourth - 4 * mean * third + 6 * mean**2 * second - 3 * mean**4
    return variance, central / variance**2


def cut_marginal(d, square, points=4001):
    """Distribution function along any axis of a standard normal law in d dimensions cut at radius.

    The density at x is ``phi(x) F_{d-1}(square - x^2) / F_d(square)``, with chi-square
    distribution functions; it is integrated by Simpson's rule.

    Parameters
    ----------
    d : int
        Dimensions.
    square : float
        Largest d2.
    points : int
        Of the grid, odd.

    Returns
    -------
    x : numpy.ndarray, shape (points,)
        Grid from -sqrt(square) to sqrt(square).
    probability : numpy.ndarray, shape (points,)
    """
    x = np.linspace(-np.sqrt(square), np.sqrt(square), points)
    middle = (x[1:] + x[:-1]) / 2
    density, between = (_cut_density(d, square, at) for at in (x, middle))
    mass = (density[1:] + density[:-1] + 4 * between) * (x[1] - x[0]) / 6
    cumulated = np.concatenate([[0.0], np.cumsum(mass)])
    return x, cumulated / cumulated[-1]


def _cut_density(d, square, x):
    rest = np.maximum(square - x**2, 0.0)
    others = special.chdtr(d - 1, rest) if d > 1 else 1.0
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * others / special.chdtr(d, square)
