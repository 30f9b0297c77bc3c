"""The jitted steps of training: one batch to new weights, one batch to its loss."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from mlflow_latents.models.convolutions import CHUNK, in_chunks
from mlflow_latents.models.fast import fast_call
from mlflow_latents.models.losses import image_losses


class State(NamedTuple):
    """All that training changes; three lists of arrays.

    The weights are those of the encoder, then those of the decoder.
    """

    trainable: list
    non_trainable: list
    optimizer: list


def as_float(batch):
    """Pixel values from 0 to 1 of a uint8 batch."""
    return batch.astype(jnp.float32) / 255


def reconstruct(encoder, decoder, trainable, non_trainable, x, training=False):
    """Reconstruct images, and update the weights that are not trained.

    Returns
    -------
    y : array like `x`
    non_trainable : list of arrays
    """
    split = len(encoder.trainable_variables)
    split_others = len(encoder.non_trainable_variables)
    z, others = fast_call(encoder, trainable[:split], non_trainable[:split_others], x, training)
    y, more = fast_call(decoder, trainable[split:], non_trainable[split_others:], z, training)
    return y, others + more


def training_step(encoder, decoder, optimizer, loss: str):
    """Build the jitted function (state, uint8 batch) -> (state, mean loss).

    The memory of the state given is taken over by the new one. On CPU the batch is computed in
    parts that fit into the cache, and their gradients are summed; batch normalization, whose
    statistics need the whole batch, computes it whole.
    """
    part = _part_size(encoder, decoder)

    def mean_loss(trainable, non_trainable, batch):
        x = as_float(batch)
        y, non_trainable = reconstruct(encoder, decoder, trainable, non_trainable, x, training=True)
        return image_losses(loss, x, y).mean(), non_trainable

    def gradients_of_whole(state, batch):
        (value, non_trainable), gradients = jax.value_and_grad(mean_loss, has_aux=True)(
            state.trainable, state.non_trainable, batch
        )
        return value, gradients, non_trainable

    def gradients_of_parts(state, batch):
        def weighted_loss(trainable, batch, weights):
            x = as_float(batch)
            y, _ = reconstruct(encoder, decoder, trainable, [], x, training=True)
            return image_losses(loss, x, y) @ weights

        def add(total, images_and_weights):
            summand = jax.value_and_grad(weighted_loss)(state.trainable, *images_and_weights)
            return jax.tree.map(jnp.add, total, summand), None

        weights = jnp.full(len(batch), 1 / len(batch), jnp.float32)
        parts = in_chunks(batch, part), in_chunks(weights, part)
        zero = jax.tree.map(jnp.zeros_like, (jnp.float32(0), state.trainable))
        (value, gradients), _ = jax.lax.scan(add, zero, parts)
        return value, gradients, []

    @partial(jax.jit, donate_argnums=0)
    def step(state, batch):
        in_parts = part is not None and part < len(batch)
        compute = gradients_of_parts if in_parts else gradients_of_whole
        value, gradients, non_trainable = compute(state, batch)
        trainable, variables = optimizer.stateless_apply(
            state.optimizer, gradients, state.trainable
        )
        return State(trainable, non_trainable, variables), value

    return step


def _part_size(encoder, decoder) -> int | None:
    """Images per part of a batch; None when it is computed whole."""
    has_statistics = encoder.non_trainable_variables or decoder.non_trainable_variables
    if jax.default_backend() != "cpu" or has_statistics:
        return None
    return CHUNK


def validation_step(encoder, decoder, loss: str):
    """Build the jitted function (state, uint8 batch) -> loss of each image."""

    @jax.jit
    def step(state, batch):
        x = as_float(batch)
        y, _ = reconstruct(encoder, decoder, state.trainable, state.non_trainable, x)
        return image_losses(loss, x, y)

    return step
