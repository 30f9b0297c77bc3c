"""Unbiased squared lengths, which noise may make negative, and their confidence intervals."""

import numpy as np

Z_95 = 1.959963984540054


def signed_root(square):
    """Root of the magnitude with the sign of the square: 0 on average where there is no length.

    Parameters
    ----------
    square : float or numpy.ndarray
        Unbiased estimate of a squared length.

    Returns
    -------
    float or numpy.ndarray
    """
    return (np.sign(square) * np.sqrt(np.abs(square)))[()]


def square_interval(square, flat, linear, curved):
    """Confidence interval (95 %) of a squared length t whose estimate's variance grows with t.

    The t that a normal law of variance ``flat + linear t + curved t^2`` does not rule out (score
    interval); below 0 the variance is that at 0.

    Parameters
    ----------
    square : float or numpy.ndarray
        Unbiased estimate.
    flat, linear, curved : float or numpy.ndarray
        Coefficients of the variance; the linear one may be negative, the variance at ``square``
        may not.

    Returns
    -------
    low, high : float or numpy.ndarray
    """
    z2 = Z_95**2
    lead, middle, last = 1 - z2 * curved, 2 * square + z2 * linear, square**2 - z2 * flat
    root = np.sqrt(np.maximum(middle**2 - 4 * lead * last, 0))
    reach = Z_95 * np.sqrt(flat)
    with np.errstate(divide="ignore", invalid="ignore"):
        inner, outer = 2 * last / (middle + root), (middle + root) / (2 * lead)
    low = np.where(square > reach, inner, square - reach)
    high = np.where(square > -reach, np.where(lead > 0, outer, np.inf), square + reach)
    return low[()], high[()]
