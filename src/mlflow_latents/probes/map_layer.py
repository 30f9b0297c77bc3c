"""A layer of an encoder, and the networks before and behind it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.models.backend import keras
from mlflow_latents.models.fast import fast_call

NORMALIZATIONS = (
    keras.layers.BatchNormalization,
    keras.layers.LayerNormalization,
    keras.layers.GroupNormalization,
)
ACTIVATIONS = (
    keras.layers.Activation,
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ELU,
)
LINEAR = (
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.Dropout,
    keras.layers.AveragePooling2D,
    keras.layers.GlobalAveragePooling2D,
)


@dataclass(frozen=True, eq=False)
class MapLayer:
    """The maps of a layer, before and after their activation function.

    Of a convolution in a sequential encoder, the normalization and the activation layer that
    follow count as its own, and so does an activation function within it. Of a dense layer each
    unit is a map of one neuron.

    Parameters
    ----------
    name : str
        Of the layer.
    below : keras.Model
        Images (n, height, width, channels) from 0 to 1 to maps before the activation.
    activation : keras.Model
        From there to the maps.
    linear : keras.Model or None
        From the maps to latent vectors, where all layers between are linear.
    """

    name: str
    below: keras.Model
    activation: keras.Model
    linear: keras.Model | None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height and width of a map in neurons, and the number of maps."""
        return _as_maps(self.activation.output_shape[1:])

    @property
    def weights(self) -> Any:
        """Give what `call` computes with, as a tree of arrays."""
        return tuple(
            (
                [variable.value for variable in model.trainable_variables],
                [variable.value for variable in model.non_trainable_variables],
            )
            for model in (self.below, self.activation)
        )

    def call(self, weights: Any, x) -> tuple:
        """Compute maps before and after the activation, each (n, height, width, maps)."""
        before, _ = fast_call(self.below, *weights[0], x)
        after, _ = fast_call(self.activation, *weights[1], before)
        shape = len(x), *self.shape
        return before.reshape(shape), after.reshape(shape)

    def matrix(self) -> np.ndarray:
        """Give the linear map from neurons, in their order in the layer, to latent vectors.

        Returns
        -------
        numpy.ndarray of float64, shape (height * width * maps, d)
        """
        neurons = int(np.prod(self.shape))
        one_each = np.eye(neurons, dtype=np.float32).reshape(
            neurons, *self.activation.output_shape[1:]
        )
        none = self.linear.predict(0 * one_each[:1], verbose=0)
        return (self.linear.predict(one_each, verbose=0) - none).astype(np.float64)


def map_layer(encoder: keras.Model, name: str | None = None) -> MapLayer:
    """Find a layer of an encoder by name.

    Parameters
    ----------
    encoder : keras.Model
        Images (n, height, width, channels) from 0 to 1 to latent vectors (n, d).
    name : str, optional
        Of the layer; the innermost convolution when not given.

    Returns
    -------
    MapLayer

    Raises
    ------
    InputError
        When there is no such layer, or no convolution.
    """
    known = {layer.name: layer for layer in encoder.layers if _has_maps(layer)}
    if name is None:
        convolutions = [n for n, layer in known.items() if isinstance(layer, keras.layers.Conv2D)]
        if not convolutions:
            raise InputError(
                f"The encoder has no convolution: choose its layer by name, from {_names(known)}."
            )
        name = convolutions[-1]
    if name not in known:
        raise InputError(f"The encoder has no layer {name!r} of maps: choose from {_names(known)}.")
    if isinstance(encoder, keras.Sequential):
        return _of_sequential(encoder, name)
    below = keras.Model(encoder.inputs[0], known[name].output)
    return MapLayer(name, below, _sequential(below.output_shape, []), None)


def _names(known) -> str:
    return ", ".join(known)


def _has_maps(layer) -> bool:
    shape = getattr(getattr(layer, "output", None), "shape", ())
    is_input = isinstance(layer, keras.layers.InputLayer)
    return len(shape) in (2, 4) and None not in shape[1:] and not is_input


def _as_maps(shape) -> tuple[int, int, int]:
    return (1, 1, shape[0]) if len(shape) == 1 else tuple(shape)


def _of_sequential(encoder, name) -> MapLayer:
    layers = encoder.layers
    end = [layer.name for layer in layers].index(name) + 1
    below, activation = layers[:end], []
    if isinstance(layers[end - 1], keras.layers.Conv2D):
        last, own = _without_activation(layers[end - 1])
        below, activation = [*layers[: end - 1], last], own
        if not own and end < len(layers) and isinstance(layers[end], NORMALIZATIONS):
            below.append(layers[end])
            end += 1
        if not own and end < len(layers) and isinstance(layers[end], ACTIVATIONS):
            activation = [layers[end]]
            end += 1
    first = _sequential(encoder.input_shape, below)
    second = _sequential(first.output_shape, activation)
    return MapLayer(name, first, second, _linear(second.output_shape, layers[end:]))


def _without_activation(layer):
    """Give the convolution without its activation function, and that as a layer if there is one."""
    if layer.activation is keras.activations.linear:
        return layer, []
    bare = type(layer).from_config({**layer.get_config(), "activation": "linear"})
    bare.build(layer.input.shape)
    bare.set_weights(layer.get_weights())
    return bare, [keras.layers.Activation(layer.activation)]


def _linear(shape, layers):
    linear = all(
        isinstance(layer, LINEAR)
        or (isinstance(layer, keras.layers.Dense) and layer.activation is keras.activations.linear)
        for layer in layers
    )
    return _sequential(shape, layers) if layers and linear else None


def _sequential(shape, layers):
    nothing = [keras.layers.Activation("linear")]
    return keras.Sequential([keras.Input(shape[1:]), *(layers or nothing)])
