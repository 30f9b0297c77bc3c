import json

import numpy as np
import pytest

from mlflow_latents.models.backend import keras
from mlflow_latents.probes.sensitivity import DISTANCES, LEVELS, probe_sensitivity
from mlflow_latents.probes.sensitivity_measures import (
    carried_rows,
    factor_mean,
    metrics,
    rows,
)
from mlflow_latents.stats import fit_gaussian


@pytest.fixture(scope="module")
def found():
    """A small random decoder, with a judge that always gives the same second logit."""
    keras.utils.set_random_seed(0)
    decoder = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(48, activation="tanh"),
            keras.layers.Dense(48, activation="sigmoid"),
            keras.layers.Reshape((4, 4, 3)),
        ]
    )
    judge = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    kernel = np.zeros((48, 2))
    kernel[0, 0] = 1
    judge.layers[-1].set_weights([kernel, np.ones(2)])
    fit = fit_gaussian(np.random.default_rng(0).standard_normal((300, 6)))
    white = np.random.default_rng(1).standard_normal((100, 6))
    return probe_sensitivity(decoder, fit, judge, ("seen", "constant"), white=white)


def test_metrics_are_numbers_under_one_prefix(found):
    named = metrics(found)
    assert all(name.startswith("attributes/sensitivity/") for name in named)
    assert all(isinstance(value, float) and np.isfinite(value) for value in named.values())
    response = found.shells[6].random
    assert found.shells[6].name == "level_3"
    prefix = "attributes/sensitivity/"
    assert named[prefix + "background_share_level_3"] == response.background_share.value
    assert named[prefix + "background_share_level_3_error"] == response.background_share.error
    assert named[prefix + "factors_level_3"] == response.targets[0]
    assert named[prefix + "background_area"] == found.background_area
    assert named[prefix + "face_by_leading"] == found.carried.shares[0, 0]
    assert named[prefix + "factors_by_trailing_half"] == found.carried.shares[2, 2]
    assert {"background_share_centre", "background_share_observed_5", "inside_half_way"} <= {
        name.removeprefix(prefix) for name in named
    }


def test_rows_hold_every_place(found):
    table = rows(found)
    shells = len(LEVELS) + 2 + 5
    assert len(table) == 3 * shells + 2 * len(found.walks)
    assert len(found.walks) == 4 * len(DISTANCES)
    assert table[0]["place"] == "centre"
    assert table[0]["steps"] == "random"
    assert table[0]["inside"] == found.shells[0].random.inside.value
    assert len({tuple(row) for row in table}) == 1
    json.dumps(table)


def test_rows_of_what_axes_carry(found):
    table = carried_rows(found)
    assert [row["name"] for row in table] == [
        "face pixels",
        "background pixels",
        "seen",
        "constant",
    ]
    for row in table[:3]:
        assert row["leading"] + row["between"] + row["trailing_half"] == pytest.approx(1)
        assert row["leading_error"] > 0
    assert np.isnan(table[3]["leading"])
    json.dumps(table)


def test_targets_that_do_not_vary_are_left_out_of_the_mean():
    np.testing.assert_array_equal(factor_mean(np.array([[1, 2], [np.nan, 4], [3, 4]])), [2, 3])
    assert factor_mean(np.array([np.nan, 2.0])) == 2
    assert np.isnan(factor_mean(np.empty(0)))


def test_real_vectors_go_from_the_inner_to_the_outer_fifth(found):
    radii = [shell.radius for shell in found.observed]
    assert [shell.name for shell in found.observed] == [f"observed_{i}" for i in range(1, 6)]
    assert radii == sorted(radii)
    lengths = np.sort(np.linalg.norm(np.random.default_rng(1).standard_normal((100, 6)), axis=1))
    np.testing.assert_allclose(radii, lengths.reshape(5, 20).mean(axis=1))
