from dataclasses import replace

import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.models import CAEConfig, TrainingConfig, check_job, decode, encode, train
from mlflow_latents.models.backend import keras
from mlflow_latents.models.checkpoint import BEST, LAST

CAE = CAEConfig((4, 6), latent_dim=3, batch_normalization=True)
TRAINING = TrainingConfig(epochs=3, batch_size=20, schedule="cosine", learning_rate=0.01)


def losses(trained):
    return [(epoch.train_loss, epoch.validation_loss) for epoch in trained.history]


def weights(trained):
    return trained.encoder.get_weights() + trained.decoder.get_weights()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture(scope="module")
def uninterrupted(images, folder):
    return train(images, CAE, TRAINING, checkpoint_dir=folder)


def test_it_learns(uninterrupted):
    history = uninterrupted.history
    assert [epoch.number for epoch in history] == [1, 2, 3]
    assert history[-1].train_loss < history[0].train_loss
    assert uninterrupted.best_epoch == 1 + np.argmin([e.validation_loss for e in history])
    assert all(epoch.images_per_second > 0 and epoch.seconds > 0 for epoch in history)


def test_learning_rate_follows_the_cosine_down_to_the_last_step(uninterrupted):
    steps = 119 // 20
    last_steps = np.array([1, 2, 3]) * steps - 1
    expected = 0.01 * (1 + np.cos(np.pi * last_steps / (3 * steps))) / 2
    rates = [epoch.learning_rate for epoch in uninterrupted.history]
    np.testing.assert_allclose(rates, expected, rtol=1e-4)


def test_validation_loss_is_that_of_every_validation_image(images, uninterrupted):
    """The weights of the best epoch are those that come back."""
    indices = images.indices("validation")
    x = images.images[indices].astype(np.float32) / 255
    z = encode(uninterrupted.encoder, images, indices)
    y = np.asarray(uninterrupted.decoder(z))
    expected = uninterrupted.history[uninterrupted.best_epoch - 1].validation_loss
    assert np.square(y - x).mean() == pytest.approx(expected, rel=1e-5)


def test_continued_after_a_kill_is_bitwise_as_if_never_interrupted(images, uninterrupted, tmp_path):
    class Killed(Exception):
        pass

    def kill(epoch, encoder, decoder):
        raise Killed

    with pytest.raises(Killed):
        train(images, CAE, TRAINING, checkpoint_dir=tmp_path, on_epoch=kill)
    numbers = []
    trained = train(
        images,
        CAE,
        TRAINING,
        checkpoint_dir=tmp_path,
        on_epoch=lambda epoch, encoder, decoder: numbers.append(epoch.number),
    )
    assert numbers == [2, 3]
    assert losses(trained) == losses(uninterrupted)
    for ours, expected in zip(weights(trained), weights(uninterrupted), strict=True):
        assert np.array_equal(ours, expected)


def test_finished_training_is_not_trained_again(images, uninterrupted, folder):
    again = train(images, CAE, TRAINING, checkpoint_dir=folder, on_epoch=pytest.fail)
    assert again.history == uninterrupted.history
    for ours, expected in zip(weights(again), weights(uninterrupted), strict=True):
        assert np.array_equal(ours, expected)


@pytest.mark.parametrize("change", [{"learning_rate": 0.02}, {"epochs": 4}, {"seed": 1}])
def test_checkpoint_of_another_training(images, folder, uninterrupted, change):
    with pytest.raises(InputError, match="another configuration"):
        train(images, CAE, replace(TRAINING, **change), checkpoint_dir=folder)


def test_checkpoint_of_other_images(make_blobs, folder, uninterrupted):
    with pytest.raises(InputError, match="another configuration or image set"):
        train(make_blobs(seed=1), CAE, TRAINING, checkpoint_dir=folder)


def test_damaged_checkpoint(images, folder, uninterrupted, tmp_path):
    (tmp_path / LAST).write_bytes((folder / LAST).read_bytes()[:5000])
    with pytest.raises(InputError, match="damaged"):
        train(images, CAE, TRAINING, checkpoint_dir=tmp_path)


def test_checkpoints_leave_no_other_files(folder, uninterrupted):
    assert sorted(path.name for path in folder.iterdir()) == [BEST, LAST]
    with np.load(folder / LAST, allow_pickle=False) as file:
        assert len(file["history"]) == 3


def test_on_epoch_sees_the_weights_of_the_epoch(images):
    cae = CAEConfig((4,), latent_dim=2)
    training = TrainingConfig(epochs=2, batch_size=100, loss="mae", optimizer="sgd")
    seen = []

    def look(epoch, encoder, decoder):
        z = encode(encoder, images, images.indices("validation"))
        y = np.asarray(decoder(z))
        x = images.images[images.indices("validation")].astype(np.float32) / 255
        seen.append((epoch.validation_loss, np.abs(y - x).mean()))

    train(images, cae, training, on_epoch=look)
    assert len(seen) == 2
    for reported, computed in seen:
        assert reported == pytest.approx(computed, rel=1e-5)


def test_loss_that_is_not_finite(images):
    cae = CAEConfig((4,), latent_dim=2, output_activation="linear")
    training = TrainingConfig(epochs=5, batch_size=20, optimizer="sgd", learning_rate=1e20)
    with pytest.raises(InputError, match=r"no longer finite in epoch 1, step \d.*1e\+20"):
        train(images, cae, training)


@pytest.mark.parametrize(
    ("cae", "training", "message"),
    [
        ({}, {"batch_size": 120}, "batch_size is 120, but blobs has 119 training images"),
        ({"latent_dim": 118}, {}, "latent_dim is 118.*119 training images.*at most 117"),
        (
            {"output_activation": "linear"},
            {"loss": "binary_crossentropy"},
            "binary_crossentropy needs outputs from 0 to 1",
        ),
    ],
)
def test_jobs_that_cannot_be_done(images, cae, training, message):
    cae, training = replace(CAE, **cae), replace(TRAINING, **training)
    with pytest.raises(InputError, match=message):
        check_job(images, cae, training)


def test_images_without_validation(make_blobs):
    with pytest.raises(InputError, match="no validation images"):
        check_job(make_blobs(validation=0), CAE, TRAINING)


def test_decoded_images(images, uninterrupted):
    z = encode(uninterrupted.encoder, images)
    assert z.shape == (150, 3)
    assert z.dtype == np.float32
    decoded = decode(uninterrupted.decoder, z.astype(np.float64))
    assert decoded.shape == images.images.shape
    assert decoded.dtype == np.uint8
    expected = np.asarray(uninterrupted.decoder(z)) * 255
    assert np.abs(decoded - expected).max() <= 0.5 + 1e-3
    assert len(decode(uninterrupted.decoder, z[:0])) == 0


def test_encoded_in_the_order_of_the_indices(images, uninterrupted):
    indices = np.array([7, 3, 149, 3])
    x = images.images[indices].astype(np.float32) / 255
    expected = np.asarray(uninterrupted.encoder(x))
    z = encode(uninterrupted.encoder, images, indices)
    np.testing.assert_allclose(z, expected, atol=1e-5 * np.abs(expected).max())


def test_models_are_stock_keras(uninterrupted):
    for model in (uninterrupted.encoder, uninterrupted.decoder):
        for layer in (model, *model.layers):
            assert type(layer).__module__.startswith("keras.")
            assert type(layer) in vars(keras.layers).values() or type(layer) is keras.Sequential
