import tracemalloc

import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.models.backend import keras
from mlflow_latents.probes.map_layer import check_layer, map_layer
from mlflow_latents.probes.receptive import receptive_boxes

SHAPE = (12, 8, 3)


def images(n=5, seed=0):
    return np.random.default_rng(seed).random((n, *SHAPE)).astype(np.float32)


def sequential(*layers, seed=0):
    model = keras.Sequential([keras.Input(SHAPE), *layers])
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        # Variances of a normalization are positive.
        layer.set_weights([np.abs(rng.normal(size=w.shape)) + 0.1 for w in layer.get_weights()])
    return model


def conv(maps, name, **options):
    return keras.layers.Conv2D(maps, 3, strides=2, padding="same", name=name, **options)


def usual(**options):
    return sequential(
        conv(4, "first", **options),
        keras.layers.BatchNormalization(name="normalization"),
        keras.layers.LeakyReLU(name="leaky"),
        conv(6, "second"),
        keras.layers.ELU(name="elu"),
        keras.layers.Flatten(),
        keras.layers.Dense(5, name="z"),
    )


def computed(layer, x):
    return [np.asarray(each) for each in layer.call(layer.weights, x)]


def output_of(model, name, x):
    return np.asarray(keras.Model(model.inputs[0], model.get_layer(name).output)(x))


def test_the_innermost_convolution_is_meant_unless_another_is_named():
    assert map_layer(usual()).name == "second"
    assert map_layer(usual()).shape == (3, 2, 6)
    assert map_layer(usual(), "first").shape == (6, 4, 4)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("first", "normalization", "leaky"),
        ("second", "second", "elu"),
        ("leaky", "leaky", "leaky"),
        ("normalization", "normalization", "normalization"),
    ],
)
def test_maps_before_and_after_their_activation(name, before, after):
    model, x = usual(), images()
    found = computed(map_layer(model, name), x)
    np.testing.assert_allclose(found[0], output_of(model, before, x), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found[1], output_of(model, after, x), rtol=1e-4, atol=1e-4)


def test_an_activation_function_within_the_convolution():
    model = sequential(conv(4, "first", activation="tanh"), keras.layers.Flatten())
    x = images()
    before, after = computed(map_layer(model), x)
    np.testing.assert_allclose(np.tanh(before), after, rtol=1e-5)
    np.testing.assert_allclose(after, output_of(model, "first", x), rtol=1e-4, atol=1e-5)


def test_units_of_a_dense_layer_are_maps_of_one_neuron():
    model, x = usual(), images()
    layer = map_layer(model, "z")
    assert layer.shape == (1, 1, 5)
    np.testing.assert_allclose(computed(layer, x)[1][:, 0, 0], model(x), rtol=1e-4)


def test_the_matrix_gives_the_latent_vector():
    model, x = usual(), images()
    layer = map_layer(model)
    neurons = computed(layer, x)[1].reshape(len(x), -1)
    bias = model.layers[-1].get_weights()[1]
    np.testing.assert_allclose(neurons @ layer.matrix() + bias, model(x), rtol=1e-4)


def test_pooling_is_linear_too():
    model = sequential(
        conv(4, "first"), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3)
    )
    layer = map_layer(model)
    kernel = model.layers[-1].get_weights()[0]
    np.testing.assert_allclose(layer.matrix().reshape(24, 4, 3).sum(axis=0), kernel, rtol=1e-4)


def test_more_layers_behind_are_not_linear():
    assert map_layer(usual(), "first").linear is None


def test_the_matrix_takes_no_neuron_by_itself():
    """An image for each neuron would be 64 MiB for a layer of 4096."""
    model = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            keras.layers.Conv2D(16, 3, padding="same"),
            keras.layers.Flatten(),
            keras.layers.Dense(3),
        ]
    )
    layer = map_layer(model)
    tracemalloc.start()
    matrix = layer.matrix()
    assert tracemalloc.get_traced_memory()[1] < 2**23
    tracemalloc.stop()
    np.testing.assert_allclose(matrix, model.layers[-1].get_weights()[0], rtol=1e-5)


def functional(layers, shape=SHAPE):
    x = start = keras.Input(shape)
    for layer in layers:
        x = layer(x)
    return keras.Model(start, x)


@pytest.mark.parametrize("name", ["first", "second", "leaky", "z"])
def test_a_functional_encoder_in_a_row_is_a_sequential_one(name):
    model, x = usual(), images()
    expected, layer = map_layer(model, name), map_layer(functional(model.layers), name)
    for own, other in zip(computed(layer, x), computed(expected, x), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-4, atol=1e-4)
    assert (layer.linear is None) == (expected.linear is None)


