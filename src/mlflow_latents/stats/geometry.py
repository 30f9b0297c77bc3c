"""Where the cloud lies, and how it is stretched."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.stats.blocks import row_blocks


@dataclass(frozen=True)
class Geometry:
    """Place, size and shape of the cloud.

    Parameters
    ----------
    center : numpy.ndarray, shape (d,)
        Mean vector.
    center_distance : float
        Euclidean distance of the centre from the origin.
    center_distance_sd : float
        Mahalanobis distance of the origin, within the subspace of the fit: what lies off the
        subspace is left out.
    radius_mean, radius_sd : float
        Euclidean distances of the vectors from the centre.
    norm_mean, norm_sd : float
        Euclidean distances of the vectors from the origin.
    axis_sd : numpy.ndarray, shape (rank,)
        Standard deviation along each principal axis, decreasing.
    condition_number : float
        Largest over smallest principal variance, within the rank.
    effective_dimension : float
        Participation ratio of the principal variances: ``sum(v)^2 / sum(v^2)``.
    rank : int
        Dimensions of the subspace in which the cloud lies.
    d : int
        Dimensions of the vectors.
    dead_dimensions : int
        Coordinates that are constant.
    correlation_mean_abs, correlation_max_abs : float
        Mean and largest magnitude of the correlation between two coordinates that are not
        constant; NaN with fewer than two of them.
    """

    center: np.ndarray
    center_distance: float
    center_distance_sd: float
    radius_mean: float
    radius_sd: float
    norm_mean: float
    norm_sd: float
    axis_sd: np.ndarray
    condition_number: float
    effective_dimension: float
    rank: int
    d: int
    dead_dimensions: int
    correlation_mean_abs: float
    correlation_max_abs: float


def live_coordinates(fit):
    """Coordinates that vary by more than rounding, ascending.

    Parameters
    ----------
    fit : GaussianFit
        Its axes are zero in the other coordinates.

    Returns
    -------
    numpy.ndarray of int, shape (m,)
    """
    return np.flatnonzero(fit.axes.any(axis=1))


def measure_geometry(fit, z):
    """Measure where the cloud lies and how it is stretched.

    Parameters
    ----------
    fit : GaussianFit
        The fit of z.
    z : numpy.ndarray, shape (n, d)
        Vectors.

    Returns
    -------
    Geometry
    """
    live = live_coordinates(fit)
    share = fit.variances / fit.variances[0]
    correlation = _correlations(fit.covariance[np.ix_(live, live)])
    radius, norm = _lengths(z, fit.mean), _lengths(z, np.zeros(fit.d))
    return Geometry(
        center=fit.mean,
        center_distance=float(np.linalg.norm(fit.mean)),
        center_distance_sd=float(np.sqrt(fit.d2(np.zeros((1, fit.d)))[0])),
        radius_mean=float(radius.mean()),
        radius_sd=float(radius.std(ddof=1)),
        norm_mean=float(norm.mean()),
        norm_sd=float(norm.std(ddof=1)),
        axis_sd=np.sqrt(fit.variances),
        condition_number=float(fit.variances[0] / fit.variances[-1]),
        effective_dimension=float(share.sum() ** 2 / (share**2).sum()),
        rank=fit.rank,
        d=fit.d,
        dead_dimensions=fit.d - len(live),
        correlation_mean_abs=float(correlation.mean()) if len(correlation) else np.nan,
        correlation_max_abs=float(correlation.max()) if len(correlation) else np.nan,
    )


def _correlations(covariance):
    """Magnitudes of the correlations of the coordinates i < j."""
    sd = np.sqrt(np.diag(covariance))
    return np.abs(covariance / np.outer(sd, sd))[np.triu_indices(len(sd), 1)]


def _lengths(z, origin):
    out = np.empty(len(z))
    for rows in row_blocks(*z.shape):
        out[rows] = np.linalg.norm(z[rows] - origin, axis=1)
    return out
