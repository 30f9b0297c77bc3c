import pandas as pd
import pytest

from mlflow_latents.compare.effects.measures import MEASURES, RATIOS, chosen_measures, is_ratio
from mlflow_latents.errors import InputError
from mlflow_latents.tracking.names import all_metrics

RUNS = pd.DataFrame({"metrics.m": [1.0, None], "metrics.none": None, f"metrics.{MEASURES[0]}": 1.0})


def test_ratios_are_known_by_the_last_part_and_all_exist():
    names = {metric.name.rpartition("/")[2] for metric in all_metrics()}
    assert names >= RATIOS
    assert is_ratio("control/pca/radial/variance_ratio")
    assert not is_ratio("reconstruction/psnr")
    assert not is_ratio("generation/ellipsoid/kernel")


def test_measures_go_by_name_or_column_and_else_are_the_usual_ones():
    assert chosen_measures(RUNS, ["m", "metrics.m", MEASURES[0]]) == ("m", MEASURES[0])
    assert chosen_measures(RUNS, None) == MEASURES[:1]


@pytest.mark.parametrize(
    ("runs", "measures", "words"),
    [
        (RUNS, [], "measures is empty"),
        (RUNS, ["none"], "No run has the measure 'none': choose among"),
        (RUNS, ["radial/variance"], f"No run has .* choose among {MEASURES[0]}"),
        (RUNS[["metrics.m"]], None, "none of the usual measures: name some of m"),
    ],
)
def test_measures_that_are_not_there_are_named(runs, measures, words):
    with pytest.raises(InputError, match=words):
        chosen_measures(runs, measures)
