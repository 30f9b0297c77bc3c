"""Projections on random directions."""

import numpy as np
from scipy.linalg import qr

from mlflow_latents.stats.battery.result import Measured
from mlflow_latents.stats.blocks import row_blocks

DIRECTIONS = 200
STEP, STEPS = 0.4, 12  # the characteristic function is compared at 0.4, 0.8, ... 4.8
LEAST = 20


def measure_sliced(sample):
    """Mean Epps-Pulley statistic over random directions of the whitened sample.

    For each direction, ``n`` times the squared distance between the empirical characteristic
    function of the standardised projection and ``exp(-t^2/2)``, weighted by the standard normal
    density (the integral is a sum in steps of 0.4). The directions are drawn with the sample's
    seed, uniformly on the sphere, in the frame that the first d vectors span, so that an affine
    map of the data turns them, too. That the whitening is estimated is in the simulated null law.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Measured
        The effect is the root mean square distance of the characteristic functions.

    Notes
    -----
    In high dimensions projections on most random directions are mixtures of centred normal laws,
    with the lengths of the vectors for scale, whatever else the data are (Diaconis and Freedman
    1984, Annals of Statistics 12, 793-815): what this test sees there is the law of the radii.

    References
    ----------
    Epps and Pulley (1983), Biometrika 70, 723-726; Henze and Wagner (1997), Journal of Multivariate
    Analysis 62, 1-23.
    """
    statistic = float(epps_pulley(sample.white, _directions(sample)).mean())
    return Measured(
        statistic=statistic,
        effect=float(np.sqrt(statistic / sample.n)),
        effect_unit="root mean square distance of characteristic functions; 0",
        scaled=float(np.log(statistic)),
    )


def epps_pulley(white, directions):
    """Epps-Pulley statistic of projections with mean 0 and standard deviation 1.

    Parameters
    ----------
    white : numpy.ndarray, shape (n, d)
        Whitened vectors.
    directions : numpy.ndarray, shape (d, m)
        Unit columns.

    Returns
    -------
    numpy.ndarray, shape (m,)
        ``n`` times the integral of ``|phi_n(t) - exp(-t^2/2)|^2`` over the standard normal law.
    """
    n, m = len(white), directions.shape[1]
    sums = np.zeros((STEPS, m), complex)
    for rows in row_blocks(n, 2 * m):
        turn = np.exp(1j * STEP * (white[rows] @ directions))
        power = np.ones_like(turn)
        for each in sums:
            power *= turn
            each += power.sum(axis=0)
    t = STEP * np.arange(1, STEPS + 1)
    weight = 2 * STEP * np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)  # both signs of t
    return n * weight @ np.abs(sums / n - np.exp(-(t**2) / 2)[:, None]) ** 2


def blind_sliced(n, d):
    """Say why projections cannot tell at n vectors; empty where they can."""
    return "" if n >= max(LEAST, d + 2) else f"n = {n} vectors are too few: give at least {LEAST}."


def _directions(sample):
    d = sample.d
    frame = qr(sample.white[:d].T, mode="economic")
    turned = frame[0] * np.where(np.diag(frame[1]) < 0, -1.0, 1.0)
    drawn = np.random.default_rng(sample.seed).standard_normal((d, DIRECTIONS))
    return turned @ (drawn / np.linalg.norm(drawn, axis=0))
