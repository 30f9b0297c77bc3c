"""The command keeps workers at work until nothing is left, whatever happens to them."""

import threading
from pathlib import Path

import mlflow
import pytest

from mlflow_latents.compare.answers import Answer
from mlflow_latents.errors import InputError
from mlflow_latents.studies import mending, pool
from mlflow_latents.studies.config import StudyConfig
from mlflow_latents.studies.design import Factorial, Objective, levels
from mlflow_latents.studies.objectives import OBJECTIVES
from mlflow_latents.studies.process import WorkerProcess, shares_of_cores, start_worker
from mlflow_latents.studies.storage import Storage
from mlflow_latents.studies.worker import work
from mlflow_latents.tracking import tracked_run

TINY = Objective(
    "tiny",
    "Is it tiny?",
    "Yes.",
    ("reconstruction/mse",),
    {"smoke": Factorial((levels("latent_dim", 2, 4),), 2, {"dataset": "digits"})},
)
ANSWER = Answer(("Yes, it is tiny.",), "", "", (), "")


class Thread:
    """A worker in a thread, that looks like a process."""

    def __init__(self, do):
        self.returncode = None
        self.thread = threading.Thread(target=self._run, args=(do,))
        self.thread.start()

    def _run(self, do):
        try:
            do()
            self.returncode = 0
        except (RuntimeError, SystemExit):
            self.returncode = -9

    def poll(self):
        return None if self.thread.is_alive() else self.returncode

    def terminate(self):
        pass

    def wait(self, timeout=None):
        self.thread.join()


@pytest.fixture
def started(store, monkeypatch):
    """Have workers run in threads, with `started.trial` in place of the experiment."""

    class Started:
        names = ()
        trial = staticmethod(trial)
        dies = ()  # numbers of workers that die at once

    def start(config, cores, share, experiment, folder):
        number, name = len(Started.names), f"worker {len(Started.names)}"
        Started.names += (name,)
        log = Path(folder, name)
        log.write_text("the last words")

        def do():
            if number in Started.dies:
                raise RuntimeError
            work(config, Storage(config.storage), name, Started.trial)

        return WorkerProcess(name, Thread(do), log)

    monkeypatch.setitem(OBJECTIVES, "tiny", TINY)
    monkeypatch.setattr(pool, "start_worker", start)
    monkeypatch.setattr(pool, "POLL", 0.05)
    monkeypatch.setattr(pool, "answer_into", lambda parent, study: ANSWER)
    return Started


def trial(config, run_id):
    with tracked_run(config, "", run_id) as run:
        run.log_metrics(
            {"reconstruction/mse": 1 / config.cae.latent_dim, "latent/radial/wasserstein": 0.5}
        )


def children(parent):
    query = f"tags.`mlflow.parentRunId` = '{parent}'"
    return mlflow.search_runs(
        search_all_experiments=True, filter_string=query, output_format="list"
    )


def test_study_is_done(started, capsys):
    parent = pool.run_study(StudyConfig(objective="tiny"))
    assert mlflow.get_run(parent).info.status == "FINISHED"
    runs = children(parent)
    assert [run.info.status for run in runs] == ["FINISHED"] * 4
    factors = {
        (
            run.data.tags["mlflow_latents.factor.latent_dim"],
            run.data.tags["mlflow_latents.replicate"],
        )
        for run in runs
    }
    assert factors == {("2", "0"), ("4", "0"), ("2", "1"), ("4", "1")}
    printed = capsys.readouterr().out
    assert "Yes, it is tiny." in printed
    assert "tiny-smoke: 4 trials complete, 0 failed." in printed
    assert "optuna-dashboard sqlite:///" in printed


def test_dead_worker_is_replaced(started):
    started.dies = (0,)
    parent = pool.run_study(StudyConfig(objective="tiny", trials=1))
    assert len(started.names) == 2
    assert mlflow.get_run(parent).info.status == "FINISHED"


def test_workers_that_only_die_end_the_command(started):
    started.dies = range(100)
    with pytest.raises(InputError, match=r"5 workers in a row have died bef(.|\n)*the last words"):
        pool.run_study(StudyConfig(objective="tiny", trials=1))
    assert {run.info.status for run in mlflow.search_runs(output_format="list")} == {"KILLED"}


