"""On how many leading principal axes the joint law holds."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack, solve_triangular

from mlflow_latents.stats.blocks import row_blocks
from mlflow_latents.stats.distance import ks_distance
from mlflow_latents.stats.gaussian import covariance_of, mean_of
from mlflow_latents.stats.laws import D2Law

KS_AXES = (1, 2, 3, 5, 10, 15, 20, 30, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750, 1000)


@dataclass(frozen=True)
class LeadingCurve:
    """The radial law on the k leading principal axes, for every k.

    Parameters
    ----------
    variance_ratio : numpy.ndarray, shape (K,)
        Variance of d2 on the k leading axes over that of the law, for k = 1 ... K.
    ks_k : numpy.ndarray of int, shape (g,)
        Some k, from 1 to K.
    ks : numpy.ndarray, shape (g,)
        Kolmogorov-Smirnov distance between d2 on the leading axes and its law, at each `ks_k`.
    normal_axes : int
        Largest k such that each of the subspaces 1 ... k has a variance ratio within the tolerance;
        below about 3,000 vectors chance alone may end it earlier.
    """

    variance_ratio: np.ndarray
    ks_k: np.ndarray
    ks: np.ndarray
    normal_axes: int


def leading_curve(fit, z, variance_ratio_tolerance=0.25, refit=True):
    """Judge the radial law on the k leading principal axes of a fit, for every k.

    Mean and k x k covariance are those of the projections of z themselves, so that the in-sample
    law with the n of z is exact for vectors that the fit has not seen, too.

    Parameters
    ----------
    fit : GaussianFit
        Gives the principal axes.
    z : numpy.ndarray, shape (n, d)
        Vectors judged.
    variance_ratio_tolerance : float
        A subspace looks normal when its variance ratio is within 1 +- this.
    refit : bool
        False when z are the vectors of the fit, whose own whitening then serves.

    Returns
    -------
    LeadingCurve
        For k up to the smaller of the rank and n - 2, or up to the first axis along which z is a
        linear function of those before it.
    """
    n = len(z)
    if refit:
        mean = mean_of(z)
        whitening = nested_whitening(fit.axes[:, : max(n - 2, 0)], covariance_of(z, mean))
    else:
        mean, whitening = fit.mean, fit.whitening
    size = whitening.shape[1]
    ks_k = np.array(sorted({*(k for k in KS_AXES if k < size), *([size] if size else [])}), int)
    laws = [D2Law("in_sample", n, k) for k in range(1, size + 1)]
    expected = np.array([law.mean for law in laws])
    some = np.empty((len(ks_k), n))
    total, square = np.zeros(size), np.zeros(size)
    for rows in row_blocks(*z.shape):
        d2 = np.cumsum(((z[rows] - mean) @ whitening) ** 2, axis=1)
        some[:, rows] = d2[:, ks_k - 1].T
        d2 -= expected  # the sums below would cancel otherwise
        total += d2.sum(axis=0)
        square += np.einsum("ij,ij->j", d2, d2)
    ratio = (square - total**2 / n) / (n - 1) / np.array([law.variance for law in laws])
    ks = [
        float(ks_distance(laws[k - 1].cdf(np.sort(d2)))) for k, d2 in zip(ks_k, some, strict=True)
    ]
    within = np.abs(ratio - 1) <= variance_ratio_tolerance
    return LeadingCurve(ratio, ks_k, np.array(ks), int(np.logical_and.accumulate(within).sum()))


def nested_whitening(axes, covariance):
    """Columns whose first k whiten the projections on the first k axes, for every k.

    They come from the Cholesky factor of the covariance of the projections. Columns end where an
    axis adds nothing to those before it.
    """
    if not axes.shape[1]:
        return axes
    projected = axes.T @ covariance @ axes
    factor, failed_at = lapack.dpotrf(projected, lower=True)
    good = failed_at - 1 if failed_at else len(factor)
    variance = np.diag(projected)
    own_share = np.diag(factor)[:good] ** 2 / variance[:good]
    resolved = variance[:good] > 10 * np.finfo(np.float64).eps * variance.max()
    good = int(np.logical_and.accumulate(resolved & (own_share > 1e-12)).sum())
    return solve_triangular(factor[:good, :good], axes[:, :good].T, lower=True).T
