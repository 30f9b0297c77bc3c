import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.models.backend import keras
from mlflow_latents.tracking import load_autoencoder

SHAPE = (8, 8, 1)


def save(model, folder, name):
    path = str(folder / f"{name}.keras")
    model.save(path)
    return path


@pytest.fixture
def decoder(tmp_path):
    layers = [keras.Input((3,)), keras.layers.Dense(64), keras.layers.Reshape(SHAPE)]
    return save(keras.Sequential(layers), tmp_path, "decoder")


def encoder_of(folder, input_shape=SHAPE, pooled=True):
    layers = [keras.layers.Conv2D(3, 3)]
    layers += [keras.layers.GlobalAveragePooling2D()] if pooled else []
    inputs = [] if input_shape is None else [keras.Input(input_shape)]
    return save(keras.Sequential([*inputs, *layers]), folder, "encoder")


def test_a_convolutional_encoder_may_leave_the_sides_open(decoder, tmp_path):
    loaded = load_autoencoder(encoder_of(tmp_path, (None, None, 1)), decoder, SHAPE)
    assert loaded.encoder.output_shape == (None, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"input_shape": (8, 9, 1)}, r"encoder takes images of shape \(8, 9, 1\).* set resolution"),
        ({"input_shape": (None, None, 3)}, r"shape \(8, 8, 3\), but those .* \(8, 8, 1\)"),
        ({"pooled": False}, r"latent vectors of shape \(6, 6, 3\) and the decoder takes \(3,\)"),
    ],
)
def test_encoders_that_do_not_suit_are_told_in_one_sentence(decoder, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        load_autoencoder(encoder_of(tmp_path, **options), decoder, SHAPE)


@pytest.mark.filterwarnings("ignore:You are saving a model that has not yet been built")
def test_a_model_that_is_not_built_is_told(decoder, tmp_path):
    with pytest.raises(InputError, match="The encoder has no input shape: build"):
        load_autoencoder(encoder_of(tmp_path, input_shape=None), decoder, SHAPE)


def test_a_model_of_two_outputs_is_told(decoder, tmp_path):
    images = keras.Input(SHAPE)
    flat = keras.layers.Flatten()(images)
    model = keras.Model(images, [keras.layers.Dense(3)(flat), keras.layers.Dense(3)(flat)])
    with pytest.raises(InputError, match="several inputs or outputs"):
        load_autoencoder(save(model, tmp_path, "encoder"), decoder, SHAPE)


def test_what_is_no_model_is_told(decoder, tmp_path):
    (tmp_path / "broken.keras").write_bytes(b"no model")
    for uri in (str(tmp_path / "broken.keras"), str(tmp_path / "missing.keras"), "nowhere"):
        with pytest.raises(InputError, match="cannot be loaded as a Keras model"):
            load_autoencoder(uri, decoder, SHAPE)
