"""The jitted steps of training: one batch to new weights, one batch to its loss."""

from functools import partial
from math import prod
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from mlflow_latents.models.backend import keras
from mlflow_latents.models.config import TrainingConfig
from mlflow_latents.models.fast import fast_call
from mlflow_latents.models.losses import image_losses
from mlflow_latents.models.objectives import CODES, kernels_of
from mlflow_latents.models.parts import PART, dense_weights, gradients_in_parts

VALIDATION = np.uint32(2**31)  # the steps of validation, apart from those of training


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


class Networks:
    """Encoder and decoder of a training, and what it minimizes.

    Parameters
    ----------
    encoder, decoder : keras.Model
        The encoder of a variational autoencoder gives means and log variances.
    model : {"cae", "vae", "rae"}
    training : TrainingConfig
    """

    def __init__(self, encoder, decoder, model: str, training: TrainingConfig):
        self.encoder, self.decoder = encoder, decoder
        self.model, self.training = model, training
        self.values = prod(decoder.output_shape[1:])

    def losses(self, trainable, non_trainable, batch, noise, training=False, dense=None):
        """Loss (n,) of each image of a uint8 batch, and the weights that are not trained."""
        split = len(self.encoder.trainable_variables)
        others = len(self.encoder.non_trainable_variables)
        x = as_float(batch)
        encoded, first = fast_call(
            self.encoder, trainable[:split], non_trainable[:others], x, training, dense
        )
        z, cost = CODES[self.model](encoded, noise)
        y, second = fast_call(
            self.decoder, trainable[split:], non_trainable[others:], z, training, dense
        )
        weighed = self.training.beta / self.values * cost
        return image_losses(self.training.loss, x, y) + weighed, first + second

    def noise(self, seed, step, n):
        """Draw standard normal noise (n, d), by seed and step; None where the model needs none."""
        if self.model != "vae":
            return None
        key = jax.random.fold_in(jax.random.key(seed), step)
        return jax.random.normal(key, (n, *self.decoder.input_shape[1:]))

    def decay(self, trainable):
        """Give the loss of the decoder's kernels, which is a regularised autoencoder's."""
        start = len(self.encoder.trainable_variables)
        squares = [jnp.square(trainable[start + i]).sum() for i in kernels_of(self.decoder)]
        return self.training.decoder_decay / self.values * sum(squares)


def training_step(networks: Networks, optimizer):
    """Build the jitted function (state, uint8 batch) -> (state, mean loss).

    The memory of the state given is taken over by the new one. On CPU the batch is computed in
    parts that fit into the cache; batch normalization, whose statistics need the whole batch,
    computes it whole.
    """
    suits_parts = _suits_parts(networks.encoder, networks.decoder)

    def losses(trainable, batch, dense):
        return networks.losses(trainable, [], *batch, training=True, dense=dense)[0]

    def mean_loss(trainable, non_trainable, batch):
        values, non_trainable = networks.losses(trainable, non_trainable, *batch, training=True)
        return values.mean(), non_trainable

    def compute(state, batch):
        if suits_parts and len(batch[0]) > PART:
            dense_layers = dense_weights(networks.encoder, networks.decoder)
            return *gradients_in_parts(losses, dense_layers, state.trainable, batch), []
        (value, non_trainable), gradients = jax.value_and_grad(mean_loss, has_aux=True)(
            state.trainable, state.non_trainable, batch
        )
        return value, gradients, non_trainable

    @partial(jax.jit, donate_argnums=0)
    def step(state, batch):
        # The optimizer counts the steps, so that a training that is continued draws as before.
        noise = networks.noise(networks.training.seed, state.optimizer[0], len(batch))
        value, gradients, non_trainable = compute(state, (batch, noise))
        if networks.model == "rae":
            decay, more = jax.value_and_grad(networks.decay)(state.trainable)
            value, gradients = value + decay, jax.tree.map(jnp.add, gradients, more)
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


def validation_step(networks: Networks):
    """Build the jitted function (state, uint8 batch, number of the batch) -> loss of each image.

    A variational autoencoder draws for each batch the same in every epoch. What the weights cost is
    left out.
    """
    seed = networks.training.seed

    @jax.jit
    def step(state, batch, number):
        noise = networks.noise(seed, VALIDATION + number.astype(jnp.uint32), len(batch))
        return networks.losses(state.trainable, state.non_trainable, batch, noise)[0]

    return step
