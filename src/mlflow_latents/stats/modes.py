"""Modes of the density along an axis."""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from mlflow_latents.stats.ties import spread_ties

BIN = 0.02  # sd
REACH = 6.0  # sd
LEAST_SIDE = 0.02  # share of the vectors that each side of a valley must hold
NOISE_SD = 4


def valley_depth(values):
    """Tell how far the density falls between two modes, less what chance may dig.

    The density is a kernel estimate with a normal kernel of Silverman's width. A valley's depth is
    ``1 - f(valley) / f(lower of the highest points on both sides)``: 0 for one mode, 1 for
    separated groups. Taken off are 4 standard errors of the estimate at the valley's sides.

    Parameters
    ----------
    values : numpy.ndarray, shape (n,)
        Positions along the axis.

    Returns
    -------
    float
        Negative or 0 where there is no valley beyond chance.

    References
    ----------
    Silverman (1986), Density Estimation, equation (3.31) for the width, section 3.3.2 for the
    variance of the estimate.
    """
    n = len(values)
    values = spread_ties(np.sort(values)[None])[0]
    values = (values - np.mean(values)) / np.std(values)
    spread = min(1.0, float(np.subtract(*np.percentile(values, [75, 25]))) / 1.349)
    width = max(0.9 * spread * n**-0.2, BIN)
    edges = np.arange(-REACH, REACH + BIN / 2, BIN)
    counts = np.histogram(values, edges)[0]
    density = gaussian_filter1d(counts / (n * BIN), width / BIN, mode="constant")
    left = np.maximum.accumulate(density)
    right = np.maximum.accumulate(density[::-1])[::-1]
    side = np.minimum(left, right)
    held = np.cumsum(counts) / n
    inside = (held > LEAST_SIDE) & (held < 1 - LEAST_SIDE) & (side > 0)
    depth = 1 - density[inside] / side[inside]
    noise = NOISE_SD / np.sqrt(2 * np.sqrt(np.pi) * n * width * side[inside])
    return float(np.max(depth - noise, initial=0.0))
