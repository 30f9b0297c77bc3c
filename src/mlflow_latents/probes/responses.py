"""How the maps of an encoder's layer respond to images."""

from collections.abc import Iterator
from dataclasses import dataclass

import jax
import numpy as np
from tqdm import tqdm

from mlflow_latents.models.batches import all_batches, padded, prefetched
from mlflow_latents.models.steps import as_float
from mlflow_latents.probes.map_layer import MapLayer

BATCH = 64
ROUNDING = 1e-6  # of the largest output: neurons that vary by less do not vary


@dataclass(frozen=True, eq=False)
class Responses:
    """Responses of m maps to n images; a response is the mean over the map's neurons.

    Parameters
    ----------
    means : numpy.ndarray of float64, shape (n, m)
        After the activation function.
    strongest, weakest : numpy.ndarray of int32, shape (n, m)
        The neuron with the largest and the smallest output, row by row.
    active : numpy.ndarray, shape (m,)
        Share of all neurons and images with an output above 0.
    dead : numpy.ndarray of bool, shape (m,)
        Maps none of whose neurons varies between the images by more than rounding.
    selectivity : numpy.ndarray, shape (m,)
        From 0, where a map responds to all images alike, to 1, where it responds to one alone: the
        sparseness over images of Vinje and Gallant (2000), Science 287, 1273-1276,
        (1 - mean(r)² / mean(r²)) / (1 - 1/n), r being the mean over the neurons of what is above
        0. NaN where nothing is.
    """

    means: np.ndarray
    strongest: np.ndarray
    weakest: np.ndarray
    active: np.ndarray
    dead: np.ndarray
    selectivity: np.ndarray


def respond(layer: MapLayer, images: np.ndarray, indices: np.ndarray) -> Responses:
    """Measure how maps respond to images.

    Parameters
    ----------
    layer : MapLayer
    images : numpy.ndarray of uint8, shape (N, height, width, channels)
        May be a memory map.
    indices : numpy.ndarray of int, shape (n,)
        Which images.

    Returns
    -------
    Responses
    """
    height, width, maps = layer.shape
    n = len(indices)
    means, positive = np.empty((n, maps)), np.empty((n, maps))
    strongest, weakest = np.empty((n, maps), np.int32), np.empty((n, maps), np.int32)
    active = np.zeros(maps)
    least = np.full((height * width, maps), np.inf)
    most = -least
    for rows, outputs in outputs_of(layer, images, indices):
        outputs = outputs.reshape(len(outputs), -1, maps)
        means[rows] = outputs.mean(axis=1, dtype=np.float64)
        positive[rows] = np.maximum(outputs, 0).mean(axis=1, dtype=np.float64)
        strongest[rows], weakest[rows] = outputs.argmax(axis=1), outputs.argmin(axis=1)
        active += (outputs > 0).sum(axis=(0, 1))
        least, most = np.minimum(least, outputs.min(axis=0)), np.maximum(most, outputs.max(axis=0))
    scale = max(np.abs(least).max(), np.abs(most).max())
    dead = (most - least).max(axis=0) <= ROUNDING * scale
    active /= n * height * width
    return Responses(means, strongest, weakest, active, dead, sparseness(positive))


def sparseness(responses: np.ndarray) -> np.ndarray:
    """Sparseness (m,) of responses (n, m) that are not negative; NaN where all are 0."""
    n = len(responses)
    squares = np.square(responses).mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (1 - responses.mean(axis=0) ** 2 / squares) / (1 - 1 / n)


def outputs_of(
    layer: MapLayer, images: np.ndarray, indices: np.ndarray
) -> Iterator[tuple[slice, np.ndarray]]:
    """Compute the maps of images batch by batch.

    Parameters
    ----------
    layer : MapLayer
    images : numpy.ndarray of uint8, shape (N, height, width, channels)
    indices : numpy.ndarray of int, shape (n,)

    Yields
    ------
    rows : slice
        Of `indices`.
    outputs : numpy.ndarray of float32, shape (batch, height, width, maps)
        After the activation function.
    """
    weights = layer.weights
    call = jax.jit(lambda weights, batch: layer.call(weights, as_float(batch))[1])
    done = 0
    with tqdm(total=len(indices), desc="maps", unit=" images", leave=False, disable=None) as bar:
        for batch in prefetched(images, all_batches(indices, BATCH)):
            rows = slice(done, done + len(batch))
            yield rows, np.asarray(call(weights, padded(batch, BATCH)))[: len(batch)]
            done = rows.stop
            bar.update(len(batch))
