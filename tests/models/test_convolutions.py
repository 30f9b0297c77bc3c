from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mlflow_latents.models.backend import keras
from mlflow_latents.models.convolutions import CHUNK, convolution, transposed_convolution

PAIRS = [
    (keras.layers.Conv2D, convolution),
    (keras.layers.Conv2DTranspose, transposed_convolution),
]
# Images, height, width, maps before and behind: even and odd sides, less and more than a chunk,
# patches by rows (few channels) and by pixels.
SHAPES = [
    (2, 8, 8, 3, 4),
    (3, 7, 9, 1, 5),
    (CHUNK + 5, 12, 5, 9, 4),
    (1, 1, 2, 9, 3),
]


def relative(ours, stock):
    return np.abs(ours - stock).max() / np.abs(stock).max()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("kind", "ours"), PAIRS, ids=["convolution", "transposed"])
def test_equal_to_keras_with_gradients(kind, ours, shape):
    *inputs, maps = shape
    rng = np.random.default_rng(0)
    layer = kind(maps, 3, strides=2, padding="same", use_bias=False)
    layer.build(inputs)
    x = jnp.asarray(rng.normal(size=inputs), jnp.float32)
    kernel = layer.kernel.value

    def stock(x, kernel):
        return layer.stateless_call([kernel], [], x)[0]

    maps_behind = jax.eval_shape(stock, x, kernel).shape
    direction = jnp.asarray(rng.normal(size=maps_behind), jnp.float32)

    @partial(jax.jit, static_argnums=0)
    def with_gradients(function, x, kernel):
        y, gradients_of = jax.vjp(function, x, kernel)
        return y, *gradients_of(direction)

    computed = with_gradients(ours, x, kernel)
    for array, expected in zip(computed, with_gradients(stock, x, kernel), strict=True):
        assert relative(array, expected) < 1e-5


def test_transposed_convolution_is_the_adjoint():
    rng = np.random.default_rng(1)
    x = jnp.asarray(rng.normal(size=(2, 10, 6, 4)), jnp.float32)
    y = jnp.asarray(rng.normal(size=(2, 5, 3, 7)), jnp.float32)
    kernel = jnp.asarray(rng.normal(size=(3, 3, 4, 7)), jnp.float32)
    there = jnp.vdot(convolution(x, kernel), y)
    back = jnp.vdot(x, transposed_convolution(y, kernel))
    assert float(there) == pytest.approx(float(back), rel=1e-5)
