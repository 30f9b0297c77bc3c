"""How fast decoded pixels, and what a judge says of them, change with the latent vector."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.stats import GaussianFit

CHUNK = 16  # derivatives computed at once, so that they stay in the cache


class Slopes(NamedTuple):
    """Changes per sd at p points along m directions.

    Parameters
    ----------
    squares : numpy.ndarray, shape (p, m, 2)
        Mean squared change of a pixel value (0 to 1) inside and outside the face.
    targets : numpy.ndarray, shape (p, m, t)
        Change of each logit of the judge.
    maps : numpy.ndarray, shape (p, height, width)
        Weighted mean over the directions of the squared change of each pixel.
    """

    squares: np.ndarray
    targets: np.ndarray
    maps: np.ndarray


class WhiteDecoder:
    """A decoder, and a judge behind it, as functions of whitened coordinates.

    Parameters
    ----------
    decoder : keras.Model
        Latent vectors (n, d) to images (n, height, width, channels) from 0 to 1.
    fit : GaussianFit
        Of latent vectors.
    judge : keras.Model, optional
        Such images to logits (n, t).

    Raises
    ------
    InputError
        When one does not suit the other.
    """

    def __init__(self, decoder, fit: GaussianFit, judge=None):
        if decoder.input_shape[1:] != (fit.d,) or len(decoder.output_shape) != 4:
            raise InputError(
                f"The decoder turns {decoder.input_shape} into {decoder.output_shape}, but must "
                f"turn (None, {fit.d}) into images: give the decoder whose vectors were fitted."
            )
        if judge is not None and judge.input_shape[1:] != decoder.output_shape[1:]:
            raise InputError(
                f"The judge takes images {judge.input_shape[1:]}, but the decoder gives "
                f"{decoder.output_shape[1:]}: give a judge of the decoded images."
            )
        self.shape, self.rank = decoder.output_shape[1:], fit.rank
        self.count = 0 if judge is None else judge.output_shape[-1]
        self._networks = [decoder] if judge is None else [decoder, judge]
        self._weights = [_weights(network) for network in self._networks]
        self._line = (
            jnp.asarray(fit.mean, jnp.float32),
            jnp.asarray((fit.axes * np.sqrt(fit.variances)).T, jnp.float32),
        )
        self._compute, self._slopes = jax.jit(self._all_values), jax.jit(self._all_slopes)

    def __call__(self, white: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Decode whitened coordinates (n, k) to images (n, h, w, c) and logits (n, t)."""
        values = self._compute(self._weights, self._line, jnp.asarray(white, jnp.float32))
        images, logits = (np.asarray(value, np.float64) for value in values)
        return images, logits[:, : self.count]

    def slopes(
        self, white: np.ndarray, directions: np.ndarray, weights: np.ndarray, region: np.ndarray
    ) -> Slopes:
        """Differentiate at points along directions.

        Parameters
        ----------
        white : numpy.ndarray, shape (p, k)
            Points in whitened coordinates.
        directions : numpy.ndarray, shape (p, m, k)
            Unit vectors: a step of length 1 is 1 sd.
        weights : numpy.ndarray, shape (m,)
            Of the directions in the maps.
        region : numpy.ndarray of bool, shape (height, width)
            The face.

        Returns
        -------
        Slopes
        """
        inside = region.ravel() / region.sum()
        outside = ~region.ravel() / (~region).sum()
        arrays = white, directions, weights, np.stack([inside, outside], axis=1)
        found = self._slopes(
            self._weights, self._line, *(jnp.asarray(each, jnp.float32) for each in arrays)
        )
        squares, targets, maps = (np.asarray(each, np.float64) for each in found)
        return Slopes(squares, targets[:, :, : self.count], maps)

    def _values(self, weights, line, white):
        mean, axes = line
        # Keras's own arithmetic: the custom gradients of `fast_call` know no forward derivative.
        values = []
        x = (white @ axes + mean)[None]
        for network, (trainable, others) in zip(self._networks, weights, strict=True):
            x, _ = network.stateless_call(trainable, others, x, training=False)
            values.append(x[0])
        # One number without a judge: jax.lax.map fails where there is none.
        return values[0], values[1] if self.count else jnp.zeros(1)

    def _all_values(self, weights, line, white):
        return jax.lax.map(lambda each: self._values(weights, line, each), white, batch_size=CHUNK)

    def _all_slopes(self, weights, line, white, directions, shares, regions):
        def at_point(arguments):
            point, along = arguments
            _, change = jax.linearize(lambda white: self._values(weights, line, white), point)

            def per_direction(direction):
                pixels, targets = change(direction)
                return jnp.square(pixels).mean(axis=-1), targets

            squares, targets = jax.lax.map(per_direction, along, batch_size=CHUNK)
            flat = squares.reshape(len(squares), -1)
            return flat @ regions, targets, jnp.tensordot(shares, squares, axes=1)

        together = max(1, CHUNK // directions.shape[1])
        return jax.lax.map(at_point, (white, directions), batch_size=together)


def _weights(network):
    return tuple(
        [variable.value for variable in variables]
        for variables in (network.trainable_variables, network.non_trainable_variables)
    )
