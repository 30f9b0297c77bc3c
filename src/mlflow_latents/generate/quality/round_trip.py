"""Whether decoded vectors come back: images are encoded again."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.generate.quality.jackknife import Estimate, median
from mlflow_latents.stats import level_of

INSIDE = 3.0  # level


@dataclass(frozen=True)
class RoundTrip:
    """Where decoded vectors lie when their images are encoded again.

    Parameters
    ----------
    radius : Estimate
        Median Mahalanobis radius of the re-encoded vectors, in sd.
    level : Estimate
        Median level of the re-encoded vectors.
    moved : Estimate
        Median Mahalanobis distance, in sd, between a vector and its re-encoded one, over
        sqrt(2 rank): 0 where vectors come back, 1 where they are as far as two unrelated draws of
        the fitted normal distribution.
    inside : Estimate
        Share of the re-encoded vectors within level 3.
    """

    radius: Estimate
    level: Estimate
    moved: Estimate
    inside: Estimate


def round_trip(encoder, latent_model, z, images):
    """Encode decoded images again.

    Parameters
    ----------
    encoder : callable
        uint8 images (n, height, width, channels) to vectors (n, d).
    latent_model : LatentModel
        Of the latent vectors: its `fit` measures radius, level and distance.
    z : numpy.ndarray, shape (n, d)
        Vectors drawn by a sampler.
    images : numpy.ndarray of uint8, shape (n, height, width, channels)
        Decoded from them.

    Returns
    -------
    RoundTrip
    """
    fit = latent_model.fit
    white = fit.whiten(encoder(images))
    moved = np.linalg.norm(white - fit.whiten(z), axis=1) / np.sqrt(2 * fit.rank)
    d2 = np.square(white).sum(axis=1)
    levels = level_of(d2, fit.rank)
    return RoundTrip(median(np.sqrt(d2)), median(levels), median(moved), _share(levels <= INSIDE))


def _share(inside):
    # Agresti and Coull (1998): two more of each kind keep the error above 0 at a share of 0 or 1.
    n = len(inside) + 4
    smoothed = (np.sum(inside) + 2) / n
    return Estimate(float(np.mean(inside)), float(np.sqrt(smoothed * (1 - smoothed) / n)))
