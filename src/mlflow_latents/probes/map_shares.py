"""What each map does for the principal axes of the latent vector."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mlflow_latents.probes.correlations import correlations
from mlflow_latents.probes.map_layer import MapLayer
from mlflow_latents.probes.responses import outputs_of
from mlflow_latents.stats import GaussianFit


@dataclass(frozen=True, eq=False)
class MapShares:
    """What each of m maps has to do with each of k principal axes.

    Parameters
    ----------
    kind : {"share", "correlation"}
        "share" where all layers behind the maps are linear, so that the coordinate along an axis
        is a sum over the maps: the covariance of a map's summand with the sum, over the variance
        of the sum. The shares of an axis sum to 1; a map that works against the others has a
        negative one. Else the correlation of the map's response, the mean over its neurons, with
        the coordinate.
    values : numpy.ndarray of float64, shape (m, k)
        NaN along axes in which the images do not vary, and correlations of maps that do not.
    """

    kind: Literal["share", "correlation"]
    values: np.ndarray


def map_shares(
    layer: MapLayer,
    images: np.ndarray,
    indices: np.ndarray,
    z: np.ndarray,
    means: np.ndarray,
    fit: GaussianFit,
) -> MapShares:
    """Measure what each map does for each principal axis.

    Parameters
    ----------
    layer : MapLayer
    images : numpy.ndarray of uint8, shape (N, height, width, channels)
    indices : numpy.ndarray of int, shape (n,)
        Which images.
    z : numpy.ndarray, shape (n, d)
        Their latent vectors.
    means : numpy.ndarray, shape (n, m)
        Responses of the maps to them.
    fit : GaussianFit
        Whose principal axes are meant.

    Returns
    -------
    MapShares
    """
    along = fit.principal(z)
    along -= along.mean(axis=0)
    if layer.linear is None:
        return MapShares("correlation", correlations(means, along))
    covariances = sum(
        outputs.reshape(len(outputs), -1).astype(np.float64).T @ along[rows]
        for rows, outputs in outputs_of(layer, images, indices)
    )
    summands = (layer.matrix() @ fit.axes) * covariances
    by_map = summands.reshape(-1, layer.shape[2], fit.rank).sum(axis=0)
    squares = np.square(along).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return MapShares("share", by_map / squares)
