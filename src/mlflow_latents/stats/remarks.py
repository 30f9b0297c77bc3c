"""What in the vectors themselves limits what a verdict on them can mean."""

import numpy as np

from mlflow_latents.stats.blocks import row_blocks

FEW_ROWS = 2000  # enough to see the steps of a coordinate
COARSE_STEP = 0.05  # sd
OFF_FACTOR = 3  # times the farthest of the vectors of the fit


def remarks_on(z, repeated):
    """Say which coordinates take few values, and whether vectors repeat.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
        Vectors of the fit.
    repeated : int
        How many of them repeat earlier ones.

    Returns
    -------
    list of str
    """
    said = []
    coarse = coarse_coordinates(z)
    if len(coarse):
        said.append(
            f"Coordinates that take few distinct values, in steps of more than {COARSE_STEP:g} sd: "
            f"{len(coarse)} of {z.shape[1]}, the first being z{coarse[0]}; a continuous law cannot "
            "hold there exactly, and the steps add to the distances from it."
        )
    if repeated:
        said.append(
            f"{repeated} of {len(z)} vectors repeat an earlier one: they are no independent draws, "
            "and chance is larger than this verdict takes it to be."
        )
    return said


def remarks_on_subspace(fit, z, held_out, resolution):
    """Say whether held-out vectors leave the subspace in which the fit lives.

    Parameters
    ----------
    fit : GaussianFit
        Fit of z.
    z, held_out : numpy.ndarray, shapes (n, d) and (m, d)
        Vectors of the fit, and others.
    resolution : numpy.ndarray, shape (d,)
        The larger of `resolution_of` both.

    Returns
    -------
    list of str
    """
    if not fit.degenerate:
        return []
    farthest, own = fit.distance_off(held_out).max(), fit.distance_off(z).max()
    if farthest <= OFF_FACTOR * own + np.linalg.norm(resolution):
        return []
    return [
        f"Held-out vectors lie up to {farthest:.3g} off the subspace of the fit (its own vectors "
        f"{own:.1g}), which no distance counts: they vary where the training vectors do not."
    ]


def coarse_coordinates(z):
    """Coordinates that take few distinct values: half a sample repeats, in steps of 0.05 sd.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
        Vectors; some 2,000 of them are looked at.

    Returns
    -------
    numpy.ndarray of int
        Constant coordinates are left out.
    """
    few = np.sort(z[:: max(1, len(z) // FEW_ROWS)].astype(np.float64), axis=0)
    gaps = np.diff(few, axis=0)
    distinct = 1 + np.count_nonzero(gaps, axis=0)
    found = np.flatnonzero((distinct > 1) & (2 * distinct <= len(few)))
    return np.array(
        [j for j in found if np.median(gaps[gaps[:, j] > 0, j]) > COARSE_STEP * few[:, j].std()],
        dtype=int,
    )


def distinct_rows(z):
    """How many different vectors there are, but for a chance of one in millions to miss one.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
        Vectors.

    Returns
    -------
    int
    """
    odd = np.random.default_rng(0).integers(2**63, size=z.shape[1], dtype=np.uint64) * 2 + 1
    digest = np.empty(len(z), np.uint64)
    for rows in row_blocks(*z.shape):
        bits = (z[rows].astype(np.float64) + 0.0).view(np.uint64)  # -0.0 becomes 0.0
        digest[rows] = ((bits ^ (bits >> 32)) * odd).sum(axis=1)
    return len(np.unique(digest))
