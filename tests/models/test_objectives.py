"""The variational and the regularised autoencoder, held to formulas in stock Keras."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mlflow_latents.models import CAEConfig, TrainingConfig, build_cae, encode, train
from mlflow_latents.models.moments import log_variances, set_means, with_moments
from mlflow_latents.models.objectives import CODES
from mlflow_latents.models.parts import dense_weights, gradients_in_parts
from mlflow_latents.models.steps import Networks

SHAPE = (9, 8, 3)
VALUES = 9 * 8 * 3
CAE = CAEConfig(filters=(4, 6), latent_dim=3)
TRAINING = TrainingConfig(epochs=2, batch_size=20, beta=0.5, learning_rate=0.01)


def built(model):
    encoder, decoder = build_cae(CAE, SHAPE)
    if model == "vae":
        encoder = with_moments(encoder, 0)
    networks = Networks(encoder, decoder, model, TRAINING)
    weights = [v.value for v in encoder.trainable_variables + decoder.trainable_variables]
    return networks, weights


def batch_of(n, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, *SHAPE), np.uint8)
    return images, rng.normal(size=(n, 3)).astype(np.float32)


def test_divergence_is_that_of_two_normal_laws():
    """Against numerical integration of p log(p / q)."""
    mean, log_variance = 0.7, -0.9
    x = np.linspace(-12, 12, 200_001)
    variance = np.exp(log_variance)
    p = np.exp(-((x - mean) ** 2) / variance / 2) / np.sqrt(2 * np.pi * variance)
    log_q = -(x**2) / 2 - np.log(2 * np.pi) / 2
    expected = np.trapezoid(p * (np.log(np.maximum(p, 1e-300)) - log_q), x)
    _, cost = CODES["vae"](jnp.array([[mean, log_variance]]), jnp.zeros((1, 1)))
    assert float(cost[0]) == pytest.approx(expected, rel=1e-5)


def test_samples_have_the_moments_of_the_encoder():
    moments = jnp.tile(jnp.array([[1.0, -2.0, np.log(4.0), np.log(0.25)]]), (20_000, 1))
    noise = np.random.default_rng(0).normal(size=(20_000, 2))
    z, _ = CODES["vae"](moments, noise)
    np.testing.assert_allclose(z.mean(axis=0), [1, -2], atol=0.05)
    np.testing.assert_allclose(z.std(axis=0), [2, 0.5], rtol=0.03)


@pytest.mark.parametrize("model", ["vae", "rae"])
def test_loss_is_the_formula_in_stock_keras(model):
    networks, weights = built(model)
    images, noise = batch_of(13)
    ours, _ = networks.losses(weights, [], images, noise)
    x = images.astype(np.float32) / 255
    encoded = np.asarray(networks.encoder(x))
    if model == "vae":
        mean, log_variance = encoded[:, :3], encoded[:, 3:]
        z = mean + np.sqrt(np.exp(log_variance)) * noise
        cost = 0.5 * np.sum(mean**2 + np.exp(log_variance) - 1 - log_variance, axis=1)
    else:
        z, cost = encoded, 0.5 * np.sum(encoded**2, axis=1)
    squares = np.square(np.asarray(networks.decoder(z)) - x).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(ours, (squares + 0.5 * cost) / VALUES, rtol=1e-4)


def test_decay_counts_the_kernels_of_the_decoder_alone():
    networks, weights = built("rae")
    kernels = [layer.kernel for layer in networks.decoder.layers if hasattr(layer, "kernel")]
    expected = sum(float(np.square(kernel).sum()) for kernel in kernels)
    got = networks.decay(weights)
    assert float(got) == pytest.approx(1e-3 * expected / VALUES, rel=1e-5)


@pytest.mark.parametrize("model", ["vae", "rae"])
def test_gradients_in_parts_are_those_of_the_whole_batch(model):
    networks, weights = built(model)
    batch = batch_of(21)

    def losses(trainable, batch, dense):
        return networks.losses(trainable, [], *batch, training=True, dense=dense)[0]

    def whole(trainable):
        return losses(trainable, batch, None).mean()

    layers = dense_weights(networks.encoder, networks.decoder)
    loss, gradients = jax.jit(lambda w: gradients_in_parts(losses, layers, w, batch))(weights)
    expected, stock = jax.jit(jax.value_and_grad(whole))(weights)
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)
    for ours, theirs in zip(gradients, stock, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(theirs).max() + 1e-9)


def test_moments_start_at_the_means_of_the_plain_encoder():
    encoder, _ = build_cae(CAE, SHAPE)
    moments = with_moments(encoder, 5)
    x = batch_of(4)[0].astype(np.float32) / 255
    np.testing.assert_allclose(moments(x)[:, :3], encoder(x), rtol=1e-5)
    np.testing.assert_allclose(moments(x)[:, 3:], log_variances(moments)(x), rtol=1e-5)
    moments.layers[-1].kernel.assign(moments.layers[-1].kernel + 1)
    set_means(encoder, moments)
    np.testing.assert_allclose(moments(x)[:, :3], encoder(x), rtol=1e-5)


@pytest.fixture(scope="module", params=["vae", "rae"])
def kind(request):
    return replace(CAE, model=request.param)


def test_training_is_repeatable_and_continues_bitwise(kind, images, tmp_path):
    class Killed(Exception):
        pass

    def kill(epoch, encoder, decoder):
        raise Killed

    whole = train(images, kind, TRAINING)
    with pytest.raises(Killed):
        train(images, kind, TRAINING, checkpoint_dir=tmp_path, on_epoch=kill)
    continued = train(images, kind, TRAINING, checkpoint_dir=tmp_path)
    for one, other in zip(whole.history, continued.history, strict=True):
        assert (one.train_loss, one.validation_loss) == (other.train_loss, other.validation_loss)
    pairs = zip(whole.encoder.get_weights(), continued.encoder.get_weights(), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)
    other_seed = train(images, kind, replace(TRAINING, seed=1))
    assert other_seed.history[-1].train_loss != whole.history[-1].train_loss


def test_a_vae_gives_means_and_log_variances(images):
    trained = train(images, replace(CAE, model="vae"), TRAINING)
    z = encode(trained.encoder, images)
    log_variance = encode(trained.log_variance, images)
    assert z.shape == log_variance.shape == (len(images), 3)
    assert np.isfinite(log_variance).all()
    assert train(images, CAE, TRAINING).log_variance is None


def test_a_large_beta_draws_the_latent_vectors_to_the_prior(images):
    """So the divergence is indeed minimized: means to 0, variances to 1."""
    strong = replace(TRAINING, beta=200.0, epochs=30)
    trained = train(images, replace(CAE, model="vae"), strong)
    weak = train(images, replace(CAE, model="vae"), replace(strong, beta=0.01))
    assert np.abs(encode(trained.encoder, images)).mean() < 0.15
    assert np.abs(encode(trained.log_variance, images)).mean() < 0.3
    assert np.abs(encode(weak.encoder, images)).mean() > 0.5
    assert encode(weak.log_variance, images).mean() < -1


def test_a_large_beta_shortens_the_latent_vectors_of_a_rae(images):
    regularised, plain = (
        train(images, replace(CAE, model=model), replace(TRAINING, beta=5.0, epochs=10))
        for model in ("rae", "cae")
    )
    lengths = [
        np.square(encode(each.encoder, images)).sum(1).mean() for each in (regularised, plain)
    ]
    assert lengths[0] < 0.7 * lengths[1]
