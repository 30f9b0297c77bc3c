"""May a run be continued, and from where? Asked before the run is opened again."""

import os
import shutil
import socket
from pathlib import Path

from mlflow_latents.data import ImageSet
from mlflow_latents.errors import InputError
from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.configuration import ExperimentConfig, flatten
from mlflow_latents.tracking.reader import download, find_run, has_artifact, read_configuration

PROCESS_TAG = "mlflow_latents.process"


def this_process() -> str:
    """Name this process among those of all machines."""
    return f"{socket.gethostname()}:{os.getpid()}"


def check_resumable(run_id: str, given: dict[str, object]) -> ExperimentConfig:
    """Read the configuration of a run that is to be continued.

    Parameters
    ----------
    run_id
        Id of the run.
    given
        Settings that a person has given; they must be the run's own.

    Returns
    -------
    ExperimentConfig
        The configuration that the run was started with.

    Raises
    ------
    InputError
        When there is no such run, it has finished, another process on this machine is at it, it
        trained no autoencoder, or a given setting differs from its own.
    """
    run = find_run(run_id)
    if run.info.status == "FINISHED":
        raise InputError(f"Run {run_id} has finished: there is nothing to continue.")
    process = run.data.tags.get(PROCESS_TAG, "")
    if run.info.status == "RUNNING" and _is_alive(process):
        raise InputError(
            f"Run {run_id} is being written by another process ({process}): wait until it ends, "
            "or stop it first."
        )
    config = read_configuration(run_id)
    if not isinstance(config, ExperimentConfig):
        raise InputError(f"Run {run_id} trained no autoencoder: resume goes with runs of train.")
    if config.encoder is not None:
        raise InputError(
            f"Run {run_id} trained nothing, since its autoencoder was given: start it anew."
        )
    own = flatten(config)
    for name, value in given.items():
        if value != own[name]:
            raise InputError(
                f"Run {run_id} was started with {name}={own[name]}, not {value}: leave {name} "
                "away, since a resumed run keeps its settings, or start a new run."
            )
    return config


def check_same_images(run_id: str, images: ImageSet) -> None:
    """Raise InputError when the images are no longer those that a run was started with."""
    digests = [each.dataset.digest for each in find_run(run_id).inputs.dataset_inputs]
    if digests and images.digest[:36] not in digests:
        raise InputError(
            f"The images of {images.name} are no longer those that run {run_id} was started with "
            f"(digest {images.digest}, not {digests[0]}): restore them, or start a new run."
        )


def fetch_checkpoint(run_id: str, folder: Path) -> None:
    """Fetch the newest whole checkpoint of a run into a folder.

    Raises
    ------
    InputError
        When the run has none.
    """
    from mlflow_latents.models.checkpoint import whole_epochs

    if has_artifact(run_id, artifacts.CHECKPOINTS):
        with download(run_id, artifacts.CHECKPOINTS) as slots:
            newest = max(slots.iterdir(), key=whole_epochs)
            if whole_epochs(newest):
                shutil.copytree(newest, folder, dirs_exist_ok=True)
                return
    raise InputError(
        f"Run {run_id} was stopped before its first epoch was kept: there is nothing to continue, "
        "so start it anew."
    )


def _is_alive(process: str) -> bool:
    """Whether a process of this machine is alive; of another machine's nothing is known."""
    host, _, number = process.rpartition(":")
    if host != socket.gethostname() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
