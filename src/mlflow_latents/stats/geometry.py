"""Where the cloud lies, and how it is stretched."""

from dataclasses import dataclass

import numpy as np


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
        Mahalanobis distance of the origin, within the subspace of the fit.
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
