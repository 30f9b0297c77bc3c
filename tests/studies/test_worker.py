"""A worker does all trials, and goes on after those that fail."""

import os
import threading
from collections import Counter

import mlflow
import numpy as np
import pytest
from optuna.trial import TrialState

from mlflow_latents.data import ImageSet
from mlflow_latents.errors import InputError
from mlflow_latents.studies import worker
from mlflow_latents.studies.config import StudyConfig
from mlflow_latents.studies.study import FAILURE, PLANNED, RUN, Study
from mlflow_latents.studies.worker import work
from mlflow_latents.tracking import tracked_run

STUDY = {"objective": "batch_normalization", "trials": 4}
FEW = ImageSet(
    name="few",
    images=np.zeros((3, 8, 8, 1), np.uint8),
    split=np.array(["train", "validation", "test"]),
    names=np.array(list("abc")),
    digest="0" * 32,
    source="here",
)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(worker, "POLL", 0.1)
    monkeypatch.setattr("mlflow_latents.studies.outages.PAUSE", 0.0)


@pytest.fixture
def do(storage):
    def do_all(run_trial, name="me", **changes):
        work(StudyConfig(**{**STUDY, "storage": storage.url, **changes}), storage, name, run_trial)

    return do_all


@pytest.fixture
def pretend(arena):
    return arena.pretend(1, 0.0)


def check(arena, study):
    arena.settle(study)
    found = arena.verdict(study)
    assert not any(found[name] for name in arena.WRONG), found
    return found


@pytest.mark.parametrize("objective", ["batch_normalization", "search"])
def test_all_trials_are_done(arena, do, pretend, opened, objective):
    do(pretend, objective=objective)
    study = opened(4, objective)
    assert check(arena, study)["complete"] == 4
    assert {trial.user_attrs[PLANNED] for trial in study.trials()} == set(range(4))


def test_runs_tell_what_they_are(arena, do, pretend, opened):
    do(pretend, trials=2)
    study = opened(2)
    runs = {run.data.tags["mlflow_latents.trial"]: run for run in arena.trial_runs(study.parent)}
    tags = runs["1"].data.tags
    trial = study.trials()[1]
    assert trial.user_attrs[RUN] == runs["1"].info.run_id
    assert tags["mlflow_latents.study"] == "batch_normalization-smoke"
    assert tags["mlflow_latents.objective"] == "batch_normalization"
    assert tags["mlflow_latents.scale"] == "smoke"
    assert tags["mlflow_latents.factor.batch_normalization"] == "False"
    assert tags["mlflow_latents.factor.image_set"] == "digits"
    assert tags["mlflow_latents.replicate"] == "0"
    assert runs["1"].info.run_name == "batch_normalization=False, digits, seed 0"


def test_failed_trial_keeps_its_run_and_the_study_goes_on(arena, do, pretend, opened):
    def fail_with_digits(config, run_id):
        if config.images.dataset == "digits":
            raise InputError("The digits are too small: choose others.")
        pretend(config, run_id)

    do(fail_with_digits)
    study = opened(4)
    arena.settle(study)
    failed = study.trials(TrialState.FAIL)
    assert [trial.number for trial in failed] == [1, 3]
    for trial in failed:
        assert trial.user_attrs[FAILURE] == "The digits are too small: choose others"
        run = mlflow.get_run(trial.user_attrs[RUN])
        assert run.info.status == "FAILED"
        assert run.data.tags["mlflow_latents.failure"].startswith("The digits are too small")
    found = arena.verdict(study)
    assert (found["failed"], found["disagreeing"]) == (2, 0)
    assert len(study.trials(TrialState.COMPLETE)) == 2


def test_error_after_the_result_does_not_take_it_away(arena, do, pretend, opened):
    def fail_late(config, run_id):
        pretend(config, run_id)
        raise OSError("no space left on device")

    do(fail_late, trials=1)
    assert check(arena, opened(1))["complete"] == 1


