"""A layer of an encoder, and the networks before and behind it."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.models.backend import keras
from mlflow_latents.models.fast import fast_call
from mlflow_latents.probes.layer_graph import calls_of, follower, in_a_row

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

    Of a convolution, the normalization and the activation layer that follow, and nothing else
    does, count as its own, and so does an activation function within it. Of a dense layer each
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
        From the maps to latent vectors, where all layers of the encoder stand in a row and those
        between are linear.
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
        return _weights(self.below), _weights(self.activation)

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
        weights = _weights(self.linear)

        def latent(maps):
            return self.linear.stateless_call(*weights, maps[None], training=False)[0][0]

        # The slope of a linear network is the same everywhere: no neuron needs to be tried alone.
        slope = jax.jacrev(latent)(jnp.zeros(self.linear.input_shape[1:]))
        return np.asarray(slope, np.float64).reshape(len(slope), -1).T


def map_layer(
    encoder: keras.Model,
    name: str | None = None,
    image_shape: tuple[int, int, int] | None = None,
) -> MapLayer:
    """Find a layer of an encoder by name.

    Parameters
    ----------
    encoder : keras.Model
        Images (n, height, width, channels) from 0 to 1 to latent vectors (n, d); sequential or
        functional.
    name : str, optional
        Of the layer, ``backbone/conv`` of one within a nested model; the innermost convolution
        when not given.
    image_shape : tuple of int, optional
        Height, width and channels of the images; needed where the encoder leaves its sides open.

    Returns
    -------
    MapLayer

    Raises
    ------
    InputError
        When there is no such layer, or no convolution.
    """
    images = keras.Input(image_shape or encoder.input_shape[1:])
    calls = calls_of(encoder, images)
    place = _place(calls, name)
    layers, before, activation, end = _own(calls, place)
    linear = None
    if in_a_row(calls, images):
        below = _sequential(images.shape, [*(each.layer for each in calls[:place]), *layers])
        linear = _linear(calls[end].output.shape, [each.layer for each in calls[end + 1 :]])
    else:
        below = keras.Model(images, before)
    return MapLayer(calls[place].name, below, _sequential(before.shape, activation), linear)


def check_layer(
    encoder: keras.Model,
    name: str | None = None,
    image_shape: tuple[int, int, int] | None = None,
) -> None:
    """Refuse what `map_layer` refuses, before anything costly.

    Raises
    ------
    InputError
        When there is no such layer, or no convolution.
    """
    _place(calls_of(encoder, keras.Input(image_shape or encoder.input_shape[1:])), name)


def _place(calls, name) -> int:
    """Give the place of the layer that is asked for."""
    known = {call.name: i for i, call in enumerate(calls) if _has_maps(call)}
    if name is None:
        convolutions = [i for i in known.values() if _is_convolution(calls[i])]
        if not convolutions:
            closed = [call.name for call in calls if isinstance(call.layer, keras.Model)]
            outside = f" outside of {closed[0]!r}" if closed else ""
            raise InputError(
                f"The encoder has no convolution{outside}: choose its layer by name, from "
                f"{_names(known)}."
            )
        return convolutions[-1]
    if name not in known:
        raise InputError(f"The encoder has no layer {name!r} of maps: choose from {_names(known)}.")
    return known[name]


def _own(calls, place):
    """Give the layers up to the maps before their activation, and these; it, and its place."""
    call = calls[place]
    if not _is_convolution(call):
        return [call.layer], call.output, [], place
    last, activation = _without_activation(call)
    if activation:
        return [last], last(call.inputs[0]), activation, place
    layers, end = [last], place
    normalization = follower(calls, end, NORMALIZATIONS)
    if normalization is not None:
        layers.append(calls[normalization].layer)
        end = normalization
    before, activated = calls[end].output, follower(calls, end, ACTIVATIONS)
    if activated is None:
        return layers, before, [], end
    return layers, before, [calls[activated].layer], activated


def _names(known) -> str:
    return ", ".join(known)


def _is_convolution(call) -> bool:
    return isinstance(call.layer, keras.layers.Conv2D)


def _has_maps(call) -> bool:
    shape = getattr(call.output, "shape", ())
    return len(shape) in (2, 4) and None not in shape[1:]


def _as_maps(shape) -> tuple[int, int, int]:
    return (1, 1, shape[0]) if len(shape) == 1 else tuple(shape)


def _without_activation(call):
    """Give the convolution without its activation function, and that as a layer if there is one."""
    layer = call.layer
    if layer.activation is keras.activations.linear:
        return layer, []
    bare = type(layer).from_config({**layer.get_config(), "activation": "linear"})
    bare.build(call.inputs[0].shape)
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


def _weights(model) -> tuple[list, list]:
    return (
        [variable.value for variable in model.trainable_variables],
        [variable.value for variable in model.non_trainable_variables],
    )
