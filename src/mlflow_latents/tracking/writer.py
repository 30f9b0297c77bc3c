"""Writes one run: parameters, metrics, pictures and artifacts, under names that never change."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlflow_latents.data import ImageSet
from mlflow_latents.data.vectors import Vectors
from mlflow_latents.models import Epoch
from mlflow_latents.stats import LatentReport
from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.configuration import digest_of, parameters
from mlflow_latents.tracking.manners import (
    NOTE_TAG,
    is_random,
    leave_run_of_mlflow_run,
    show_as_training,
)
from mlflow_latents.tracking.names import control_metrics, latent_metrics
from mlflow_latents.tracking.process import command_tags, runs_of_commands
from mlflow_latents.tracking.reader import has_artifact
from mlflow_latents.tracking.resume import PROCESS_TAG, this_process
from mlflow_latents.tracking.serialize import report_to_json, to_json

_PARAMETERS_PER_BATCH = 100
_PARAMETER_LENGTH = 6000  # MLflow cuts longer values without a word
_TAG_LENGTH = 5000
FAILURE_TAG = "mlflow_latents.failure"
DIGEST_TAG = "mlflow_latents.digest"
JUDGE_TAG = "mlflow_latents.judge"


@contextmanager
def tracked_run(configuration, name: str, run_id: str | None = None) -> Iterator["RunWriter"]:
    """Open a run for writing; an exception inside leaves what was logged and marks it FAILED.

    Inside `mlflow run` this is the run that `mlflow run` made, so that there is one and not two.

    Parameters
    ----------
    configuration
        What the run was asked to do.
    name
        Name of the run, unless the configuration or `mlflow run --run-name` gives another one.
    run_id
        Id of a run that is there already: one to continue, whose configuration stands, or one that
        holds nothing yet; None for a new one.

    Yields
    ------
    RunWriter
        Writes into the run.
    """
    import mlflow
    from mlflow.entities import RunStatus
    from mlflow.exceptions import MlflowException

    if run_id is not None:
        leave_run_of_mlflow_run(run_id)
    # Given here too, since inside `mlflow run` MLflow asks no provider: the run is there already,
    # and this package may not be installed.
    with runs_of_commands(), mlflow.start_run(run_id=run_id, tags=command_tags()) as run:
        writer = RunWriter(run.info.run_id)
        show_as_training(run.info.experiment_id)
        mlflow.set_tag(PROCESS_TAG, this_process())
        try:
            if run_id is None or not has_artifact(run_id, artifacts.CONFIGURATIONS):
                writer.log_configuration(configuration)
                writer.name(configuration.tracking.run_name, name)
            yield writer
        except KeyboardInterrupt as interrupt:
            mlflow.end_run(RunStatus.to_string(RunStatus.KILLED))
            interrupt.add_note(f"Run {writer.run_id} is marked KILLED.")
            if has_artifact(writer.run_id, artifacts.CHECKPOINTS):
                interrupt.add_note(f"Its training goes on with train --resume {writer.run_id}.")
            raise
        except BaseException as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            # The store itself may be what failed, and must not hide it.
            with suppress(MlflowException):
                mlflow.set_tag(FAILURE_TAG, lines[0][:_TAG_LENGTH])
            raise


@dataclass(frozen=True)
class RunWriter:
    """Writes into a run, the active one where it is being made.

    Parameters
    ----------
    run_id
        Id of the run.
    """

    run_id: str

    def log_configuration(self, configuration) -> None:
        """Log a configuration as parameters, and exactly as an artifact.

        `mlflow run` has logged the parameters that it was given already, in the user's spelling,
        which must not be changed.
        """
        import mlflow
        from mlflow.entities import Param

        client = mlflow.MlflowClient()
        there = client.get_run(self.run_id).data.params
        missing = [
            Param(name, text[:_PARAMETER_LENGTH])
            for name, text in parameters(configuration).items()
            if name not in there
        ]
        for start in range(0, len(missing), _PARAMETERS_PER_BATCH):
            client.log_batch(self.run_id, params=missing[start : start + _PARAMETERS_PER_BATCH])
        client.set_tag(self.run_id, DIGEST_TAG, digest_of(configuration))
        self.keep_configuration(configuration)

    def keep_configuration(self, configuration) -> None:
        """Log a configuration exactly, as an artifact."""
        import mlflow

        kind = type(configuration).__name__
        path = f"{artifacts.CONFIGURATIONS}/{kind}.json"
        mlflow.log_text(to_json(configuration), path, run_id=self.run_id)

    def name(self, given: str | None, otherwise: str) -> None:
        """Name the run as it was asked for, else instead of the random name that MLflow gives."""
        import mlflow

        if given or is_random(self.run_name()):
            mlflow.MlflowClient().update_run(self.run_id, name=given or otherwise)

    def run_name(self) -> str:
        """Give the name of the run."""
        import mlflow

        return mlflow.MlflowClient().get_run(self.run_id).info.run_name

    def log_image_set(self, images: ImageSet) -> None:
        """Log the image set as the run's dataset, with digest, source and sizes of its splits."""
        import mlflow
        from mlflow.entities import Dataset, DatasetInput, InputTag

        sizes = {split: len(images.indices(split)) for split in ("train", "validation", "test")}
        profile = {"images": len(images.images), "shape": list(images.shape), **sizes}
        dataset = Dataset(
            name=images.name,
            digest=images.digest[:36],
            source_type="local",
            source=json.dumps({"uri": images.source}),
            profile=json.dumps(profile),
        )
        tags = [InputTag("mlflow.data.context", "training")]
        mlflow.MlflowClient().log_inputs(self.run_id, [DatasetInput(dataset, tags)])
        if images.skipped:
            mlflow.log_text("\n".join(images.skipped), artifacts.SKIPPED)

    def log_epoch(self, epoch: Epoch, latent: Mapping[str, float], reconstructions) -> None:
        """Log what one epoch gave.

        Parameters
        ----------
        epoch
            Losses and speed.
        latent
            Latent metrics of the validation vectors, by name.
        reconstructions
            Picture of the same held-out images beside their reconstructions, uint8
            (height, width, channels).
        """
        import mlflow

        values = {
            "train/loss": epoch.train_loss,
            "validation/loss": epoch.validation_loss,
            "train/images_per_second": epoch.images_per_second,
            "train/learning_rate": epoch.learning_rate,
            **latent,
        }
        mlflow.log_metrics(values, step=epoch.number)
        mlflow.log_image(
            reconstructions, key="reconstructions", step=epoch.number, synchronous=True
        )

    def log_picture_grid(self, key: str, picture: np.ndarray) -> None:
        """Log a picture, uint8 (height, width, channels), for the UI's comparison of runs."""
        import mlflow

        mlflow.log_image(picture, key=key, step=0, synchronous=True)

    def log_judge(self, name: str) -> None:
        """Log the name of the judge of generated images, as a tag."""
        import mlflow

        mlflow.set_tag(JUDGE_TAG, name)

    def log_metrics(self, values: Mapping[str, float]) -> None:
        """Log final metrics."""
        import mlflow

        mlflow.log_metrics(dict(values), run_id=self.run_id)

    def log_checkpoint(self, folder: Path, epoch: int) -> None:
        """Keep a training's checkpoint, so that another machine can continue it.

        Two slots in turn: a kill amid the copy spoils one of them and leaves the other whole.
        """
        import mlflow

        mlflow.log_artifacts(str(folder), f"{artifacts.CHECKPOINTS}/{epoch % 2}")

    def log_report(self, report: LatentReport) -> None:
        """Log a report: its metrics, itself, its Gaussian fit, and its verdict in plain words.

        A description that the run had before its first verdict is a person's, and stays.
        """
        import mlflow

        self.log_metrics(latent_metrics(report))
        fit = report.fit
        self.log_arrays(
            artifacts.GAUSSIAN,
            mean=fit.mean,
            covariance=fit.covariance,
            axes=fit.axes,
            variances=fit.variances,
            n=np.array(fit.n),
        )
        mlflow.log_text(report_to_json(report), artifacts.REPORT)
        there = mlflow.MlflowClient().get_run(self.run_id).data.tags
        mlflow.set_tag("verdict", report.verdict.kind)
        if "verdict" in there or not there.get(NOTE_TAG):
            mlflow.set_tag(NOTE_TAG, report.verdict.sentence[:_TAG_LENGTH])

    def log_controls(self, controls: Mapping[str, LatentReport]) -> None:
        """Log what controls gave: their metrics, and their verdicts as tags."""
        import mlflow

        self.log_metrics(control_metrics(controls))
        mlflow.set_tags(
            {f"control.{name}.verdict": each.verdict.kind for name, each in controls.items()}
        )

    def log_latents(self, vectors: Vectors, kept: int | None, seed: int) -> None:
        """Log latent vectors as latents/latents.npz: z (n, d), split (n,), name (n,).

        Parameters
        ----------
        vectors
            The vectors.
        kept
            How many to keep, drawn at random; None for all.
        seed
            Seed of the drawing.
        """
        rows = slice(None)
        if kept is not None and kept < len(vectors.z):
            rows = np.sort(np.random.default_rng(seed).choice(len(vectors.z), kept, replace=False))
        self.log_arrays(
            artifacts.LATENTS,
            z=vectors.z[rows],
            split=vectors.split[rows],
            name=vectors.names[rows],
        )

    def log_arrays(self, path: str, **arrays: np.ndarray) -> None:
        """Log arrays as one .npz artifact that loads with allow_pickle=False."""
        with self._artifact(path) as file:
            np.savez(file, **arrays)

    def log_figure(self, path: str, png: bytes) -> None:
        """Log a picture as an artifact."""
        with self._artifact(path) as file:
            file.write_bytes(png)

    def log_page(self, html: str) -> None:
        """Log the run's page."""
        import mlflow

        mlflow.log_text(html, artifacts.PAGE, run_id=self.run_id)

    def log_model(self, model, name: str) -> None:
        """Log a Keras model with its signature; plain Keras loads it without this package."""
        import jax
        import mlflow
        from mlflow.models import ModelSignature
        from mlflow.types import Schema, TensorSpec

        from mlflow_latents.models.backend import keras

        def schema(shape):
            return Schema([TensorSpec(np.dtype(np.float32), (-1, *shape[1:]))])

        mlflow.keras.log_model(
            model,
            name=name,
            signature=ModelSignature(schema(model.input_shape), schema(model.output_shape)),
            # Given, since MLflow would spend long seconds in a subprocess to infer them.
            pip_requirements=[
                f"mlflow=={mlflow.__version__}",
                f"keras=={keras.__version__}",
                f"jax=={jax.__version__}",
            ],
        )

    @contextmanager
    def _artifact(self, path: str) -> Iterator[Path]:
        import mlflow

        folder, _, file = path.rpartition("/")
        with tempfile.TemporaryDirectory() as temporary:
            yield Path(temporary, file)
            mlflow.log_artifact(str(Path(temporary, file)), folder or None, run_id=self.run_id)