def test_answer_that_was_lost_leaves_no_trial_behind(arena, do, pretend, opened, monkeypatch):
    """A worker took a trial, but lost the connection before it knew."""
    claim, lost = Study.claim, []

    def claim_and_lose(self, name):
        trial = claim(self, name)
        if not lost:
            lost.append(trial)
            raise ConnectionResetError
        return trial

    monkeypatch.setattr(Study, "claim", claim_and_lose)
    do(pretend, trials=1)
    found = check(arena, opened(1))
    assert (found["complete"], found["interrupted"]) == (1, 1)


def test_outage_gives_the_trial_back(arena, do, pretend, opened):
    away = [True, True]

    def sometimes(config, run_id):
        with tracked_run(config, "", run_id):
            if away and away.pop():
                raise ConnectionResetError
        pretend(config, run_id)

    do(sometimes, trials=2)
    study = opened(2)
    found = check(arena, study)
    assert (found["complete"], found["interrupted"], found["killed"]) == (2, 2, 2)


def test_interrupted_worker_gives_its_trial_back(arena, do, pretend, opened):
    def interrupt(config, run_id):
        with tracked_run(config, "", run_id):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do(interrupt)
    study = opened(4)
    assert [trial.state for trial in study.trials()] == [TrialState.FAIL, TrialState.WAITING]
    do(pretend, "other")
    found = check(arena, study)
    assert (found["complete"], found["killed"]) == (4, 1)


def test_worker_stops_when_its_parent_is_gone(do, pretend, opened, monkeypatch):
    def orphan(config, run_id):
        pretend(config, run_id)
        monkeypatch.setattr(os, "getppid", lambda: 1)

    do(orphan)
    assert len(opened(4).trials(TrialState.COMPLETE)) == 1


def test_workers_share_the_cells(arena, do, opened):
    """Two workers at once, in threads, each with its own connections and heartbeats."""
    pretend = arena.pretend(1, 0.02)
    workers = [threading.Thread(target=do, args=(pretend, name)) for name in "ab"]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    study = opened(4)
    found = check(arena, study)
    assert (found["complete"], found["interrupted"]) == (4, 0)
    assert set(Counter(t.user_attrs["worker"] for t in study.trials())) == {"a", "b"}


def test_further_trials_are_further_seeds(arena, do, pretend, opened):
    do(pretend, trials=2)
    do(pretend, "other", trials=5)
    study = opened(5)
    assert check(arena, study)["complete"] == 5
    assert [trial.params["replicate"] for trial in study.trials()] == [0, 0, 0, 0, 1]


def test_done_cells_are_reused_without_the_tags_of_the_other_study(arena, do, monkeypatch):
    def train(config, run_id):
        with tracked_run(config, "", run_id) as run:
            run.log_image_set(FEW)
            run.log_metrics(arena.result_of(config))

    def never(config, run_id):
        raise AssertionError("was done before")

    monkeypatch.setattr(worker, "open_configured", lambda images: FEW)
    do(train, study="first")
    with mlflow.start_run(run_id=arena.trial_runs(study_run("first"))[0].info.run_id):
        mlflow.set_tag("mlflow_latents.factor.other", "1")
    do(never, "other", study="second", reuse=True)
    runs = arena.trial_runs(study_run("second"))
    assert [run.info.status for run in runs] == ["FINISHED"] * 4
    for run in runs:
        source = mlflow.get_run(run.data.tags["mlflow_latents.reused"])
        assert run.data.metrics == source.data.metrics
        assert run.data.params == source.data.params
        assert run.data.tags["mlflow_latents.digest"] == source.data.tags["mlflow_latents.digest"]
        assert run.data.tags["mlflow_latents.study"] == "second"
        assert "mlflow_latents.factor.other" not in run.data.tags


def study_run(name: str) -> str:
    """Give the parent run of a study."""
    query = f"tags.`mlflow_latents.study` = '{name}'"
    runs = mlflow.search_runs(filter_string=query, output_format="list")
    (parent,) = [run for run in runs if "mlflow_latents.trial" not in run.data.tags]
    return parent.info.run_id
