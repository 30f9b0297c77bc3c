"""One run from images to tracked result; reads like the recipe that it is.

open_images -> train -> encode -> assess -> generate -> draw -> log
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from mlflow_latents.controls import judge_controls
from mlflow_latents.data import ImageSet, open_configured
from mlflow_latents.data.vectors import Vectors, join_held_out, read_vectors
from mlflow_latents.errors import InputError
from mlflow_latents.plots import (
    atypical_info,
    controls_info,
    draw_controls,
    draw_learning_curves,
    learning_curves_info,
)
from mlflow_latents.plots.image_grid import pair_grid
from mlflow_latents.reconstructing import (
    atypical_figure,
    errors_of,
    reconstructed,
    reconstruction_metrics,
    reconstructions_figure,
    shown,
)
from mlflow_latents.sampling import generate_and_judge, open_judge
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
    load_autoencoder,
    log_page,
    log_picture,
    log_report,
    read_history,
    read_latents,
    tracked_run,
    validation_metrics,
)


def run_experiment(config: ExperimentConfig, run_id: str | None = None) -> str:
    """Train an autoencoder, judge its latent vectors, and log everything in one MLflow run.

    Parameters
    ----------
    config
        What to do.
    run_id
        Id of a run that was made for this and holds nothing yet; None makes one.

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
    return _run(config, run_id)


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
    return _run(check_resumable(run_id, given or {}), run_id, resume=True)


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


def _run(config: ExperimentConfig, run_id: str | None, resume: bool = False) -> str:
    # Here, since it imports Keras and JAX, which an assessment does without.
    from mlflow_latents.models import check_job, check_latent_dim

    check_store()
    images = open_configured(config.images)
    if config.encoder is not None:
        given = load_autoencoder(config.encoder, config.decoder, images.shape)
        d = given.encoder.output_shape[-1]
        check_latent_dim(images, d)
        features = open_judge(images, config)
        return _tracked(config, images, d, features, lambda run: given, run_id)
    check_job(images, config.cae, config.training)
    features = open_judge(images, config)
    with tempfile.TemporaryDirectory() as folder:
        if resume:
            check_same_images(run_id, images)
            fetch_checkpoint(run_id, Path(folder))

        def network_of(run):
            return _train(run, images, config, Path(folder))

        return _tracked(config, images, config.cae.latent_dim, features, network_of, run_id)


def _tracked(
    config: ExperimentConfig,
    images: ImageSet,
    d: int,
    features: Callable | None,
    network_of: Callable,
    run_id: str | None,
) -> str:
    from mlflow_latents.models import encode

    seed = config.training.seed
    with tracked_run(config, _name(config, images, d), run_id) as run:
        run.log_image_set(images)
        network = network_of(run)
        _log_models(run, network)
        vectors = Vectors(encode(network.encoder, images), images.split, images.names)
        run.log_latents(vectors, config.tracking.latents_kept, seed)
        errors = errors_of(network, images)
        report = judge(vectors, seed, config.assess)
        figures = log_report(run, vectors, report)
        far = atypical_info(report.fit.d2(vectors.of("test")), errors.mse)
        quality = {
            **reconstruction_metrics(errors, images, config.encoder is None),
            "reconstruction/d2_correlation": far.correlation,
        }
        run.log_metrics(quality)
        figures += [
            log_picture(run, "atypical", atypical_figure(network, images, far)),
            *_log_learning_curves(run, network),
        ]
        controls = _judge_controls(vectors, report, images, config, network)
        pictures = [
            log_picture(run, "reconstructions", reconstructions_figure(network, images)),
            *_log_controls(run, controls, report),
        ]
        generated = generate_and_judge(run, vectors, report, network, images, features, config)
        pictures[1:1] = generated.pictures
        pictures += figures
        metrics = {**latent_metrics(report), **quality}
        log_page(run, config, report, metrics, pictures, controls, generated.metrics)
    _announce(run.run_id, report)
    return run.run_id


def _train(run: RunWriter, images: ImageSet, config: ExperimentConfig, checkpoint: Path):
    from mlflow_latents.models import encode, train

    indices, validation = shown(images), images.indices("validation")

    def log_epoch(epoch, encoder, decoder):
        originals, reconstructions = reconstructed(encoder, decoder, images, indices)
        latent = validation_metrics(encode(encoder, images, validation))
        run.log_epoch(epoch, latent, pair_grid(originals, reconstructions))
        run.log_checkpoint(checkpoint, epoch.number)

    trained = train(
        images, config.cae, config.training, checkpoint_dir=checkpoint, on_epoch=log_epoch
    )
    run.log_metrics({"train/best_epoch": trained.best_epoch})
    return trained


def _log_models(run: RunWriter, network) -> None:
    run.log_model(network.encoder, artifacts.ENCODER)
    run.log_model(network.decoder, artifacts.DECODER)
    if getattr(network, "log_variance", None) is not None:
        run.log_model(network.log_variance, artifacts.LOG_VARIANCE)


def _judge_controls(vectors, report, images, config, network) -> dict[str, LatentReport]:
    if not config.controls:
        return {}
    cae = config.cae if config.encoder is None else None  # one that was given may be any
    return judge_controls(vectors, report, images, cae, getattr(network, "log_variance", None))


def _log_controls(run: RunWriter, controls: dict[str, LatentReport], report: LatentReport):
    if not controls:
        return []
    run.log_controls(controls)
    return [log_picture(run, "controls", draw_controls(controls_info(report, controls)))]


def _log_learning_curves(run: RunWriter, network):
    history = getattr(network, "history", ())
    if not history:
        return []
    latent = read_history(run.run_id, "validation/latent/")
    figure = draw_learning_curves(learning_curves_info(history, latent))
    return [log_picture(run, "learning_curves", figure)]


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


def _name(config: ExperimentConfig, images: ImageSet, d: int) -> str:
    plain = config.cae.model == "cae" or config.encoder is not None
    kind = "" if plain else f" {config.cae.model}"
    return f"{images.name} {images.shape[0]}px{kind} d={d}"


def _announce(run_id: str, report: LatentReport) -> None:
    print(f"\n{report.verdict.sentence}\n\nRun {run_id}. To look at it: {how_to_look()}")
