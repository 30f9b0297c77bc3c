import numpy as np
import pytest

from mlflow_latents.models.backend import keras
from mlflow_latents.probes.ascent import Pixels, ascend, pixels_of, total_variation
from mlflow_latents.probes.map_layer import map_layer

SIDE = 32  # where jitter moves by a pixel
SD = np.full(3, 0.1)  # about that of the response to images of noise
GREY = Pixels(np.array([0.5], np.float32), 0.15)


def waves(count=3):
    """Smooth patterns without a mean, of length 1, all different."""
    y, x = np.meshgrid(*2 * [np.linspace(0, 2 * np.pi, SIDE)], indexing="ij")
    patterns = np.stack([np.sin(a * y + b * x + a) for a, b in ((1, 0), (1, 2), (0, 1))])[:count]
    patterns -= patterns.mean(axis=(1, 2), keepdims=True)
    return patterns / np.linalg.norm(patterns, axis=(1, 2), keepdims=True)


def one_neuron_each(patterns, bias=0.0, activation="linear"):
    """An encoder whose maps are one neuron each, with the patterns as kernels."""
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            keras.layers.Conv2D(len(patterns), SIDE, activation=activation, name="maps"),
            keras.layers.Flatten(),
        ]
    )
    kernel = np.moveaxis(patterns, 0, -1)[:, :, None]
    model.layers[0].set_weights([kernel, np.full(len(patterns), bias)])
    return map_layer(model)


def likeness(patterns, truth):
    """Cosine between found and known patterns, their means left out."""
    found = patterns[..., 0] - patterns[..., 0].mean(axis=(1, 2), keepdims=True)
    truth = truth - truth.mean(axis=(1, 2), keepdims=True)
    lengths = np.linalg.norm(found, axis=(1, 2)) * np.linalg.norm(truth, axis=(1, 2))
    return np.sum(found * truth, axis=(1, 2)) / lengths


@pytest.fixture(scope="module")
def found():
    return ascend(one_neuron_each(waves()), SD, GREY, starts=2, steps=64)


def test_finds_the_pattern_of_a_known_kernel(found):
    assert found.patterns.shape == (3, SIDE, SIDE, 1)
    assert likeness(found.patterns, waves()).min() > 0.98


def test_reaches_the_largest_response_that_the_contrast_allows(found):
    # Without clipping, the mean grey answers 0 and the kernel at full contrast contrast * side.
    assert found.responses.shape == (3, 2)
    np.testing.assert_allclose(found.responses, GREY.contrast * SIDE, rtol=0.05)
    assert (found.responses <= GREY.contrast * SIDE * (1 + 1e-5)).all()


def test_finds_the_texture_of_a_map_of_many_neurons():
    # The mean over neurons of a linear convolution is a sum over pixels: its gradient is known.
    side, kernel = 12, waves(1)[0][2:17:3, 2:17:3]
    model = keras.Sequential(
        [keras.Input((side, side, 1)), keras.layers.Conv2D(1, 5, strides=2, name="maps")]
    )
    model.layers[0].set_weights([kernel[:, :, None, None], np.zeros(1)])
    truth, places = np.zeros((1, side, side)), range(0, side - 4, 2)
    for row in places:
        for column in places:
            truth[0, row : row + 5, column : column + 5] += kernel
    found = ascend(map_layer(model), np.full(1, 1e-3), GREY, starts=1, steps=64)
    assert cosine(found.patterns[0, ..., 0] - 0.5, truth[0]) > 0.95


def cosine(a, b):
    return np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b)


def test_a_map_that_noise_leaves_at_zero_is_climbed_all_the_same():
    truth = waves()
    layer = one_neuron_each(truth, bias=-3.2, activation="relu")  # the best response is 1.6
    found = ascend(layer, SD, GREY, starts=1, steps=64)
    assert found.responses.min() > 1.2


def test_patterns_stay_within_the_range_and_contrast_of_images():
    pixels = Pixels(np.array([0.1], np.float32), 0.5)
    x = ascend(one_neuron_each(waves()), SD, pixels, starts=1, steps=32).patterns
    assert x.min() >= 0
    assert x.max() <= 1
    assert np.sqrt(np.square(x - 0.1).mean(axis=(1, 2, 3))).max() <= 0.5 + 1e-5


def test_smoothness_counts_against_the_response(found):
    # In sd of a response that varies much, a pattern gains less than its roughness costs.
    smooth = ascend(one_neuron_each(waves()), 1000 * SD, GREY, starts=1, steps=32)
    assert np.abs(smooth.responses).max() < 0.3 * found.responses.min()
    variation = [np.asarray(total_variation(each.patterns)) for each in (smooth, found)]
    assert (variation[0] < 0.7 * variation[1]).all()


def test_the_seed_decides():
    layer = one_neuron_each(waves())
    first, again, other = (ascend(layer, SD, GREY, 1, 2, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.patterns, again.patterns)
    assert np.abs(first.patterns - other.patterns).max() > 0.01


def test_total_variation_of_a_ramp():
    ramp = np.broadcast_to(0.1 * np.arange(8.0), (1, 8, 8))[..., None]
    assert np.asarray(total_variation(ramp))[0] == pytest.approx(0.1, abs=1e-3)
    assert np.asarray(total_variation(0 * ramp))[0] < 1e-3


def test_mean_and_contrast_of_pixels():
    images = np.zeros((4, 2, 2, 3), np.uint8)
    images[2:, ..., 0] = 255
    pixels = pixels_of(images, np.arange(4))
    np.testing.assert_allclose(pixels.mean, [0.5, 0, 0])
    assert pixels.contrast == pytest.approx(np.sqrt(0.25 / 3))
