"""Killed at the worst points: another worker goes on, and both databases say the same."""

import math
from unittest.mock import patch

import mlflow
import pytest
from optuna.trial import TrialState

from mlflow_latents.studies import mending, worker
from mlflow_latents.studies.config import StudyConfig
from mlflow_latents.studies.mending import close_runs, complete, mend
from mlflow_latents.studies.study import FAILURE, PARENT, PLANNED, RUN
from mlflow_latents.tracking.study_runs import end_run, running_trial_runs

TRIALS = 2


class Killed(BaseException):
    """What a test raises where a process is killed: nothing of ours catches it."""


@pytest.fixture
def go_on(arena, storage, monkeypatch):
    """Has a worker do the study to its end, unless a test kills it."""
    monkeypatch.setattr(worker, "POLL", 0.1)

    def do(name: str, run_trial=None):
        config = StudyConfig(objective="batch_normalization", trials=TRIALS, storage=storage.url)
        worker.work(config, storage, name, run_trial or arena.pretend(1, 0.0))

    return do


@pytest.fixture
def killed_in(go_on):
    """Kills a worker where it calls a function for the first time, before or after."""

    def do(owner, function: str, after: bool = False):
        real = getattr(owner, function)

        def kill(*arguments, **keywords):
            if after:
                real(*arguments, **keywords)
            raise Killed

        with patch.object(owner, function, kill), pytest.raises(Killed):
            go_on("killed")
        mlflow.end_run("RUNNING")  # of this process alone

    return do


def mend_after(study, dead="killed"):
    with study.storage.alone():
        mend(study, dead)
        close_runs(study)


@pytest.mark.parametrize(
    ("owner", "function", "after", "interrupted", "killed"),
    [
        ("optuna.storages.RDBStorage", "record_heartbeat", False, 1, 0),  # taken, no heartbeat
        ("optuna.trial.Trial", "set_user_attr", False, 1, 0),  # nor a worker's name
        (worker, "start_trial_run", True, 1, 1),  # the run is not in Optuna
        (worker, "_complete", False, 0, 0),  # FINISHED, and Optuna does not know
        ("optuna.storages.RDBStorage", "set_trial_state_values", True, 1, 0),
    ],
)
def test_nothing_is_lost(
    arena, go_on, killed_in, opened, owner, function, after, interrupted, killed
):
    killed_in(_resolved(owner), function, after)
    study = opened(TRIALS)
    mend_after(study)
    go_on("other")
    arena.settle(study)
    found = arena.verdict(study)
    assert not any(found[name] for name in arena.WRONG), found
    assert (found["interrupted"], found["killed"]) == (interrupted, killed)


def _resolved(owner):
    if not isinstance(owner, str):
        return owner
    module, _, name = owner.rpartition(".")
    return getattr(__import__(module, fromlist=[name]), name)


def test_kill_of_the_mender_itself_is_mended(arena, go_on, killed_in, opened):
    """Between the end of an interrupted trial and its successor."""
    killed_in(worker, "start_trial_run", after=True)
    study = opened(TRIALS)
    with patch.object(mending, "_queue_interrupted", side_effect=Killed), pytest.raises(Killed):
        mend_after(study)
    assert [trial.state for trial in study.trials()] == [TrialState.FAIL]
    go_on("other")
    arena.settle(study)
    found = arena.verdict(study)
    assert not any(found[name] for name in arena.WRONG), found
    assert found["interrupted"] == 1


@pytest.mark.parametrize(
    "function", ["set_metric_names", "add_trial", "set_user_attr", "_start_run"]
)
def test_kill_while_the_study_is_made(arena, go_on, killed_in, opened, function):
    from mlflow_latents.studies import study as studies

    owner = studies if function == "_start_run" else studies.optuna.Study
    killed_in(owner, function, after=True)
    go_on("other")
    study = opened(TRIALS)
    found = arena.verdict(study)
    assert not any(found[name] for name in arena.WRONG), found
    # Nor is a study's run left running whose id nobody could keep.
    assert mlflow.search_runs(filter_string="status = 'RUNNING'", output_format="list") == []


