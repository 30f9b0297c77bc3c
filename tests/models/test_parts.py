import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mlflow_latents.models import CAEConfig, TrainingConfig, build_cae
from mlflow_latents.models.parts import dense_weights, gradients_in_parts
from mlflow_latents.models.steps import Networks


@pytest.mark.parametrize("size", [16, 37])
def test_gradients_in_parts_are_those_of_stock_keras(size):
    encoder, decoder = build_cae(CAEConfig((4, 6), latent_dim=3), (9, 8, 3))
    weights = [
        jnp.asarray(v.value) for v in encoder.trainable_variables + decoder.trainable_variables
    ]
    batch = np.random.default_rng(0).integers(0, 256, (size, 9, 8, 3), np.uint8)
    images = batch.astype(np.float32) / 255

    networks = Networks(encoder, decoder, "cae", TrainingConfig())

    def losses(trainable, batch, dense):
        return networks.losses(trainable, [], batch, None, training=True, dense=dense)[0]

    def stock(trainable):
        split = len(encoder.trainable_variables)
        z, _ = encoder.stateless_call(trainable[:split], [], images)
        y, _ = decoder.stateless_call(trainable[split:], [], z)
        return jnp.square(y - images).mean()

    layers = dense_weights(encoder, decoder)
    loss, gradients = jax.jit(lambda w: gradients_in_parts(losses, layers, w, batch))(weights)
    expected, stock_gradients = jax.jit(jax.value_and_grad(stock))(weights)
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)
    for ours, theirs in zip(gradients, stock_gradients, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(theirs).max() + 1e-9)


def test_dense_layers_are_found_where_their_weights_are():
    encoder, decoder = build_cae(CAEConfig((4, 6), latent_dim=3), (9, 8, 3))
    variables = encoder.trainable_variables + decoder.trainable_variables
    for each in dense_weights(encoder, decoder):
        assert variables[each.kernel].shape[1] == each.units
        assert variables[each.kernel + each.bias].shape[-1] == each.units
