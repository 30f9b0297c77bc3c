"""A study is created once, by whoever comes first, and joined by all others."""

from dataclasses import replace

import mlflow
import optuna
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.studies.config import StudyConfig
from mlflow_latents.studies.storage import Storage
from mlflow_latents.studies.study import PARENT, open_study, study_name
from mlflow_latents.tracking.study_runs import OBJECTIVE_TAG, STUDY_TAG

ASKED = StudyConfig(objective="batch_normalization", study="bn")


@pytest.fixture
def storage(store):
    return Storage(f"sqlite:///{store / 'optuna.db'}")


def claim_all(study):
    """Take trials until none is left."""
    claimed = []
    with study.storage.alone():
        while (trial := study.claim("worker")) is not None:
            claimed.append(trial)
    return claimed


def test_is_created_with_a_run_that_says_what_it_is(storage):
    study = open_study(ASKED, storage)
    assert study.wanted == study.design.trials == 8
    run = mlflow.get_run(study.parent)
    assert run.data.tags[STUDY_TAG] == "bn"
    assert run.data.tags[OBJECTIVE_TAG] == "batch_normalization"
    assert study.objective.question in run.data.tags["mlflow.note.content"]


def test_whole_design_is_handed_out_once(storage):
    study = open_study(ASKED, storage)
    assert [trial.params for trial in claim_all(study)] == [
        study.design.planned(number) for number in range(8)
    ]
    assert open_study(ASKED, storage).parent == study.parent
    assert claim_all(open_study(ASKED, storage)) == []


def test_more_trials_are_further_replicates_and_fewer_take_none_away(storage):
    claim_all(open_study(ASKED, storage))
    assert claim_all(open_study(replace(ASKED, trials=3), storage)) == []
    more = claim_all(open_study(replace(ASKED, trials=10), storage))
    assert [trial.params["replicate"] for trial in more] == [2, 2]


def test_trials_are_claimed_in_order_and_once(storage):
    study, other = open_study(ASKED, storage), open_study(ASKED, storage)
    claimed = []
    for each in (study, other, study):
        with storage.alone():
            claimed.append(each.claim("worker"))
    assert [trial.number for trial in claimed] == [0, 1, 2]
    assert claimed[1].params == study.design.planned(1)


def test_search_samples_its_space(storage):
    study = open_study(StudyConfig(objective="search", trials=1), storage)
    (trial,) = claim_all(study)
    assert set(trial.params) == set(study.design.space)


def test_other_design_of_the_same_name_is_refused(storage):
    open_study(ASKED, storage)
    for objective in ("image_set", "search"):
        with pytest.raises(InputError, match="has a study 'bn' with another design, or of a"):
            open_study(StudyConfig(objective=objective, study="bn"), storage)


def test_study_of_somebody_else_is_refused(storage):
    theirs = optuna.create_study(
        study_name="bn", storage=storage.optuna, directions=["minimize"] * 2
    )
    theirs.enqueue_trial({"x": 1.0})
    with pytest.raises(InputError, match="another design"):
        open_study(ASKED, storage)


def test_other_tracking_store_is_refused(storage):
    study = open_study(ASKED, storage)
    study.optuna.set_user_attr(PARENT, "0" * 32)
    with pytest.raises(InputError, match="has its runs in another tracking store"):
        open_study(ASKED, storage)


def test_deleted_study_run_is_named(storage):
    mlflow.delete_run(open_study(ASKED, storage).parent)
    with pytest.raises(InputError, match="has been deleted: restore it"):
        open_study(ASKED, storage)


def test_names():
    assert study_name(ASKED) == "bn"
    assert study_name(StudyConfig(objective="search", scale="paper")) == "search-paper"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"trials": 0}, "trials is 0: give a number from 1"),
        ({"workers": 0}, "workers is 0: give a number from 1"),
        ({"study": " "}, "study is empty"),
        ({"study": "it's"}, "leave quotes, backslashes and line breaks out"),
    ],
)
def test_bad_settings_are_named(settings, message):
    with pytest.raises(InputError, match=message):
        StudyConfig(objective="search", **settings)
