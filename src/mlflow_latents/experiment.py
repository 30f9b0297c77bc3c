"""One run from images to tracked result; reads like the recipe that it is.

open_images -> train -> encode -> assess -> draw -> log
"""

import tempfile
import warnings
from pathlib import Path

import numpy as np

from mlflow_latents.controls import judge_controls
from mlflow_latents.data import ImageSet, open_configured
from mlflow_latents.data.flattened import mean_image_error
from mlflow_latents.data.vectors import Vectors, join_held_out, read_vectors
from mlflow_latents.errors import InputError
from mlflow_latents.plots import (
    AtypicalInfo,
    atypical_info,
    controls_info,
    draw_atypical,
    draw_controls,
    draw_learning_curves,
    draw_reconstructions,
    learning_curves_info,
    reconstructions_info,
)
from mlflow_latents.plots.image_grid import pair_grid
from mlflow_latents.stats import LatentReport
from mlflow_latents.tracking import (
    AssessmentConfig,
    ExperimentConfig,
    RunWriter,
    artifacts,
    check_resumable,
    check_same_images,
    check_store,
    fetch_checkpoint,
    find_run,
    how_to_look,
    judge,
    latent_metrics,
    log_page,
    log_picture,
    log_report,
    read_history,
    read_latents,
    tracked_run,
    validation_metrics,
)

LEAST_EXPLAINED = 0.1  # share of the variance below which a training counts as failed
SHOWN = 16  # held-out images whose reconstructions are logged


def run_experiment(config: ExperimentConfig) -> str:
    """Train an autoencoder, judge its latent vectors, and log everything in one MLflow run.

    Parameters
    ----------
    config
        What to do.

    Returns
    -------
    str
        Id of the run.

    Raises
    ------
    InputError
        Before anything is written or trained where the input is bad; later when the loss is no
        longer finite, which leaves a run marked FAILED.
    """
    return _run(config)


def resume_experiment(run_id: str, given: dict[str, object] | None = None) -> str:
    """Continue a run that was stopped from its last epoch, in the same run.

    Parameters
    ----------
    run_id
        Id of the run.
    given
        Settings that a person has given; they must be the run's own.

    Returns
    -------
    str
        Id of the run.

    Raises
    ------
    InputError
        When there is no such run, it has finished, it kept no epoch, another process is at it, a
        given setting differs from its own, or the images have changed.
    """
    check_store()
    return _run(check_resumable(run_id, given or {}), resume=run_id)


def run_assessment(config: AssessmentConfig) -> str:
    """Judge a file of vectors, or those of an earlier run again, in an MLflow run of its own.

    Parameters
    ----------
    config
        What to judge.

    Returns
    -------
    str
        Id of the new run.

    Raises
    ------
    InputError
        Before anything is logged, when there are no vectors, too few, or such that are no finite
        numbers.
    """
    check_store()
    vectors, source = _vectors_to_judge(config)
    report = judge(vectors, config.assess_seed, config.assess)
    with tracked_run(config, f"assess {source}") as run:
        run.log_latents(vectors, config.tracking.latents_kept, config.assess_seed)
        pictures = log_report(run, vectors, report)
        controls = judge_controls(vectors, report) if config.controls else {}
        pictures += _log_controls(run, controls, report)
        log_page(run, config, report, latent_metrics(report), pictures, controls)
    _announce(run.run_id, report)
    return run.run_id


def _run(config: ExperimentConfig, resume: str | None = None) -> str:
    # Here, since it imports Keras and JAX, which an assessment does without.
    from mlflow_latents.models import check_job

    check_store()
    images = open_configured(config.images)
    check_job(images, config.cae, config.training)
    with tempfile.TemporaryDirectory() as folder:
        if resume is not None:
            check_same_images(resume, images)
            fetch_checkpoint(resume, Path(folder))
        return _tracked(config, images, Path(folder), resume)


def _tracked(config: ExperimentConfig, images: ImageSet, checkpoint: Path, resume: str | None):
    from mlflow_latents.models import encode

    with tracked_run(config, _name(config, images), resume) as run:
        run.log_image_set(images)
        trained = _train(run, images, config, checkpoint)
        run.log_model(trained.encoder, artifacts.ENCODER)
        run.log_model(trained.decoder, artifacts.DECODER)
        if trained.log_variance is not None:
            run.log_model(trained.log_variance, artifacts.LOG_VARIANCE)
        vectors = Vectors(encode(trained.encoder, images), images.split, images.names)
        run.log_latents(vectors, config.tracking.latents_kept, config.training.seed)
        errors = _reconstruction_errors(trained, images)
        report = judge(vectors, config.training.seed, config.assess)
        far = atypical_info(report.fit.d2(vectors.of("test")), errors.mse)
        quality = {
            **_reconstruction_quality(errors, images),
            "reconstruction/d2_correlation": far.correlation,
        }
        run.log_metrics({**quality, "train/best_epoch": trained.best_epoch})
        controls = {}
        if config.controls:
            controls = judge_controls(vectors, report, images, config.cae, trained.log_variance)
        pictures = [
            log_picture(run, "reconstructions", _draw_reconstructions(trained, images)),
            *_log_controls(run, controls, report),
            *log_report(run, vectors, report),
            log_picture(run, "atypical", _draw_atypical(trained, images, far)),
            log_picture(run, "learning_curves", _draw_learning_curves(run, trained)),
        ]
        metrics = {**latent_metrics(report), **quality}
        log_page(run, config, report, metrics, pictures, controls)
    _announce(run.run_id, report)
    return run.run_id


