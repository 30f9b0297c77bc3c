import io

import numpy as np
import pandas as pd
import pytest

from mlflow_latents.compare.tables import (
    as_csv,
    as_latex,
    as_markdown,
    comparison_table,
    differing_parameters,
)
from mlflow_latents.errors import InputError

IDS = ["a" * 32, "b" * 32, "c" * 32]


def frame(**columns):
    named = {name.replace("__", "/"): values for name, values in columns.items()}
    columns = {
        (name if name.startswith("tags.") else name.replace("_", ".", 1)): values
        for name, values in named.items()
    }
    return pd.DataFrame({"run_id": IDS, "run_name": ["one", "two", None], **columns})


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("0.001", "1e-3"),
        ("8", "8.0"),
        ("32,64", "(32, 64)"),
        ("32,64", "32, 64"),
        ("True", "true"),
        ("None", ""),
        (" relu", "relu"),
    ],
)
def test_a_value_spelled_differently_does_not_differ(first, second):
    assert differing_parameters(frame(params_x=[first, second, first])) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [("0.001", "0.002"), ("32", "32,64"), ("relu", "elu"), ("None", "8"), ("True", "False")],
)
def test_another_value_differs(first, second):
    assert differing_parameters(frame(params_x=[first, second, first])) == ["x"]


def test_places_and_missing_parameters_do_not_differ():
    runs = frame(params_data_dir=["/a", "/b", "/c"], params_beta=["1.0", None, "1"])
    assert differing_parameters(runs) == []


def test_differing_parameters_stand_beside_measures():
    runs = frame(
        params_epochs=["8", "8.0", "3"],
        params_loss=["mse", "mse", "mse"],
        metrics_reconstruction__mse=[0.5, np.nan, 0.25],
        metrics_train__loss=[1.0, 2.0, 3.0],
        **{"tags.verdict": ["normal", None, "skewed"]},
    )
    table = comparison_table(runs)
    assert list(table.columns) == ["epochs", "reconstruction/mse", "verdict"]
    assert list(table.index) == ["one aaaaaaaa", "two bbbbbbbb", "run cccccccc"]
    assert list(table.epochs) == ["8", "8", "3"]


def test_measures_go_by_name_column_or_pattern():
    runs = frame(
        metrics_generation__a__swd=[1.0, 2, 3],
        metrics_generation__b__swd=[1.0, 2, 3],
        metrics_generation__a__other=[1.0, 2, 3],
    )
    assert list(comparison_table(runs, ["generation/*/swd"])) == [
        "generation/a/swd",
        "generation/b/swd",
    ]
    assert list(comparison_table(runs, ["metrics.generation/a/other"])) == ["generation/a/other"]
    with pytest.raises(InputError, match=r"'generation/\*/swdd', which no run has.*generation/"):
        comparison_table(runs, ["generation/*/swdd"])


def test_no_tags_of_bookkeeping_are_suggested():
    runs = frame(
        metrics_train__loss=[1.0, 2, 3],
        **{"tags.mlflow.source.name": ["a"] * 3, "tags.mlflow_latents.device": ["b"] * 3},
    )
    with pytest.raises(InputError, match=r"such as train/loss\.$"):
        comparison_table(runs, ["mlflow.source.nam"])


def test_factors_stand_for_the_parameters_that_they_determine():
    runs = frame(
        params_latent_dim=["8", "16", "16"],
        params_seed=["0", "0", "1"],
        **{
            "tags.mlflow_latents.factor.dimensions": ["8", "16", "16"],
            "tags.mlflow_latents.factor.images": ["faces", "faces", "faces"],
        },
    )
    assert list(comparison_table(runs, [])) == ["dimensions", "seed"]


def test_csv_keeps_all_digits():
    runs = frame(metrics_m=[1 / 3, np.nan, 2e-9], params_x=["a,b", 'c"d', None])
    table = comparison_table(runs, ["m"])
    back = pd.read_csv(io.StringIO(as_csv(table)), index_col="run")
    assert back.m.equals(table.m)
    assert list(back.x[:2]) == ["a,b", 'c"d']


def test_latex_is_escaped_and_ruled():
    runs = frame(params_my_name=["50%_a&b", "x", "y"], metrics_m=[1 / 3, np.nan, 2.0])
    text = as_latex(comparison_table(runs, ["m"]))
    assert text.startswith("\\begin{tabular}{llr}\n\\toprule\n")
    assert "run & my\\_name & m \\\\" in text
    assert "one aaaaaaaa & 50\\%\\_a\\&b & 0.3333 \\\\" in text


def test_markdown_has_a_cell_for_each_column():
    runs = frame(
        params_x=["a|b", "c" * 80, f"runs:/{'d' * 32}/encoder"], metrics_m=[1 / 3, np.nan, 2]
    )
    header, rule, *lines = as_markdown(comparison_table(runs, ["m"])).splitlines()
    assert (header, rule) == ("| run | x | m |", "| :-- | :-- | --: |")
    assert lines[0] == "| one aaaaaaaa | a\\|b | 0.3333 |"
    assert lines[1].endswith(f"| {'c' * 59}… | – |")
    assert lines[2] == "| run cccccccc | runs:/dddddddd/encoder | 2 |"
