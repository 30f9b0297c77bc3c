"""The gradient of a batch in parts that fit into the cache.

What the convolutions need for a whole batch, patches above all, falls out of the cache; so parts
of it take turns, and their gradients are summed. The kernels of dense layers are large, though,
and summing their gradients part by part would cost more than it gains: of these layers the inputs
and the gradients of the outputs are kept instead, and multiplied once for the whole batch.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from mlflow_latents.models.backend import keras
from mlflow_latents.models.convolutions import in_chunks

PART = 8  # images


class DenseWeights(NamedTuple):
    """Where the weights of a dense layer are.

    Parameters
    ----------
    kernel : int
        Position of the kernel among all trainable weights; the bias, if any, is the next.
    bias : bool
        Whether there is a bias.
    units : int
        Number of outputs.
    """

    kernel: int
    bias: bool
    units: int


def dense_weights(*models) -> list[DenseWeights]:
    """Find the dense layers of sequential models, in the order in which they are computed."""
    found, position = [], 0
    for layer in (layer for model in models for layer in model.layers):
        if type(layer) is keras.layers.Dense:
            found.append(DenseWeights(position, layer.use_bias, layer.units))
        position += len(layer.trainable_variables)
    return found


def gradients_in_parts(losses, dense_layers, trainable, batch):
    """Compute the mean loss of a batch and its gradients.

    Parameters
    ----------
    losses : callable (trainable, batch, dense) -> array (n,)
        Loss of each image; `dense` stands in for its dense layers, see `fast_call`.
    dense_layers : list of DenseWeights
        In the order in which `losses` computes them.
    trainable : list of arrays
    batch : tree of arrays (n, ...)

    Returns
    -------
    loss : array ()
    gradients : list of arrays like `trainable`
    """
    apart = {each.kernel + i for each in dense_layers for i in range(1 + each.bias)}
    summed = [i for i in range(len(trainable)) if i not in apart]

    def part_loss(weights, taps, batch, shares):
        merged = dict(enumerate(trainable)) | dict(zip(summed, weights, strict=True))
        dense = _Tapped(taps)
        loss = losses([merged[i] for i in range(len(trainable))], batch, dense) @ shares
        return loss, dense.inputs

    def add(total, part):
        taps = [jnp.zeros((PART, each.units)) for each in dense_layers]
        (loss, inputs), (of_weights, of_outputs) = jax.value_and_grad(
            part_loss, argnums=(0, 1), has_aux=True
        )([trainable[i] for i in summed], taps, *part)
        return jax.tree.map(jnp.add, total, (loss, of_weights)), (inputs, of_outputs)

    # The last part is filled up with images that count nothing.
    n = len(jax.tree.leaves(batch)[0])
    shares = jnp.full(n, 1 / n, jnp.float32)
    zero = jnp.float32(0), [jnp.zeros_like(trainable[i]) for i in summed]
    parts = jax.tree.map(lambda each: in_chunks(each, PART), (batch, shares))
    (loss, of_weights), kept = jax.lax.scan(add, zero, parts)
    gradients = dict(zip(summed, of_weights, strict=True))
    for each, inputs, of_outputs in zip(dense_layers, *kept, strict=True):
        inputs, of_outputs = (a.reshape(-1, a.shape[-1]) for a in (inputs, of_outputs))
        gradients[each.kernel] = inputs.T @ of_outputs
        if each.bias:
            gradients[each.kernel + 1] = of_outputs.sum(axis=0)
    return loss, [gradients[i] for i in range(len(trainable))]


class _Tapped:
    """Computes dense layers, keeps their inputs, and adds zeros whose gradient is the output's."""

    def __init__(self, taps):
        self.taps, self.inputs = iter(taps), []

    def __call__(self, layer, weights, x):
        self.inputs.append(x)
        kernel, *bias = weights
        y = x @ kernel + next(self.taps)
        return layer.activation(y + bias[0] if bias else y)
