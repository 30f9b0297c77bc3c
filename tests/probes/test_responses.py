import numpy as np
import pytest

from mlflow_latents.models.backend import keras
from mlflow_latents.probes.map_layer import map_layer
from mlflow_latents.probes.responses import respond, sparseness

KERNELS = np.array([1.0, -1.0, 0.0])


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (150, 4, 6, 1), dtype=np.uint8)


@pytest.fixture(scope="module")
def layer():
    """Maps that are the image, its negative below 0, and the number 0.3."""
    model = keras.Sequential(
        [
            keras.Input((4, 6, 1)),
            keras.layers.Conv2D(3, 1, activation="relu"),
            keras.layers.Flatten(),
        ]
    )
    model.layers[0].set_weights([KERNELS[None, None, None], np.array([0, 0.5, 0.3])])
    return map_layer(model)


def test_responses_are_means_over_neurons(layer, images):
    rows = np.random.default_rng(1).permutation(150)[:131]
    found = respond(layer, images, rows)
    x = images[rows].reshape(131, -1) / 255
    np.testing.assert_allclose(found.means[:, 0], x.mean(axis=1), atol=1e-6)
    np.testing.assert_allclose(found.means[:, 1], np.maximum(0.5 - x, 0).mean(axis=1), atol=1e-6)
    np.testing.assert_array_equal(found.strongest[:, 0], x.argmax(axis=1))
    np.testing.assert_array_equal(found.weakest[:, 0], x.argmin(axis=1))
    np.testing.assert_allclose(found.active, [(x > 0).mean(), (x < 0.5).mean(), 1], atol=1e-6)


def test_a_map_that_never_varies_is_dead(layer, images):
    assert respond(layer, images, np.arange(150)).dead.tolist() == [False, False, True]


def test_sparseness_is_0_for_all_alike_and_1_for_one_alone():
    responses = np.zeros((10, 4))
    responses[:, 0] = 3
    responses[4, 1] = 3
    responses[:5, 2] = 1
    found = sparseness(responses)
    # Half of the responses 1, half 0: (1 - 1/2) / (1 - 1/10).
    np.testing.assert_allclose(found[:3], [0, 1, 0.5 / 0.9], atol=1e-12)
    assert np.isnan(found[3])
