"""What a run generates: its samplers, judged and drawn, and the model that a user serves."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from mlflow_latents.data import ImageSet
from mlflow_latents.data.vectors import Vectors
from mlflow_latents.generate import fit_latent_model
from mlflow_latents.generate.judged import JudgedSampler, judge_samplers
from mlflow_latents.generate.quality import LEAST_HELD_OUT, Quality, prepare
from mlflow_latents.plots import (
    along_lines_info,
    draw_along_lines,
    draw_samplers,
    samplers_info,
    samplers_picture,
)
from mlflow_latents.stats import LatentReport
from mlflow_latents.tracking import (
    ExperimentConfig,
    Picture,
    RunWriter,
    generation_metrics,
    log_generator,
    log_picture,
)

SHOWN = {"swd": "SWD", "frechet": "Fréchet"}  # measures beside the pictures


@dataclass(frozen=True)
class Generated:
    """What a run generates.

    Parameters
    ----------
    judged
        Samplers, judged, by name; none where they were not judged.
    floor
        Held-out images, judged like those of a sampler.
    images
        How many images of each were judged.
    pictures
        Figures.
    """

    judged: dict[str, JudgedSampler] = field(default_factory=dict)
    floor: Quality | None = None
    images: int = 0
    pictures: tuple[Picture, ...] = ()

    @property
    def metrics(self) -> dict[str, float]:
        """Metrics by name."""
        if not self.judged:
            return {}
        return generation_metrics(self.judged, self.floor, self.images)


def open_judge(images: ImageSet, config: ExperimentConfig) -> Callable | None:
    """Load or train what turns images into features, before anything else is trained.

    Returns
    -------
    callable or None
        uint8 images (n, height, width, channels) to features (n, f); None where no images will be
        judged, or nothing is known of them that a judge could learn.

    Raises
    ------
    InputError
        When the judge that the configuration names will not do.
    """
    from mlflow_latents.models import judge_features

    if not config.quality.generation or _held_out(images) < LEAST_HELD_OUT:
        return None
    features = judge_features(images, config.quality.judge, config.images.cache_dir)
    if features is None:
        print(
            f"{images.name} has no labels that a judge could learn, so that generated images are "
            "measured by pixels alone: name one with judge."
        )
    return features


def generate_and_judge(
    run: RunWriter,
    vectors: Vectors,
    report: LatentReport,
    network,
    images: ImageSet,
    features: Callable | None,
    config: ExperimentConfig,
) -> Generated:
    """Log the model that generates; judge the images of all samplers, and log what was found.

    Parameters
    ----------
    run
        The run.
    vectors
        Its latent vectors.
    report
        What was said of them.
    network
        Has `encoder` and `decoder`, Keras models.
    images
        The image set.
    features
        See `open_judge`.
    config
        What the run was asked to do.

    Returns
    -------
    Generated
        Nothing where the configuration says so; no numbers where there are too few test images,
        which is printed.
    """
    seed = report.seed
    model = fit_latent_model(
        vectors.of("train"),
        seed,
        fit=report.fit,
        core=report.distance.core,
        keep_vectors=config.quality.generation,
    )
    log_generator(model, network.decoder)
    if not config.quality.generation:
        return Generated()
    encode, decode = coders(network)
    judged, floor = _judge(model, encode, decode, images, features, config, seed)
    n = _held_out(images) // 2
    generated = Generated(judged, floor, min(n, config.quality.generated))
    run.log_metrics(generated.metrics)
    if features is not None:
        run.log_judge(features.name)
    info = samplers_info(model, decode, _beside_pictures(judged), seed)
    run.log_picture_grid("samplers", samplers_picture(info))
    pictures = (
        log_picture(run, "samplers", draw_samplers(info)),
        log_picture(run, "along_lines", draw_along_lines(along_lines_info(model, decode, seed))),
    )
    return replace(generated, pictures=pictures)


def coders(network) -> tuple[Callable, Callable]:
    """Give the functions from uint8 images to vectors, and from vectors to images."""
    from mlflow_latents import models

    def encode(images: np.ndarray) -> np.ndarray:
        return models.encode(network.encoder, images)

    def decode(z: np.ndarray) -> np.ndarray:
        return models.decode(network.decoder, z)

    return encode, decode


def _judge(model, encode, decode, images, features, config, seed):
    if _held_out(images) < LEAST_HELD_OUT:
        print(
            f"The images of samplers are not judged: {images.name} has {_held_out(images)} test "
            f"images, and at least {LEAST_HELD_OUT} are needed."
        )
        return {}, None
    reference = prepare(images, features, config.quality.generated, seed)
    return judge_samplers(model, encode, decode, reference, seed), reference.floor()


def _held_out(images):
    return len(images.indices("test"))


def _beside_pictures(judged):
    """Give the numbers of each sampler that stand beside its pictures, with their errors."""
    found = {
        name: {word: getattr(each.quality, measure) for measure, word in SHOWN.items()}
        for name, each in judged.items()
    }
    return {
        name: {
            word: (estimate.value, estimate.error)
            for word, estimate in estimates.items()
            if np.isfinite(estimate.value)
        }
        for name, estimates in found.items()
    }
