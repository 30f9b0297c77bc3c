"""What the maps of an encoder's layer answer to, and what they do for the latent vector."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlflow_latents.data import ImageSet
from mlflow_latents.data.labels import Label
from mlflow_latents.errors import InputError
from mlflow_latents.models.backend import keras
from mlflow_latents.probes.ascent import STARTS, STEPS, Patterns, ascend, pixels_of
from mlflow_latents.probes.map_causes import explained, mean_colours
from mlflow_latents.probes.map_labels import LabelCorrelations, label_correlations
from mlflow_latents.probes.map_layer import map_layer
from mlflow_latents.probes.map_shares import MapShares, map_shares
from mlflow_latents.probes.receptive import receptive_boxes
from mlflow_latents.probes.responses import Responses, respond
from mlflow_latents.stats import GaussianFit

LEAST_IMAGES = 20
SHOWN = 8  # images that excite a map most, and least


@dataclass(frozen=True, eq=False)
class Excited:
    """The images that excite each of m maps most, or least, and where.

    Parameters
    ----------
    images : numpy.ndarray of int, shape (m, 8)
        Their indices in the image set, the most extreme first; fewer columns where fewer images
        were judged.
    boxes : numpy.ndarray of int, shape (m, 8, 4)
        What the strongest (weakest) neuron sees: first row, first column, row and column behind
        the last, in pixels.
    """

    images: np.ndarray
    boxes: np.ndarray


@dataclass(frozen=True, eq=False)
class MapsReport:
    """All that was found of m maps.

    Parameters
    ----------
    layer : str
        Its name.
    responses : Responses
        To the images that were judged.
    patterns : Patterns
        What excites each map most.
    most, least : Excited
        Among the images that were judged.
    shares : MapShares
        In the principal axes of the latent vectors.
    labels : tuple of str
        Names of what is known of the images.
    correlations : LabelCorrelations or None
        With the labels; None where there are none.
    by_colour, by_labels : numpy.ndarray, shape (m,)
        Share of the variance of each map's response that the mean colour of the image predicts,
        and that all labels together predict, linearly, on images that it was not fitted to: see
        `explained`.
    """

    layer: str
    responses: Responses
    patterns: Patterns
    most: Excited
    least: Excited
    shares: MapShares
    labels: tuple[str, ...]
    correlations: LabelCorrelations | None
    by_colour: np.ndarray
    by_labels: np.ndarray

    @property
    def count(self) -> int:
        """Number of maps."""
        return self.responses.means.shape[1]

    @property
    def sd(self) -> np.ndarray:
        """Standard deviation (m,) of each map's response over images."""
        return self.responses.means.std(axis=0)

    @property
    def pattern_sd(self) -> np.ndarray:
        """How far (m,) the pattern's response lies above the mean over images, in their sd."""
        return self._in_sd(self.patterns.responses.max(axis=1))

    @property
    def image_sd(self) -> np.ndarray:
        """How far (m,) that of the most exciting image does."""
        return self._in_sd(self.responses.means.max(axis=0))

    def _in_sd(self, response):
        with np.errstate(invalid="ignore", divide="ignore"):
            above = (response - self.responses.means.mean(axis=0)) / self.sd
        return np.where(self.responses.dead, np.nan, above)


def probe_maps(
    encoder: keras.Model,
    images: ImageSet,
    indices: np.ndarray,
    z: np.ndarray,
    fit: GaussianFit,
    labels: Sequence[Label],
    layer: str | None = None,
    seed: int = 0,
    starts: int = STARTS,
    steps: int = STEPS,
) -> MapsReport:
    """Ask what the maps of a layer answer to.

    Parameters
    ----------
    encoder : keras.Model
    images : ImageSet
    indices : numpy.ndarray of int, shape (n,)
        The images to judge the maps on: held-out ones.
    z : numpy.ndarray, shape (n, d)
        Their latent vectors.
    fit : GaussianFit
        Of the latent vectors of the training images.
    labels : sequence of Label
        Of all images of the set; may be empty.
    layer : str, optional
        Name of the layer, see `map_layer`; the innermost convolution when not given.
    seed : int
    starts, steps : int
        Of gradient ascent: see `ascend`.

    Returns
    -------
    MapsReport

    Raises
    ------
    InputError
        When there is no such layer, fewer than 20 images, or encoder, images, vectors and fit do
        not belong together.
    """
    _check(encoder, images, indices, z, fit, starts, steps)
    found = map_layer(encoder, layer, images.shape)
    responses = respond(found, images.images, indices)
    boxes = receptive_boxes(found, seed).reshape(-1, 4)
    shares = map_shares(found, images.images, indices, z, responses.means, fit)
    values = np.array([label.values[indices] for label in labels]).reshape(-1, len(indices)).T
    correlations = label_correlations(responses.means, values, seed) if len(labels) else None
    colours = mean_colours(images.images, indices)
    patterns = ascend(
        found, _scales(responses), pixels_of(images.images, indices), starts, steps, seed
    )
    return MapsReport(
        found.name,
        responses,
        patterns,
        _excited(-responses.means, responses.strongest, indices, boxes),
        _excited(responses.means, responses.weakest, indices, boxes),
        shares,
        tuple(label.name for label in labels),
        correlations,
        explained(responses.means, colours, seed),
        explained(responses.means, values, seed),
    )


def _check(encoder, images, indices, z, fit, starts, steps):
    taken, d = tuple(encoder.input_shape[1:]), encoder.output_shape[-1]
    if len(taken) != len(images.shape) or any(
        side not in (None, own) for side, own in zip(taken, images.shape, strict=True)
    ):
        raise InputError(
            f"The encoder takes images of shape {taken}, and those of {images.name!r} have "
            f"{images.shape}: give the images that it was trained on, at its resolution."
        )
    if fit.d != d:
        raise InputError(
            f"fit has {fit.d} dimensions and the encoder {d}: fit the vectors of this encoder."
        )
    if len(indices) < LEAST_IMAGES:
        raise InputError(
            f"indices names {len(indices)} images, and maps are judged on {LEAST_IMAGES} at least: "
            "give more held-out images."
        )
    if np.shape(z) != (len(indices), d):
        raise InputError(
            f"z has shape {np.shape(z)}: give one vector of {d} numbers for each of the "
            f"{len(indices)} images of indices."
        )
    if starts < 1 or steps < 1:
        raise InputError(f"starts is {starts} and steps {steps}: give at least 1 of each.")


def _scales(responses):
    """Measure the sd of each map's response; dead maps get the median of the others."""
    sd = responses.means.std(axis=0)
    live = sd[~responses.dead & (sd > 0)]
    middle = np.median(live) if len(live) else 1.0
    return np.where(responses.dead | (sd <= 0), middle, sd)


def _excited(values, neurons, indices, boxes):
    """Find the images with the smallest values of each map, and what its neuron there sees."""
    rows = np.argsort(values, axis=0, kind="stable")[:SHOWN].T
    at = np.take_along_axis(neurons, rows.T, axis=0).T
    return Excited(np.asarray(indices)[rows], boxes[at])
