import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import pytest

from mlflow_latents.data import ImageSet
from mlflow_latents.errors import InputError
from mlflow_latents.tracking import ExperimentConfig, check_resumable, check_same_images
from mlflow_latents.tracking.resume import PROCESS_TAG, fetch_checkpoint, this_process
from mlflow_latents.tracking.writer import RunWriter, tracked_run

CONFIG = ExperimentConfig()


@pytest.fixture
def killed(store):
    """A run that its process has left RUNNING."""
    with tracked_run(CONFIG, "killed") as run:
        pass
    mlflow.MlflowClient().set_tag(run.run_id, PROCESS_TAG, "another host:1")
    mlflow.MlflowClient().update_run(run.run_id, status="RUNNING")
    return run.run_id


def test_killed_run_may_be_continued_with_its_own_settings(killed):
    assert check_resumable(killed, {"epochs": CONFIG.training.epochs}) == CONFIG
    with pytest.raises(InputError, match="epochs=8, not 9"):
        check_resumable(killed, {"epochs": 9})


def test_run_of_a_living_process_may_not(killed):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        host = this_process().rpartition(":")[0]
        mlflow.MlflowClient().set_tag(killed, PROCESS_TAG, f"{host}:{other.pid}")
        with pytest.raises(InputError, match=str(other.pid)):
            check_resumable(killed, {})
        other.communicate(b"\n")
    assert check_resumable(killed, {}) == CONFIG


def test_run_of_a_given_autoencoder_has_nothing_to_continue(store):
    config = replace(CONFIG, encoder="a.keras", decoder="b.keras")
    with tracked_run(config, "given") as run:
        pass
    mlflow.MlflowClient().update_run(run.run_id, status="FAILED")
    with pytest.raises(InputError, match="trained nothing, since its autoencoder was given"):
        check_resumable(run.run_id, {})


def test_deleted_run_may_not(killed):
    mlflow.MlflowClient().delete_run(killed)
    with pytest.raises(InputError, match="deleted"):
        check_resumable(killed, {})


def test_images_must_be_the_same(killed):
    images = ImageSet(
        name="few",
        images=np.zeros((3, 8, 8, 1), np.uint8),
        split=np.array(["train", "validation", "test"]),
        names=np.array(list("abc")),
        digest="0" * 32,
        source="here",
    )
    RunWriter(killed).log_image_set(images)
    check_same_images(killed, images)
    with pytest.raises(InputError, match="no longer those"):
        check_same_images(killed, replace(images, digest="1" * 32))


def checkpoint(folder: Path, losses: list[float], best: int) -> None:
    history = np.array([[i + 1, 0, loss, 0, 0, 0] for i, loss in enumerate(losses)])
    folder.mkdir(parents=True)
    np.savez(folder / "last.npz", history=history)
    np.savez(folder / "best.npz", history=history[:best])


def test_newest_whole_checkpoint_is_fetched(killed, tmp_path):
    with pytest.raises(InputError, match="before its first epoch"):
        fetch_checkpoint(killed, tmp_path / "none")
    checkpoint(tmp_path / "kept/0", [3.0, 2.0], best=2)
    checkpoint(tmp_path / "kept/1", [3.0, 2.0, 1.0], best=2)  # the copy was cut off between files
    with mlflow.start_run(run_id=killed):
        mlflow.log_artifacts(str(tmp_path / "kept"), "checkpoint")
    fetch_checkpoint(killed, tmp_path / "fetched")
    assert len(np.load(tmp_path / "fetched/last.npz")["history"]) == 2

    for file in (tmp_path / "kept/0/last.npz", tmp_path / "kept/1/last.npz"):
        os.truncate(file, 100)
    with mlflow.start_run(run_id=killed):
        mlflow.log_artifacts(str(tmp_path / "kept"), "checkpoint")
    with pytest.raises(InputError, match="before its first epoch"):
        fetch_checkpoint(killed, tmp_path / "again")


@pytest.mark.parametrize(("name", "kept"), [("my-test-7", True), ("gifted-wren-120", False)])
def test_only_names_that_mlflow_made_up_are_replaced(store, name, kept, monkeypatch):
    made = mlflow.MlflowClient().create_run("1", run_name=name).info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", made)
    with tracked_run(CONFIG, "ours") as run:
        pass
    assert run.run_id == made
    assert mlflow.get_run(made).info.run_name == (name if kept else "ours")


def test_run_that_mlflow_run_made_beside_a_resumed_one_says_where_to_look(killed, monkeypatch):
    made = mlflow.MlflowClient().create_run("1").info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", made)
    with tracked_run(CONFIG, "killed", killed) as run:
        pass
    assert run.run_id == killed
    assert mlflow.get_run(made).info.run_name.startswith("see run")


def test_interrupted_run_is_killed_and_failed_run_says_why(store):
    for error, status in ((KeyboardInterrupt(), "KILLED"), (InputError("no good."), "FAILED")):
        with pytest.raises(type(error)), tracked_run(CONFIG, "run") as run:
            raise error
        assert mlflow.get_run(run.run_id).info.status == status
    assert mlflow.get_run(run.run_id).data.tags["mlflow_latents.failure"] == "no good."