def branched(**options):
    """A convolution, with or without normalization, whose activation two layers take."""
    start = keras.Input(SHAPE)
    x = conv(4, "first", **options)(start)
    if not options:
        x = keras.layers.LeakyReLU(name="leaky")(keras.layers.BatchNormalization(name="n")(x))
    sides = [keras.layers.Flatten()(conv(2, name)(x)) for name in ("left", "right")]
    return keras.Model(start, keras.layers.Concatenate(name="z")(sides))


def test_branches_leave_a_convolution_its_own_activation():
    x = images()
    model = branched(activation="relu")
    before, after = computed(map_layer(model, "first"), x)
    assert before.min() < 0
    np.testing.assert_allclose(after, np.maximum(before, 0))
    np.testing.assert_allclose(after, output_of(model, "first", x), rtol=1e-4, atol=1e-5)
    model = branched()
    before, after = computed(map_layer(model, "first"), x)
    np.testing.assert_allclose(before, output_of(model, "n", x), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(after, output_of(model, "leaky", x), rtol=1e-4, atol=1e-5)
    assert map_layer(model, "left").linear is None


@pytest.mark.parametrize("closed", [functional, sequential])
def test_layers_within_a_nested_encoder_are_found(closed):
    layers = conv(4, "first", activation="relu"), keras.layers.Flatten(name="flat")
    backbone = functional(layers)
    backbone.name = "backbone"
    x, z = images(), keras.layers.Dense(3, name="z")
    model = closed([backbone, z]) if closed is functional else closed(backbone, z)
    layer = map_layer(model)
    assert layer.name == "backbone/first"
    before, after = computed(layer, x)
    np.testing.assert_allclose(after, np.maximum(before, 0))
    np.testing.assert_allclose(after, output_of(backbone, "first", x), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer.matrix(), z.get_weights()[0], rtol=1e-5)
    with pytest.raises(InputError, match=r"from backbone/first, backbone/flat, z\.$"):
        check_layer(model, "first")


def test_a_nested_encoder_with_branches():
    nested = branched(activation="relu")
    model, x = functional([nested, keras.layers.Dense(3, name="last")]), images()
    layer = map_layer(model, f"{nested.name}/left")
    truth = output_of(nested, "left", x)
    np.testing.assert_allclose(computed(layer, x)[1], truth, rtol=1e-4, atol=1e-5)
    assert map_layer(model).name in {f"{nested.name}/{side}" for side in ("left", "right")}


def test_nested_layers_of_the_same_name_stay_closed():
    backbone = functional([conv(4, "first"), keras.layers.Flatten(name="z")])
    model = functional([backbone, keras.layers.Dense(3, name="z")])
    assert map_layer(model, "z").shape == (1, 1, 3)
    with pytest.raises(InputError, match=f"no convolution outside of '{backbone.name}': choose"):
        map_layer(model)


def test_a_layer_that_comes_twice_is_not_taken_for_a_row():
    dense = keras.layers.Dense(5, name="dense")
    model = functional([keras.layers.Flatten(), keras.layers.Dense(5, name="z"), dense, dense])
    layer, x = map_layer(model, "dense"), images()
    np.testing.assert_allclose(computed(layer, x)[1][:, 0, 0], model(x), rtol=1e-4, atol=1e-4)


def test_open_sides_are_those_of_the_images():
    layers = conv(4, "first"), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3)
    model = functional(layers, (None, None, 3))
    assert map_layer(model, image_shape=SHAPE).shape == (6, 4, 4)


def test_what_is_refused_is_refused_beforehand():
    check_layer(usual())
    with pytest.raises(InputError, match="no layer 'third'"):
        check_layer(usual(), "third")


def test_an_unknown_layer_is_refused_with_the_names():
    with pytest.raises(InputError, match=r"no layer 'third'.*first, .*second, .*z\.$"):
        map_layer(usual(), "third")


def test_an_encoder_without_convolutions_needs_a_name():
    model = sequential(keras.layers.Flatten(name="flat"), keras.layers.Dense(3, name="z"))
    with pytest.raises(InputError, match=r"no convolution: .* flat, z\.$"):
        map_layer(model)
    assert map_layer(model, "z").shape == (1, 1, 3)


def test_what_neurons_see():
    # 'same' with stride 2 on an even side: neuron i sees the pixels 2i, 2i + 1 and 2i + 2.
    boxes = receptive_boxes(map_layer(usual(), "first"))
    assert boxes.shape == (6, 4, 4)
    assert boxes[0, 0].tolist() == [0, 0, 3, 3]
    assert boxes[2, 1].tolist() == [4, 2, 7, 5]
    assert boxes[5, 3].tolist() == [10, 6, 12, 8]
    inner = receptive_boxes(map_layer(usual(), "second"))
    assert inner[1, 0].tolist() == [4, 0, 11, 7]
    whole = receptive_boxes(map_layer(usual(), "z"))
    assert whole[0, 0].tolist() == [0, 0, 12, 8]
