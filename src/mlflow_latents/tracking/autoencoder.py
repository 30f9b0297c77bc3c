"""An autoencoder that was trained elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlflow_latents.errors import InputError
from mlflow_latents.keras_backend import choose_jax

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
            model = keras.saving.load_model(uri, compile=False)
        else:
            model = mlflow.keras.load_model(uri)
    except Exception as error:  # of MLflow, Keras or whatever made the model
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        raise InputError(
            f"The {name} {uri} cannot be loaded as a Keras model ({reason}): give the URI of a "
            "model logged by mlflow.keras, such as models:/NAME/1 or runs:/ID/NAME, or a .keras "
            "file."
        ) from error
    return model


def _check_shapes(models: Autoencoder, image_shape: tuple[int, ...]) -> None:
    for name, model in models._asdict().items():
        for shape in (model.input_shape, model.output_shape):
            if not isinstance(shape, tuple) or isinstance(shape[0], (tuple, list)):
                raise InputError(
                    f"The {name} has several inputs or outputs: give a model of one of each, such "
                    "as the means of a variational encoder."
                )
    taken, given = models.encoder.input_shape[1:], models.decoder.output_shape[1:]
    for name, what, shape in (("encoder", "takes", taken), ("decoder", "gives", given)):
        if tuple(shape) != image_shape:
            raise InputError(
                f"The {name} {what} images of shape {tuple(shape)}, but those of the image set "
                f"have {image_shape}: set resolution to suit, or choose another image set."
            )
    z, taken = models.encoder.output_shape[1:], models.decoder.input_shape[1:]
    if len(z) != 1 or tuple(z) != tuple(taken):
        raise InputError(
            f"The encoder gives latent vectors of shape {tuple(z)} and the decoder takes "
            f"{tuple(taken)}: give two models of one autoencoder, with vectors of shape (d,)."
        )
