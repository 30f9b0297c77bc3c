import numpy as np
import pandas as pd
import pytest

from mlflow_latents.compare.effects.counted import count_runs
from mlflow_latents.compare.effects.measures import MEASURES
from mlflow_latents.errors import InputError

TAG = "tags.mlflow_latents."
FACTOR = f"{TAG}factor."
RATIO, SWD = MEASURES[0], MEASURES[5]


@pytest.mark.parametrize("kind", ["reused", "same replicate"])
def test_a_run_that_repeats_another_counts_once(study, kind):
    frame = study()
    again = frame.iloc[:6].assign(run_id=[f"again{i}" for i in range(6)])
    again["start_time"] += pd.Timedelta(days=1)
    if kind == "reused":
        again[f"{TAG}reused"] = frame["run_id"][:6]
        frame[f"{TAG}replicate"] = again[f"{TAG}replicate"] = None
    runs = count_runs(pd.concat([frame, again], ignore_index=True), None, None)
    assert set(runs.frame["run_id"]) == {*again["run_id"], *frame["run_id"][6:]}
    assert "6 runs repeat another one" in runs.notes[0]


def test_runs_that_failed_or_have_no_level_are_told():
    runs = pd.DataFrame(
        {
            "run_id": list("abcde"),
            "status": ["FINISHED"] * 4 + ["FAILED"],
            "start_time": pd.Timestamp("2026-01-01"),
            "params.x": ["1", "2", "2", None, "1"],
            "metrics.m": 1.0,
        }
    )
    found = count_runs(runs, ["x"], ["m"])
    assert sorted(found.frame["run_id"]) == ["a", "b", "c"]
    assert [note.partition(" ")[0] for note in found.notes] == ["1", "1"]
    assert found.planned == 3


def test_every_started_cell_should_have_every_replicate(study):
    frame = study().iloc[1:]
    frame.loc[frame[f"{FACTOR}latent_dim"] == "16", "status"] = "FAILED"
    runs = count_runs(frame, ["latent_dim"], None)
    assert list(runs.labels) == ["latent_dim", "batch_norm"]
    assert runs.planned == 18


def test_values_are_those_that_are_finite(study):
    frame = study(dims=("8",))
    frame.loc[0, f"metrics.{SWD}"] = np.nan
    frame.loc[1, f"metrics.{SWD}"] = np.finfo(np.float64).max  # so MLflow stores infinity
    runs = count_runs(frame, None, None)
    y, labels, is_ratio = runs.values(SWD)
    assert sorted(y) == sorted(frame[f"metrics.{SWD}"][2:])
    assert labels == {"batch_norm": ["True"] * 3 + ["False"]}
    assert is_ratio
    frame.loc[2, f"metrics.{SWD}"] = 0.0
    assert not count_runs(frame, None, None).values(SWD).is_ratio


def test_levels_come_as_they_are_given(study):
    frame = study(dims=("faces, normal", "faces, bimodal")).iloc[::-1]
    given = {"latent_dim": ["faces, bimodal", "faces, normal"]}
    assert count_runs(frame, None, None).levels["latent_dim"] == ("faces, normal", "faces, bimodal")
    found = count_runs(frame, given, None)
    assert found.chosen == ("latent_dim",)
    assert found.levels["latent_dim"] == ("faces, bimodal", "faces, normal")


@pytest.mark.parametrize(
    ("change", "factors", "words"),
    [
        ({}, ["optimizer"], "optimizer has one level only, 'adam'.*, or among batch_norm"),
        ({"status": "RUNNING"}, None, "None of the 18 runs is finished"),
        ({"status": ["FINISHED"] + ["FAILED"] * 17}, None, "No factor varies among the 1 fin"),
        ({f"{TAG}scale": ["small", "paper"] * 9}, None, "scales paper and small"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(study, change, factors, words):
    with pytest.raises(InputError, match=words):
        count_runs(study().assign(**change), factors, None)


def test_scales_can_be_compared_where_they_are_the_factor(study):
    frame = study().assign(**{f"{TAG}scale": ["small", "paper"] * 9})
    assert count_runs(frame, [f"{TAG}scale"], None).chosen == (f"{TAG}scale",)
