"""What is made of a run's artifacts is kept on disk, since fetching them takes long."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow_latents import __version__
from mlflow_latents.paths import cache_folder
from mlflow_latents.tracking import find_run
from mlflow_latents.tracking.study_runs import REUSED_TAG

if TYPE_CHECKING:
    import pandas as pd


def cached(run_id: str, folder: str, name: str, make: Callable[[], bytes]) -> bytes:
    """Give what is made of a run's artifacts, made again when they have changed.

    Finished runs hardly ever change, but they may: a file of another size, or another end of the
    run, is another run here.

    Parameters
    ----------
    run_id
        Run that has the artifacts.
    folder
        Folder of its artifacts that they lie in.
    name
        What is made.
    make
        Makes it.
    """
    import mlflow

    listed = mlflow.MlflowClient().list_artifacts(run_id, folder)
    sizes = sorted((each.path, each.file_size) for each in listed)
    stamp = repr((__version__, find_run(run_id).info.end_time, name, sizes))
    digest = hashlib.sha256(stamp.encode()).hexdigest()[:16]
    path = cache_folder() / "comparison" / f"{run_id}-{digest}"
    if not path.exists():
        _write(path, make())
    return path.read_bytes()


def origins(frame: "pd.DataFrame") -> dict[str, str]:
    """Give the run that has the artifacts of each run: another one where results were reused."""
    column = f"tags.{REUSED_TAG}"
    if column not in frame:
        return {run_id: run_id for run_id in frame["run_id"]}
    origin = frame[column].fillna(frame["run_id"])
    return dict(zip(frame["run_id"], origin, strict=True))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    os.replace(part.name, path)
