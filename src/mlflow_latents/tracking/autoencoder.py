"""An autoencoder that was trained elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlflow_latents.errors import InputError, reason_of
from mlflow_latents.keras_backend import choose_jax
from mlflow_latents.paths import user_path

if TYPE_CHECKING:
    import keras


class Autoencoder(NamedTuple):
    """Two Keras models.

    Parameters
    ----------
    encoder
        Images (n, height, width, channels) from 0 to 1 to latent vectors (n, d).
    decoder
        Latent vectors (n, d) to such images.
    """

    encoder: "keras.Model"
    decoder: "keras.Model"


def load_autoencoder(encoder: str, decoder: str, image_shape: tuple[int, int, int]) -> Autoencoder:
    """Load the models of an autoencoder from MLflow, or from files of Keras.

    Parameters
    ----------
    encoder, decoder
        Model URI, such as models:/name/1 or runs:/ID/encoder, or path of a .keras file.
    image_shape
        Height, width and channels of the images.

    Returns
    -------
    Autoencoder

    Raises
    ------
    InputError
        When one of them cannot be loaded, or does not suit the images or the other.
    """
    models = Autoencoder(_loaded(encoder, "encoder"), _loaded(decoder, "decoder"))
    _check_shapes(models, tuple(image_shape))
    return models


def _loaded(uri: str, name: str) -> "keras.Model":
    choose_jax()
    import mlflow

    from mlflow_latents.models.backend import keras

    try:
        if Path(uri).suffix in (".keras", ".h5"):
            if not user_path(uri, name).is_file():
                raise InputError("there is no such file")
            model = keras.saving.load_model(user_path(uri, name), compile=False)
        else:
            model = mlflow.keras.load_model(uri)
    except Exception as error:  # of MLflow, Keras or whatever made the model
        raise InputError(
            f"The {name} {uri} cannot be loaded as a Keras model ({reason_of(error)}): give the "
            "URI of a model logged by mlflow.keras, such as models:/NAME/1 or runs:/ID/NAME, or a "
            ".keras file."
        ) from error
    return model


def _check_shapes(models: Autoencoder, image_shape: tuple[int, ...]) -> None:
    shapes = {name: _shapes(model, name) for name, model in models._asdict().items()}
    taken, given = shapes["encoder"][0], shapes["decoder"][1]
    for name, what, shape in (("encoder", "takes", taken), ("decoder", "gives", given)):
        # A convolutional encoder may leave sides open, which those of the images then fill.
        if name == "encoder" and len(shape) == 3:
            pairs = zip(shape, image_shape, strict=True)
            shape = tuple(own if side is None else side for side, own in pairs)
        if shape != image_shape:
            raise InputError(
                f"The {name} {what} images of shape {shape}, but those of the image set "
                f"have {image_shape}: set resolution to suit, or choose another image set."
            )
    z, taken = shapes["encoder"][1], shapes["decoder"][0]
    if len(z) != 1 or z[0] is None or z != taken:
        raise InputError(
            f"The encoder gives latent vectors of shape {z} and the decoder takes "
            f"{taken}: give two models of one autoencoder, with vectors of shape (d,)."
        )


def _shapes(model: "keras.Model", name: str) -> tuple[tuple, tuple]:
    """Shapes of a model's input and output, without the number of images."""
    try:
        shapes = model.input_shape, model.output_shape
    except AttributeError as error:
        raise InputError(
            f"The {name} has no input shape: build the model before it is saved."
        ) from error
    if any(not isinstance(shape, tuple) or isinstance(shape[0], (tuple, list)) for shape in shapes):
        raise InputError(
            f"The {name} has several inputs or outputs: give a model of one of each, such as the "
            "means of a variational encoder."
        )
    return shapes[0][1:], shapes[1][1:]
