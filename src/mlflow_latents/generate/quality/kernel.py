"""Kernel distance between two sets of features."""

import numpy as np

from mlflow_latents.generate.quality.jackknife import (
    GROUPS,
    estimate,
    group_of,
    group_sums,
    kept_groups,
)
from mlflow_latents.stats.blocks import row_blocks


def kernel_distance(reference, generated):
    """Kernel distance of two sets of features.

    Binkowski, Sutherland, Arbel, Gretton (2018), Demystifying MMD GANs, section 4: the squared
    maximum mean discrepancy with the kernel (x.y / f + 1)^3 by its unbiased estimator, over all
    images at once; with the features of Inception it is known as KID. Unbiased, it may fall below
    0, and does not depend on n.

    Parameters
    ----------
    reference, generated : numpy.ndarray of float64, shape (n, f)

    Returns
    -------
    Estimate
    """
    within_x, within_y = (_group_sums(z, z) - _own_sums(z) for z in (reference, generated))
    between = _group_sums(reference, generated)
    sizes = np.bincount(group_of(len(reference)), minlength=GROUPS)

    def statistic(out):
        kept = np.ix_(kept_groups(out), kept_groups(out))
        n = sizes[kept[0]].sum()
        within = within_x[kept].sum() + within_y[kept].sum()
        return within / (n * (n - 1)) - 2 * between[kept].sum() / n**2

    return estimate(statistic)


def _group_sums(x, y):
    """Sum the kernel over all pairs of two groups: shape (groups, groups)."""
    of_x, of_y = (np.eye(GROUPS)[group_of(len(each))] for each in (x, y))
    sums = np.zeros((GROUPS, GROUPS))
    for rows in row_blocks(len(x), len(y)):
        sums += of_x[rows].T @ (_kernel(x[rows] @ y.T, x.shape[1]) @ of_y)
    return sums


def _own_sums(x):
    """Sum the kernel of each image and itself, which are no pair: a diagonal (groups, groups)."""
    return np.diag(group_sums(_kernel(np.square(x).sum(axis=1), x.shape[1])))


def _kernel(products, f):
    return (products / f + 1) ** 3
