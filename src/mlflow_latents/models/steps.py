"""The jitted steps of training: one batch to new weights, one batch to its loss."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from mlflow_latents.models.backend import keras
from mlflow_latents.models.fast import fast_call
from mlflow_latents.models.losses import image_losses
from mlflow_latents.models.parts import PART, dense_weights, gradients_in_parts


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


def reconstruct(encoder, decoder, trainable, non_trainable, x, training=False, dense=None):
    """Reconstruct images, and update the weights that are not trained.

    Returns
    -------
    y : array like `x`
    non_trainable : list of arrays
    """
    split = len(encoder.trainable_variables)
    split_others = len(encoder.non_trainable_variables)
    first, second = trainable[:split], trainable[split:]
    z, others = fast_call(encoder, first, non_trainable[:split_others], x, training, dense)
    y, more = fast_call(decoder, second, non_trainable[split_others:], z, training, dense)
    return y, others + more


def training_step(encoder, decoder, optimizer, loss: str):
    """Build the jitted function (state, uint8 batch) -> (state, mean loss).

    The memory of the state given is taken over by the new one. On CPU the batch is computed in
    parts that fit into the cache; batch normalization, whose statistics need the whole batch,
    computes it whole.
    """
    suits_parts = _suits_parts(encoder, decoder)

    def losses(trainable, batch, dense):
        x = as_float(batch)
        y, _ = reconstruct(encoder, decoder, trainable, [], x, training=True, dense=dense)
        return image_losses(loss, x, y)

    def mean_loss(trainable, non_trainable, batch):
        x = as_float(batch)
        y, non_trainable = reconstruct(encoder, decoder, trainable, non_trainable, x, training=True)
        return image_losses(loss, x, y).mean(), non_trainable

    def compute(state, batch):
        if suits_parts and len(batch) > PART:
            dense_layers = dense_weights(encoder, decoder)
            return *gradients_in_parts(losses, dense_layers, state.trainable, batch), []
        (value, non_trainable), gradients = jax.value_and_grad(mean_loss, has_aux=True)(
            state.trainable, state.non_trainable, batch
        )
        return value, gradients, non_trainable

    @partial(jax.jit, donate_argnums=0)
    def step(state, batch):
        value, gradients, non_trainable = compute(state, batch)
        trainable, variables = optimizer.stateless_apply(
            state.optimizer, gradients, state.trainable
        )
        return State(trainable, non_trainable, variables), value

    return step


def _suits_parts(encoder, decoder) -> bool:
    models = encoder, decoder
    has_statistics = any(model.non_trainable_variables for model in models)
    sequential = all(isinstance(model, keras.Sequential) for model in models)
    return jax.default_backend() == "cpu" and sequential and not has_statistics


def validation_step(encoder, decoder, loss: str):
    """Build the jitted function (state, uint8 batch) -> loss of each image."""

    @jax.jit
    def step(state, batch):
        x = as_float(batch)
        y, _ = reconstruct(encoder, decoder, state.trainable, state.non_trainable, x)
        return image_losses(loss, x, y)

    return step
