import pandas as pd
import pytest

from mlflow_latents.compare.effects.factors import (
    background_factors,
    chosen_columns,
    labels_of,
    level_order,
)
from mlflow_latents.errors import InputError

WIDTH, SET = "tags.mlflow_latents.factor.width", "tags.mlflow_latents.factor.set"
RUNS = pd.DataFrame(
    {
        WIDTH: ["8", "16", "8", "16"],
        SET: "faces",
        "params.depth": ["2", "2", "4", "4"],
        "params.width": ["x"] * 4,
        "tags.mlflow_latents.trial": ["3", "2", "1", "0"],
    }
)


def test_a_factor_is_a_tag_that_varies_or_what_is_named():
    assert chosen_columns(RUNS, None) == {"width": WIDTH}
    found = chosen_columns(RUNS, ["depth", "width", "params.depth"])
    assert found == {"depth": "params.depth", "width": WIDTH, "params.depth": "params.depth"}


@pytest.mark.parametrize(
    ("factors", "words"),
    [
        (["widht"], "no factor 'widht': choose among width, set, "),
        ([], "factors is empty"),
        ({}, "factors is empty"),
    ],
)
def test_factors_that_are_not_there_are_named(factors, words):
    with pytest.raises(InputError, match=words):
        chosen_columns(RUNS, factors)
    with pytest.raises(InputError, match="No factor of a study varies among these 1 runs"):
        chosen_columns(RUNS[:1], None)


def test_labels_are_text_and_none_where_a_run_has_none():
    runs = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    assert labels_of(runs, {"one": "a", "two": "b"}).to_dict("list") == {
        "one": ["1", "2"],
        "two": ["x", "none"],
    }


def test_only_what_varies_beside_the_chosen_factors_stays_in_the_model():
    labels = pd.DataFrame({"a": list("xxyy"), "twin": list("ppqq"), "other": list("mnmn")})
    assert background_factors(labels, ["a"]) == ["other"]
    assert background_factors(labels, ["a", "other"]) == []


def test_numbers_ascend_and_words_come_by_their_first_trial():
    assert level_order(RUNS[WIDTH], RUNS) == ("8", "16")
    assert level_order(pd.Series(list("aabb")), RUNS) == ("b", "a")
    assert level_order(pd.Series(["True", "True", "False", "False"]), RUNS) == ("False", "True")
    without = RUNS.drop(columns="tags.mlflow_latents.trial")
    assert level_order(pd.Series(list("aabb")), without) == ("a", "b")