def test_trial_that_kills_its_worker_is_given_up_and_the_study_goes_on(started, monkeypatch):
    def deadly(config, run_id):
        if config.cae.latent_dim == 2:
            raise SystemExit  # without a word to Optuna or MLflow
        trial(config, run_id)

    monkeypatch.setattr(pool, "DEATHS", 1)
    monkeypatch.setattr(mending, "ATTEMPTS", 3)  # more than the deaths that end a command
    started.trial = deadly
    parent = pool.run_study(StudyConfig(objective="tiny", trials=2))
    status = {run.info.run_id: run.info.status for run in children(parent)}
    assert sorted(status.values()) == ["FAILED", "FINISHED", *["KILLED"] * 2]
    assert mlflow.get_run(parent).info.status == "FINISHED"


def test_same_study_name_in_another_storage_is_refused(started, tmp_path):
    pool.run_study(StudyConfig(objective="tiny", trials=1))
    other = f"sqlite:///{tmp_path / 'other.db'}"
    with pytest.raises(InputError, match=r"has a study 'tiny-smoke' .* does not know: give"):
        pool.run_study(StudyConfig(objective="tiny", trials=1, storage=other))


def test_other_images_of_the_same_name_are_refused(started, monkeypatch):
    monkeypatch.setattr(pool, "prepare_configured", lambda images: "a digest")
    pool.run_study(StudyConfig(objective="tiny", trials=1))
    monkeypatch.setattr(pool, "prepare_configured", lambda images: "another one")
    with pytest.raises(InputError, match="images are no longer those that the study 'tiny-smoke'"):
        pool.run_study(StudyConfig(objective="tiny", trials=2))


def test_run_that_mlflow_run_made_to_continue_a_study_says_where_to_look(started, monkeypatch):
    parent = pool.run_study(StudyConfig(objective="tiny", trials=1))
    made = mlflow.MlflowClient().create_run(mlflow.get_run(parent).info.experiment_id)
    monkeypatch.setenv("MLFLOW_RUN_ID", made.info.run_id)
    assert pool.run_study(StudyConfig(objective="tiny", trials=2)) == parent
    assert mlflow.get_run(made.info.run_id).info.run_name.startswith("see run")


def test_nothing_but_failures_is_no_success(started):
    def fail(config, run_id):
        raise InputError("There is no room: make some.")

    started.trial = fail
    with pytest.raises(InputError, match="No trial of tiny-smoke has succeeded"):
        pool.run_study(StudyConfig(objective="tiny", trials=1))


def test_failed_trials_are_told(started, capsys):
    def fail(config, run_id):
        if config.cae.latent_dim == 4:
            raise InputError("The network is too large: choose a smaller one.")
        trial(config, run_id)

    started.trial = fail
    parent = pool.run_study(StudyConfig(objective="tiny", trials=2))
    printed = capsys.readouterr().out
    assert "1 trials complete, 1 failed." in printed
    assert "trial 1: The network is too large" in printed
    assert sorted(run.info.status for run in children(parent)) == ["FAILED", "FINISHED"]


def test_missing_image_set_is_named_before_anything_is_written(started):
    with pytest.raises(InputError, match="celeba"):
        pool.run_study(StudyConfig(objective="image_set", scale="small", study="without files"))
    assert not children("none")
    assert mlflow.search_runs(output_format="list") == []


def test_worker_process_that_cannot_begin_leaves_its_last_words(store, tmp_path):
    config = StudyConfig(objective="nothing", storage=f"sqlite:///{tmp_path / 'optuna.db'}")
    worker = start_worker(config, [0], 1.0, "0", tmp_path)
    assert worker.process.wait(timeout=60) == 1
    assert "There is no objective 'nothing'" in worker.last_words()


@pytest.mark.parametrize(
    ("cores", "workers", "shares"),
    [
        ({0, 1}, 1, [[0, 1]]),
        ({0, 1}, 2, [[0], [1]]),
        ({4, 5, 6, 7, 8}, 2, [[4, 5], [6, 7, 8]]),
        ({0, 1}, 3, [[0], [1], [0]]),
    ],
)
def test_cores_are_shared(monkeypatch, cores, workers, shares):
    monkeypatch.setattr("mlflow_latents.studies.process._cores", lambda: cores)
    assert shares_of_cores(workers) == shares
