"""Which autoencoder is probed: that of a run, or one that was trained elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from mlflow_latents.controls import COMPONENTS, UNTRAINED, untrained
from mlflow_latents.data import ImageSet, open_configured
from mlflow_latents.data.flattened import principal_components
from mlflow_latents.errors import InputError
from mlflow_latents.models import CAEConfig
from mlflow_latents.stats import GaussianFit, fit_gaussian
from mlflow_latents.tracking import (
    ExperimentConfig,
    RunWriter,
    check_same_images,
    find_run,
    load_autoencoder,
    read_latents,
    tracked_run,
)
from mlflow_latents.tracking.findings import adding_to, check_finished, check_writable
from mlflow_latents.tracking.generator import load_decoder, load_encoder
from mlflow_latents.tracking.probe_configuration import (
    AttributesConfig,
    MapsConfig,
    ProbedConfig,
)
from mlflow_latents.tracking.reader import read_configuration
from mlflow_latents.tracking.study_runs import REUSED_TAG


@dataclass(frozen=True)
class Probed:
    """An autoencoder and its images.

    Parameters
    ----------
    name
        What to call it.
    images
        The image set.
    encoder, decoder
        Keras models.
    z
        Latent vectors of all images, (n, d).
    fit
        Normal distribution of those of the training images.
    cae
        Architecture of the encoder; None where that is not known.
    crop
        Part of each photograph that the images show: see `ImagesConfig`.
    cache_dir
        Folder of caches.
    """

    name: str
    images: ImageSet
    encoder: object
    decoder: object
    z: np.ndarray
    fit: GaussianFit
    cae: CAEConfig | None
    crop: float
    cache_dir: str | None


def open_images(config: ProbedConfig) -> ImageSet:
    """Open the images of what is probed, before any model is loaded.

    Raises
    ------
    InputError
        When there is no such run, it cannot be added to, it has no images, or they have changed.
    """
    if config.run_id is None:
        return open_configured(config.images)
    check_finished(config.run_id)
    images = _source(config.run_id).images
    moved = {
        name: place
        for name in ("data_dir", "cache_dir")
        if (place := getattr(config.images, name)) is not None
    }
    opened = open_configured(replace(images, **moved))
    check_same_images(config.run_id, opened)
    return opened


def open_probed(
    config: ProbedConfig, images: ImageSet, check: Callable[[object], object] | None = None
) -> Probed:
    """Load encoder and decoder, and give the latent vectors of the images.

    Parameters
    ----------
    config
        Which autoencoder.
    images
        Its images: see `open_images`.
    check
        Called with the encoder before any image is encoded; may raise InputError.

    Raises
    ------
    InputError
        When its models cannot be loaded or do not suit the images, or there are fewer training
        images than a normal distribution of their vectors needs.
    """
    run_id, cae, source = config.run_id, None, config
    if run_id is not None:
        check_writable(run_id)
        source = _source(run_id)
    if isinstance(source, ProbedConfig):
        models = load_autoencoder(source.encoder, source.decoder, images.shape)
    else:
        models = load_encoder(run_id), load_decoder(run_id)
        cae = source.cae if source.encoder is None else None
    if check is not None:
        check(models[0])
    z = _vectors(None if isinstance(source, ProbedConfig) else run_id, models[0], images)
    fit = fit_gaussian(z[images.indices("train")])
    name = find_run(run_id).info.run_name if run_id else f"{config.encoder} on {images.name}"
    cache_dir = config.images.cache_dir or source.images.cache_dir
    return Probed(name, images, *models, z, fit, cae, source.images.crop, cache_dir)


def control_vectors(probed: Probed, seed: int) -> dict[str, np.ndarray]:
    """Give the vectors (n, d) of the same images that are read beside the latent ones.

    Returns
    -------
    dict
        "pca", as many principal components of the pixels; and "untrained", of an encoder of the
        same architecture with random weights.
    """
    images, d = probed.images, probed.z.shape[1]
    everything = np.arange(len(images))
    components = principal_components(images, images.indices("train"), everything, d, seed)
    if probed.cae is None:
        random = _encoded(_with_random_weights(probed.encoder, seed), images)
    else:
        random = untrained(images, everything, probed.cae, seed)
    return {COMPONENTS: components, UNTRAINED: random}


@contextmanager
def findings(config, what: str, probed: Probed) -> Iterator[RunWriter]:
    """Open the run that findings go into: the probed one, or one of their own.

    Parameters
    ----------
    config
        What the probe was asked to do.
    what
        What is found, for the name of a run of their own.
    probed
        Where.
    """
    if config.probed.run_id is None:
        with tracked_run(config, f"{what} of {probed.name}") as run:
            run.log_image_set(probed.images)
            yield run
    else:
        run = adding_to(config.probed.run_id)
        run.keep_configuration(config)
        yield run


def _source(run_id: str) -> ExperimentConfig | ProbedConfig:
    """Say what a run trained, or, of a run of a probe's own, what was probed."""
    repeated = find_run(run_id).data.tags.get(REUSED_TAG)
    if repeated is not None:
        raise InputError(
            f"Run {run_id} repeats the results of run {repeated}, which has the models: probe that."
        )
    config = read_configuration(run_id)
    if isinstance(config, AttributesConfig | MapsConfig):
        return config.probed
    if not isinstance(config, ExperimentConfig):
        raise InputError(
            f"Run {run_id} has no images and no autoencoder, and so nothing to probe: choose a run "
            "of train, or give encoder and decoder with their image set. What its vectors are like "
            "among themselves, assess --run says."
        )
    return config


def _vectors(run_id: str | None, encoder, images: ImageSet) -> np.ndarray:
    """Read the vectors of a run, or encode the images where it kept only some."""
    if run_id is not None:
        z, _, names = read_latents(run_id)
        if np.array_equal(names, images.names):
            return z
    return _encoded(encoder, images)


def _encoded(encoder, images: ImageSet) -> np.ndarray:
    from mlflow_latents.models import encode

    return encode(encoder, images)


def _with_random_weights(encoder, seed: int):
    """Give the encoder with kernels drawn anew; other weights are as before any training."""
    from mlflow_latents.models.backend import keras

    untrained = keras.models.clone_model(encoder)
    seeds = np.random.default_rng(seed).integers(2**31, size=len(untrained.trainable_variables))
    for variable, own in zip(untrained.trainable_variables, seeds, strict=True):
        if len(variable.shape) > 1:
            variable.assign(keras.initializers.GlorotUniform(int(own))(variable.shape))
    return untrained
