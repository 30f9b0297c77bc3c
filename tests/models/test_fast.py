import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mlflow_latents.models import CAEConfig, build_cae, fast_call
from mlflow_latents.models.backend import keras
from mlflow_latents.models.fast import is_rewritten


def values(variables):
    return [jnp.array(variable.value) for variable in variables]


def relative(ours, stock):
    return np.abs(np.asarray(ours) - stock).max() / np.abs(stock).max()


@pytest.mark.parametrize("normalized", [False, True], ids=["plain", "batch normalization"])
@pytest.mark.parametrize("shape", [(16, 16, 3), (13, 10, 1)], ids=str)
def test_models_equal_stock_with_gradients(shape, normalized):
    config = CAEConfig((6, 10), latent_dim=7, batch_normalization=normalized)
    rng = np.random.default_rng(0)
    inputs = (18, *shape), (18, 7)
    for model, size in zip(build_cae(config, shape), inputs, strict=True):
        x = jnp.asarray(rng.random(size), jnp.float32)

        def total(weights, others, ours, model=model, x=x):
            if ours:
                y, others = fast_call(model, weights, others, x, training=True)
            else:
                y, others = model.stateless_call(weights, others, x, training=True)
            return jnp.sin(y).sum(), (y, others)

        compute = jax.jit(jax.value_and_grad(total, has_aux=True), static_argnums=2)
        state = values(model.trainable_variables), values(model.non_trainable_variables)
        (_, expected), gradients = compute(*state, False)
        (_, computed), our_gradients = compute(*state, True)
        for a, b in zip(jax.tree.leaves(computed), jax.tree.leaves(expected), strict=True):
            assert relative(a, b) < 1e-5
        # Of the whole gradient: some parts vanish but for rounding.
        largest = max(float(np.abs(gradient).max()) for gradient in gradients)
        for a, b in zip(our_gradients, gradients, strict=True):
            assert np.abs(np.asarray(a) - np.asarray(b)).max() < 1e-5 * largest


def test_which_layers_are_rewritten():
    encoder, decoder = build_cae(CAEConfig((4, 4)), (8, 8, 3))
    ours = [layer.name for layer in encoder.layers + decoder.layers if is_rewritten(layer)]
    assert ours == ["conv_1", "conv_2", "deconv_1", "deconv_2"]
    encoder, _ = build_cae(CAEConfig((4, 4), kernel=5), (8, 8, 3))
    assert not any(map(is_rewritten, encoder.layers))
    encoder.trainable = False
    assert not any(map(is_rewritten, encoder.layers))


def test_models_that_are_not_sequential_are_stock():
    inputs = keras.Input((4,))
    outputs = keras.layers.Dense(2)(inputs) + keras.layers.Dense(2)(inputs)
    model = keras.Model(inputs, outputs)
    x = np.ones((3, 4), np.float32)
    y, _ = fast_call(model, values(model.trainable_variables), [], x)
    np.testing.assert_allclose(y, model(x), rtol=1e-6)


def test_layers_that_act_in_training_only():
    model = keras.Sequential([keras.Input((50,)), keras.layers.Dropout(0.5, seed=0)])
    others = values(model.non_trainable_variables)
    x = np.ones((2, 50), np.float32)
    assert np.array_equal(fast_call(model, [], others, x)[0], x)
    y, changed = fast_call(model, [], others, x, training=True)
    assert (np.asarray(y) == 0).any()
    assert not np.array_equal(changed[0], others[0])