def test_worker_that_was_taken_for_dead_counts_for_nothing(arena, storage, opened, go_on):
    study = opened(TRIALS)

    def slow(config, run_id):
        arena.pretend(1, 0.0)(config, run_id)
        if study.trials()[0].state == TrialState.RUNNING:
            with storage.alone():
                mlflow.MlflowClient().update_run(run_id, status="RUNNING")
                mend(study, dead="slow")
            mlflow.MlflowClient().update_run(run_id, status="FINISHED")

    go_on("slow", slow)
    found = arena.verdict(study)
    assert not any(found[name] for name in arena.WRONG), found
    assert (found["interrupted"], found["killed"]) == (1, 1)


def test_killed_before_it_found_out(arena, opened, go_on, killed_in, storage):
    """A worker that was taken for dead finishes its run, and is killed before it takes it back."""
    killed_in(worker, "_complete")
    study = opened(TRIALS)
    (run,) = arena.trial_runs(study.parent)
    mlflow.MlflowClient().update_run(run.info.run_id, status="RUNNING")
    mend_after(study)
    mlflow.MlflowClient().update_run(run.info.run_id, status="FINISHED")
    go_on("other")
    arena.settle(study)
    found = arena.verdict(study)
    assert not any(found[name] for name in arena.WRONG), found


def test_result_that_another_worker_has_told_stands(opened, arena):
    """A worker was suspended after its run had ended, and before it told Optuna."""
    study, trial, run_id = claimed(opened, arena)
    end_run(run_id, "FINISHED")
    mend_after(study, dead="me")
    assert study.trials()[0].state == TrialState.COMPLETE
    worker._complete(study, trial, run_id)
    assert mlflow.get_run(run_id).info.status == "FINISHED"


def test_trial_that_is_gone_when_its_run_opens(opened, arena):
    study = opened(1)
    with study.storage.alone():
        trial = study.claim("me")
    mend_after(study, dead="me")
    config = StudyConfig(objective="batch_normalization", trials=1, storage=study.storage.url)
    assert worker._start(study, config, trial, study.design.cell(trial.params)) is None
    assert [run.info.status for run in arena.trial_runs(study.parent)] == ["KILLED"]


@pytest.mark.parametrize("value", [None, math.nan])
def test_value_that_does_not_exist_is_the_worst(opened, arena, value):
    study, trial, run_id = claimed(opened, arena)
    if value is not None:
        mlflow.MlflowClient().log_metric(run_id, study.design.measures[0], value)
    mlflow.MlflowClient().log_metric(run_id, study.design.measures[1], 0.5)
    end_run(run_id, "FINISHED")
    with study.storage.alone():
        assert complete(study, trial._trial_id, run_id)
    assert study.trials()[0].values == [math.inf, 0.5]


def test_trial_that_always_kills_its_worker_is_given_up(opened, arena, monkeypatch):
    monkeypatch.setattr(mending, "ATTEMPTS", 3)
    study = opened(1)
    for _ in range(3):
        claimed(lambda _: study, arena)
        mend_after(study, dead="me")
    trials = study.trials()
    assert [FAILURE in trial.user_attrs for trial in trials] == [False, False, True]
    assert {trial.user_attrs[PLANNED] for trial in trials} == {0}
    statuses = [run.info.status for run in arena.trial_runs(study.parent)]
    assert sorted(statuses) == ["FAILED", "KILLED", "KILLED"]
    with study.storage.alone():
        assert study.claim("me") is None


def test_study_run_keeps_its_id(opened):
    study = opened()
    assert study.optuna.user_attrs[PARENT] == study.parent
    assert running_trial_runs(study.parent) == {}


def claimed(opened, arena):
    """Have the worker `me` take a trial and open its run."""
    study = opened(1)
    with study.storage.alone():
        trial = study.claim("me")
    config = StudyConfig(objective="batch_normalization", trials=1, storage=study.storage.url)
    run_id = worker._start(study, config, trial, study.design.cell(trial.params))
    assert study.trials()[-1].user_attrs[RUN] == run_id
    return study, trial, run_id
