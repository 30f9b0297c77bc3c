"""Precision and recall: how far two sets of features cover each other."""

import numpy as np

from mlflow_latents.generate.quality.jackknife import (
    GROUPS,
    LEFT_OUT,
    estimate,
    group_of,
    groups,
    kept_groups,
)
from mlflow_latents.stats.blocks import row_blocks

NEIGHBOURS = 3


def precision_recall(reference, generated):
    """Share of the images of each set that lie within the manifold of the other.

    Kynkäänniemi, Karras, Laine, Lehtinen, Aila (2019), Improved precision and recall metric, with
    k = 3: the manifold of a set is the union of balls around its features, each up to the k-th
    nearest feature of the same set. Both depend on n, and are below 1 for two sets of one law.

    Parameters
    ----------
    reference, generated : numpy.ndarray of float64, shape (n, f)

    Returns
    -------
    precision : Estimate
        Share of the generated images within the manifold of the reference.
    recall : Estimate
        Share of the reference within the manifold of the generated images.
    """
    centre = reference.mean(axis=0)
    x, y = reference - centre, generated - centre
    return _covered(x, y), _covered(y, x)


def _covered(x, y):
    """Share of `y` within the manifold of `x`."""
    radii = _radii(x)
    covered = {out: np.empty(len(y), bool) for out in radii}
    for rows in row_blocks(len(y), len(x)):
        d2 = squared_distances(y[rows], x)
        for out, radius in radii.items():
            covered[out][rows] = (d2 <= radius).any(axis=1)
    group = group_of(len(y))
    return estimate(lambda out: covered[out][~np.isin(group, out)].mean())


def _radii(x):
    """Squared radii (n,) of the balls, whichever groups are left out; those have no ball."""
    near, group, radii = _nearest_by_group(x), group_of(len(x)), {}
    for out in LEFT_OUT:
        candidates = near[:, kept_groups(out)].reshape(len(x), -1)
        radius = np.partition(candidates, NEIGHBOURS - 1, axis=1)[:, NEIGHBOURS - 1]
        radii[out] = np.where(np.isin(group, out), -np.inf, radius)
    return radii


def _nearest_by_group(x):
    """Squared distances (n, groups, k) to the nearest others of each group."""
    near = np.full((len(x), GROUPS, NEIGHBOURS), np.inf)
    for rows in row_blocks(len(x), len(x)):
        d2 = squared_distances(x[rows], x)
        d2[np.arange(len(d2)), np.arange(len(x))[rows]] = np.inf
        for group, columns in enumerate(groups(len(x))):
            of_group = d2[:, columns]
            k = min(NEIGHBOURS, of_group.shape[1])
            near[rows, group, :k] = np.partition(of_group, k - 1, axis=1)[:, :k]
    return near


def squared_distances(x, y):
    """Squared Euclidean distances (n, m) between rows (n, f) and (m, f)."""
    d2 = x @ y.T
    d2 *= -2
    d2 += np.square(x).sum(axis=1)[:, None]
    d2 += np.square(y).sum(axis=1)
    return np.maximum(d2, 0, out=d2)
