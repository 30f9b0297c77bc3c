"""The model `generator` of a run: images from latent vectors, for `mlflow models serve`."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from mlflow_latents.errors import InputError, reason_of
from mlflow_latents.generate import LatentModel, save_latent_model
from mlflow_latents.keras_backend import choose_jax
from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.configuration import ExperimentConfig
from mlflow_latents.tracking.reader import load_model, no_progress_bar, read_configuration

if TYPE_CHECKING:
    import keras

_MODEL_FILE = Path(__file__).with_name("generator_model.py")
_PACKAGE = Path(__file__).parents[1]
# All that the model's code imports.
_REQUIREMENTS = (
    "mlflow",
    "keras",
    "jax",
    "numpy",
    "scipy",
    "statsmodels",
    "pandas",
    "pillow",
    "tqdm",
)
_EXAMPLE = {"sampler": "ellipsoid", "n": 1, "seed": 0}


def log_generator(model: LatentModel, decoder: "keras.Model") -> None:
    """Log the model `generator` into the active run.

    It holds the latent model without real vectors, the decoder, and a copy of this package, so
    that it loads wherever its requirements are installed. Nothing of it is pickled.

    Parameters
    ----------
    model
        What samplers draw from.
    decoder
        Latent vectors (m, d) to images (m, height, width, channels).
    """
    import mlflow
    import pandas as pd

    with tempfile.TemporaryDirectory() as folder, _quiet("mlflow.pyfunc"):
        files = {"latent_model": f"{folder}/latent_model.npz", "decoder": f"{folder}/decoder.keras"}
        save_latent_model(Path(files["latent_model"]), model)
        decoder.save(files["decoder"])
        mlflow.pyfunc.log_model(
            name=artifacts.GENERATOR,
            python_model=str(_MODEL_FILE),
            artifacts=files,
            code_paths=[str(_PACKAGE)],
            pip_requirements=[f"{name}=={version(name)}" for name in _REQUIREMENTS],
            signature=_signature(),
            input_example=pd.DataFrame([_EXAMPLE]),
        )


def load_generator(run_id: str):
    """Load the model `generator` of a run.

    Parameters
    ----------
    run_id
        Id of the run.

    Returns
    -------
    mlflow.pyfunc.PythonModel
        With what it is made of: `latent_model` and `decoder`.

    Raises
    ------
    InputError
        When there is no such run, or it has no such model.
    """
    import mlflow

    configuration_of_training(run_id)
    choose_jax()
    with _told_if_missing(run_id, artifacts.GENERATOR), no_progress_bar():
        model = mlflow.pyfunc.load_model(f"runs:/{run_id}/{artifacts.GENERATOR}")
    return model.unwrap_python_model()


def load_encoder(run_id: str) -> "keras.Model":
    """Load the encoder of a run, or raise InputError when it has none."""
    with _told_if_missing(run_id, artifacts.ENCODER):
        return load_model(run_id, artifacts.ENCODER)


def load_decoder(run_id: str) -> "keras.Model":
    """Load the decoder of a run, or raise InputError when it has none."""
    with _told_if_missing(run_id, artifacts.DECODER):
        return load_model(run_id, artifacts.DECODER)


def configuration_of_training(run_id: str) -> ExperimentConfig:
    """Read what a run was asked to train, or raise InputError when it has trained nothing."""
    config = read_configuration(run_id)
    if not isinstance(config, ExperimentConfig):
        raise InputError(
            f"Run {run_id} trained no autoencoder, and so has no decoder: choose a run of train."
        )
    return config


def log_images(folder: Path) -> None:
    """Log a folder of images that were generated into the active run."""
    import mlflow

    mlflow.log_artifacts(str(folder), artifacts.GENERATED)


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a logger from telling of each step in the midst of progress bars."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _told_if_missing(run_id: str, model: str) -> Iterator[None]:
    from mlflow.exceptions import MlflowException

    try:
        yield
    # What MLflow, Keras, NumPy and this package raise where files are missing or damaged.
    except (MlflowException, OSError, ValueError, KeyError, BadZipFile, InputError) as error:
        raise InputError(
            f"The model {model} of run {run_id} cannot be loaded ({reason_of(error)}): the run was "
            "stopped before it was logged, another version made it, or it was deleted; choose "
            "another run."
        ) from error


def _signature():
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    from mlflow_latents.tracking.requests import COLUMNS

    # Any type, since MLflow takes no whole number for a double and no missing value for a long or
    # an array; the model checks them all itself.
    asked = [ColSpec(AnyType(), name, required=False) for name in COLUMNS]
    answered = {
        "request": "long",
        "index": "long",
        "sampler": "string",
        "seed": "long",
        "image": "string",
    }
    given = [
        ColSpec(type, name, required=name not in ("sampler", "seed"))
        for name, type in answered.items()
    ]
    return ModelSignature(Schema(asked), Schema(given))