def _train(run: RunWriter, images: ImageSet, config: ExperimentConfig, checkpoint: Path):
    from mlflow_latents.models import encode, train

    shown, validation = _shown(images), images.indices("validation")

    def log_epoch(epoch, encoder, decoder):
        originals, reconstructions = _reconstructed(encoder, decoder, images, shown)
        latent = validation_metrics(encode(encoder, images, validation))
        run.log_epoch(epoch, latent, pair_grid(originals, reconstructions))
        run.log_checkpoint(checkpoint, epoch.number)

    return train(images, config.cae, config.training, checkpoint_dir=checkpoint, on_epoch=log_epoch)


def _shown(images: ImageSet) -> np.ndarray:
    """Choose the held-out images whose reconstructions are logged: always the same."""
    return images.indices("test")[:SHOWN]


def _reconstructed(encoder, decoder, images: ImageSet, indices: np.ndarray):
    from mlflow_latents.models import decode, encode

    return images.images[indices], decode(decoder, encode(encoder, images, indices))


def _reconstruction_errors(trained, images: ImageSet):
    from mlflow_latents.models import reconstruction_errors

    return reconstruction_errors(trained.encoder, trained.decoder, images, images.indices("test"))


def _reconstruction_quality(errors, images: ImageSet) -> dict[str, float]:
    mse = float(np.mean(errors.mse))
    constant = mean_image_error(images, images.indices("train"), images.indices("test"))
    explained = 1 - mse / constant if constant else 1.0
    if explained < LEAST_EXPLAINED:
        warnings.warn(
            f"The reconstructions are {'worse' if explained < 0 else 'hardly better'} than the "
            f"mean image (mse {mse:.4f} and {constant:.4f}): the latent vectors tell little of the "
            "images. Try a smaller learning_rate, such as a third, loss=binary_crossentropy, or "
            "more epochs.",
            stacklevel=2,
        )
    return {
        "reconstruction/mse": mse,
        "reconstruction/explained_variance": explained,
        "reconstruction/psnr": float(np.mean(errors.psnr)),
        "reconstruction/ssim": float(np.mean(errors.ssim)),
    }


def _draw_reconstructions(trained, images: ImageSet):
    pairs = _reconstructed(trained.encoder, trained.decoder, images, _shown(images))
    return draw_reconstructions(reconstructions_info(*pairs))


def _draw_atypical(trained, images: ImageSet, far: AtypicalInfo):
    indices = images.indices("test")[far.farthest]
    return draw_atypical(far, *_reconstructed(trained.encoder, trained.decoder, images, indices))


def _log_controls(run: RunWriter, controls: dict[str, LatentReport], report: LatentReport):
    if not controls:
        return []
    run.log_controls(controls)
    return [log_picture(run, "controls", draw_controls(controls_info(report, controls)))]


def _draw_learning_curves(run: RunWriter, trained):
    latent = read_history(run.run_id, "validation/latent/")
    return draw_learning_curves(learning_curves_info(trained.history, latent))


def _vectors_to_judge(config: AssessmentConfig) -> tuple[Vectors, str]:
    if config.run is not None:
        source = f"run {config.run}"
        vectors, name = Vectors(*read_latents(config.run)), find_run(config.run).info.run_name
    else:
        source = f"file {config.vectors}"
        vectors, name = read_vectors(config.vectors), Path(config.vectors).name
    if config.held_out is not None:
        vectors = join_held_out(vectors, read_vectors(config.held_out))
    if "train" not in vectors.split:
        raise InputError(
            f"The {source} holds no vectors of the split train, which are the ones that are "
            "judged: give others, or correct its array split."
        )
    return vectors, name


def _name(config: ExperimentConfig, images: ImageSet) -> str:
    return f"{images.name} {images.shape[0]}px d={config.cae.latent_dim}"


def _announce(run_id: str, report: LatentReport) -> None:
    print(f"\n{report.verdict.sentence}\n\nRun {run_id}. To look at it: {how_to_look()}")
