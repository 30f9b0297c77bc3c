"""What two sets of features differ by in mean and covariance: Fréchet distance and diversity."""

import numpy as np
from scipy import linalg

from mlflow_latents.generate.quality.jackknife import (
    UNKNOWN,
    Estimate,
    estimate,
    group_sums,
    groups,
    kept_groups,
    standard_error,
)

AXES = 128  # on which the error of the distance is computed where there are more features


def frechet_distance(reference, generated):
    """Fréchet distance between the normal laws fitted to two sets of features.

    ``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))`` of Heusel, Ramsauer, Unterthiner, Nessler,
    Hochreiter (2017), GANs trained by a two time-scale update rule, equation 6; with the features
    of Inception it is known as FID. It grows as n falls: compare sets of the same n only. Beyond
    128 features the standard error is that of the distance on the 128 leading principal axes of
    both sets together.

    Parameters
    ----------
    reference, generated : numpy.ndarray of float64, shape (n, f)

    Returns
    -------
    Estimate
    """
    centre = reference.mean(axis=0)
    x, y = reference - centre, generated - centre
    value = _between(*_normal(_sums(x)), *_normal(_sums(y)))
    if (f := x.shape[1]) > AXES:
        spread = x.T @ x + y.T @ y
        axes = linalg.eigh(spread, subset_by_index=(f - AXES, f - 1))[1]
        x, y = x @ axes, y @ axes
    of_x, of_y = ([_sums(z[rows]) for rows in groups(len(z))] for z in (x, y))

    def statistic(out):
        return _between(*_normal(_left(of_x, out)), *_normal(_left(of_y, out)))

    return Estimate(value, standard_error(statistic))


def plain_frechet_distance(reference, generated):
    """Fréchet distance as `frechet_distance`, without the error that takes most of its time.

    Parameters
    ----------
    reference, generated : numpy.ndarray of float64, shape (n, f)

    Returns
    -------
    float
    """
    centre = reference.mean(axis=0)
    return _between(*_normal(_sums(reference - centre)), *_normal(_sums(generated - centre)))


def diversity(reference, generated):
    """Mean squared distance of two images' features, over that of the reference: 1 is as diverse.

    It is the ratio of the traces of both covariances. Noise is diverse, too: this tells of images
    that resemble each other too much, not of how good they are.

    Parameters
    ----------
    reference, generated : numpy.ndarray of float64, shape (n, f)

    Returns
    -------
    Estimate
        NaN where the features of the reference do not vary.
    """
    centre = reference.mean(axis=0)
    of_x, of_y = (
        group_sums(np.column_stack([np.ones(len(z)), np.square(z).sum(axis=1), z]))
        for z in (reference - centre, generated - centre)
    )
    if not _trace(of_x, ()) > 0:
        return UNKNOWN
    return estimate(lambda out: _trace(of_y, out) / _trace(of_x, out))


def _trace(sums, out):
    n, squares, *total = sums[kept_groups(out)].sum(axis=0)
    return (squares - np.square(total).sum() / n) / (n - 1)


def _sums(z):
    return len(z), z.sum(axis=0), z.T @ z


def _left(sums, out):
    return [sum(part) for part in zip(*(sums[g] for g in kept_groups(out)), strict=True)]


def _normal(sums):
    """Mean and covariance."""
    n, total, products = sums
    return total / n, (products - np.outer(total, total) / n) / (n - 1)


def _between(mean_x, covariance_x, mean_y, covariance_y):
    # tr (C1 C2)^(1/2) is the sum of the roots of the eigenvalues of F' C2 F, where F F' = C1: that
    # product is symmetric, so nothing becomes complex.
    variances, axes = np.linalg.eigh(covariance_x)
    factor = axes * np.sqrt(np.maximum(variances, 0))
    shared = np.linalg.eigvalsh(factor.T @ covariance_y @ factor)
    shared = 2 * np.sqrt(np.maximum(shared, 0)).sum()
    traces = np.trace(covariance_x) + np.trace(covariance_y)
    return float(np.square(mean_x - mean_y).sum() + traces - shared)
