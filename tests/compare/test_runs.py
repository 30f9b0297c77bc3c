import gc

import mlflow
import pytest

from mlflow_latents.compare import runs as module
from mlflow_latents.compare import searching
from mlflow_latents.compare.runs import factor_columns, select_runs, study_parent
from mlflow_latents.errors import InputError

STUDY, TRIAL = "mlflow_latents.study", "mlflow_latents.trial"


def finished(name, metrics=None, params=None, tags=None, status="FINISHED", experiment="1"):
    client = mlflow.MlflowClient()
    run = client.create_run(experiment, run_name=name, tags=tags or {})
    run_id = run.info.run_id
    for key, value in (params or {}).items():
        client.log_param(run_id, key, value)
    for key, value in (metrics or {}).items():
        client.log_metric(run_id, key, value)
    if status != "RUNNING":
        client.set_terminated(run_id, status)
    return run_id


@pytest.fixture(scope="module")
def ids(module_store):
    experiment = mlflow.create_experiment("other")
    made = {
        "one": finished("one", {"m": 1.0, "only one": 7.0}, {"a": "x"}),
        "two": finished("two", {"m": 2.0}, {"a": "y"}),
        "elsewhere": finished("elsewhere", {"m": 1.5}, experiment=experiment),
        "failed": finished("failed", {"m": 3.0}, status="FAILED"),
        "running": finished("running", {"m": 4.0}, status="RUNNING"),
        "deleted": finished("deleted", {"m": 5.0}),
        "parent": finished("width's effect", tags={STUDY: "width's effect"}),
        "another parent": finished("depth", tags={STUDY: "depth"}),
    }
    for trial, width in enumerate(["8", "16", "8"]):
        tags = {STUDY: "width's effect", TRIAL: str(trial), "mlflow_latents.factor.width": width}
        tags["mlflow.parentRunId"] = made["parent"]
        status = "FAILED" if trial == 2 else "FINISHED"
        made[f"trial {trial}"] = finished(f"width {width}", {"m": 9.0}, tags=tags, status=status)
    mlflow.MlflowClient().delete_run(made["deleted"])
    return made


def names(frame):
    return list(frame.run_name)


def test_by_filter_finished_runs_of_all_experiments(ids):
    assert names(select_runs(filter="metrics.m < 8")) == ["one", "two", "elsewhere"]
    everything = select_runs(filter="metrics.m < 8", finished=False)
    assert names(everything) == ["one", "two", "elsewhere", "failed", "running"]


@pytest.mark.parametrize("experiment", ["other", "2"])
def test_an_experiment_goes_by_its_name_or_id(ids, experiment):
    assert names(select_runs(filter="metrics.m < 8", experiments=[experiment])) == ["elsewhere"]


def test_by_id_in_the_order_given(ids):
    assert names(select_runs([ids["two"], ids["one"], ids["two"]])) == ["two", "one"]


def test_the_trials_of_a_study_without_its_parent(ids):
    assert names(select_runs(study="width's effect")) == ["width 8", "width 16"]
    assert len(select_runs(study="width's effect", finished=False)) == 3
    narrowed = select_runs(study="width's effect", filter="tags.`mlflow_latents.trial` = '1'")
    assert names(narrowed) == ["width 16"]


def test_the_parent_of_a_study(ids):
    assert study_parent("width's effect") == ids["parent"]
    with pytest.raises(InputError, match=r"no study 'dephts'.* choose among depth, width's"):
        study_parent("dephts")


def test_factors_have_their_columns(ids):
    frame = select_runs(study="width's effect")
    columns = factor_columns(frame)
    assert columns == {"width": "tags.mlflow_latents.factor.width"}
    assert list(frame[columns["width"]]) == ["8", "16"]


def test_the_same_frame_as_mlflow_where_both_look(ids):
    ours = select_runs(filter="metrics.m < 8", experiments=["test"])
    theirs = mlflow.search_runs(
        ["1"], "metrics.m < 8 AND status = 'FINISHED'", order_by=["start_time ASC"]
    )
    assert set(ours) == {*theirs, "run_name", "images"}
    for column in theirs:
        assert ours[column].equals(theirs[column]), column


@pytest.mark.parametrize("served", [False, True])
def test_all_pages_and_all_ids_are_read(ids, monkeypatch, served):
    monkeypatch.setattr(searching, "_is_served", lambda: served)
    whole = select_runs(filter="metrics.m > 0")
    monkeypatch.setattr(searching, "PAGE", 1)
    monkeypatch.setattr(module, "IDS", 1)
    assert select_runs(filter="metrics.m > 0").equals(whole)
    assert len(select_runs(filter="", finished=False)) == len(ids) - 1
    assert names(select_runs([ids["one"], ids["elsewhere"]])) == ["one", "elsewhere"]


def test_slices_by_time_leave_no_run_out(ids, monkeypatch):
    """Also where many runs started in the same millisecond, as the trials of several workers."""
    client = mlflow.MlflowClient()
    experiment = client.create_experiment("crowded")
    starts = [10, 10, 10, 11, 11, 500, 500, 900, 900, 900]
    made = [client.create_run(experiment, start_time=start).info.run_id for start in starts]
    monkeypatch.setattr(searching, "_is_served", lambda: True)
    monkeypatch.setattr(searching, "PAGE", 2)
    found = select_runs(filter="", experiments=["crowded"], finished=False)
    assert set(found.run_id) == set(made)
    assert len(found) == len(made)
    assert found.start_time.is_monotonic_increasing


def test_the_garbage_collector_is_left_as_it_was(ids):
    with pytest.raises(InputError, match=r"metrics\.m <"):
        select_runs(filter="metrics.m <")
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "No runs were chosen"),
        ({"runs": "abc"}, "give a list of run ids"),
        ({"runs": ["abc"]}, "no run 'abc'"),
        ({"runs": ["abc"], "filter": ""}, "Both runs and filter"),
        ({"runs": ["abc"], "study": "depth"}, "Both runs and study"),
        ({"runs": ["a'b\"c"]}, "both kinds of quotes"),
        ({"filter": "metrics.m <"}, r"the filter 'metrics.m <' \(Invalid clause"),
        ({"filter": "metrics.m < 0"}, "No finished run in .* matches the filter 'metrics.m < 0'"),
        ({"filter": "", "experiments": ["othr"]}, "no experiment 'othr'.* choose among other,"),
        ({"study": "with"}, "no study 'with'.* choose among width's effect, depth"),
        ({"study": "depth"}, "No finished trial of the study 'depth': continue"),
    ],
)
def test_what_cannot_be_selected_is_told(ids, asked, message):
    with pytest.raises(InputError, match=message):
        select_runs(**asked)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("deleted", "has been deleted"),
        ("running", "is RUNNING, not FINISHED"),
        ("another parent", "is the run of the study 'depth': give study=depth to compare"),
    ],
)
def test_runs_that_are_not_there_for_comparison_are_told(ids, name, message):
    with pytest.raises(InputError, match=message):
        select_runs([ids["one"], ids[name]])


def test_a_run_of_another_experiment_is_told(ids):
    with pytest.raises(InputError, match="not in the experiments that were named"):
        select_runs([ids["elsewhere"]], experiments=["test"])
