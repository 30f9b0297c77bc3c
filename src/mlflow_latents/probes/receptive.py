"""The part of an image that a neuron sees."""

import jax
import jax.numpy as jnp
import numpy as np

from mlflow_latents.probes.map_layer import MapLayer

TRIALS = 4  # noise images: where one leaves a path shut, another opens it


def receptive_boxes(layer: MapLayer, seed: int = 0) -> np.ndarray:
    """Find the rectangle of pixels that each neuron of a map sees.

    A pixel is seen where the gradient of any map's neuron is not zero, for noise images; rows are
    found from the neurons of the middle column, columns from those of the middle row.

    Parameters
    ----------
    layer : MapLayer
    seed : int
        Of the noise.

    Returns
    -------
    numpy.ndarray of int, shape (height, width, 4)
        First row, first column, row and column behind the last, in pixels.
    """
    height, width, _ = layer.shape
    shape = layer.below.input_shape[1:]
    noise = np.random.default_rng(seed).random((TRIALS, *shape), dtype=np.float32)
    weights = layer.weights

    @jax.jit
    def seen(row, column):
        def output(x):
            return jnp.abs(layer.call(weights, x)[0][:, row, column]).sum()

        return jnp.any(jax.grad(output)(noise) != 0, axis=(0, 3))

    rows = [_ends(np.asarray(seen(row, width // 2)).any(axis=1)) for row in range(height)]
    columns = [_ends(np.asarray(seen(height // 2, c)).any(axis=0)) for c in range(width)]
    boxes = np.empty((height, width, 4), int)
    boxes[..., ::2] = np.array(rows)[:, None]
    boxes[..., 1::2] = np.array(columns)[None]
    return boxes


def _ends(seen: np.ndarray) -> tuple[int, int]:
    places = np.flatnonzero(seen)
    return (places[0], places[-1] + 1) if len(places) else (0, len(seen))
