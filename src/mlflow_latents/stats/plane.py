"""Random coordinate planes against ellipses."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Planes:
    """Coverage of the ellipses of 1, 2, 3 sd in planes of two coordinates.

    Parameters
    ----------
    pairs : numpy.ndarray of int, shape (p, 2)
        The two coordinates of each plane.
    coverage : numpy.ndarray, shape (p, 3)
        Share of the vectors within the ellipses of 1, 2, 3 sd of that plane's mean and covariance;
        NaN where the two coordinates are collinear.
    expected : numpy.ndarray, shape (3,)
        What a normal distribution has: ``1 - exp(-k^2/2)``.
    coverage_error : numpy.ndarray, shape (3,)
        Mean over the planes of ``|coverage - expected|``; NaN when there is no plane.
    """

    pairs: np.ndarray
    coverage: np.ndarray
    expected: np.ndarray
    coverage_error: np.ndarray
