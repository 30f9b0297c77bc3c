import mlflow
import numpy as np
import pytest

from mlflow_latents.compare.maps import compare_maps, more_than_first
from mlflow_latents.errors import InputError


def rows(values):
    return [{"dead": value is None, "selectivity": value} for value in values]


def test_the_chance_is_that_of_mann_and_whitney():
    rng = np.random.default_rng(0)
    one, two = rng.uniform(size=9), rng.uniform(size=7)
    chance, _ = more_than_first(rows(one), rows([*two, None]), "selectivity")
    assert chance == pytest.approx((two[:, None] > one).mean())
    assert np.isnan(more_than_first(rows(one), rows([0.1, None]), "selectivity")[0])


def test_correlations_against_the_choice_are_no_strong_ones():
    noise = [{"dead": False, "correlation_held_out": value} for value in (-0.3, -0.2, 0.2, 0.3)]
    true = [{"dead": False, "correlation_held_out": 0.1} for _ in range(4)]
    assert more_than_first(noise, true, "correlation_held_out")[0] == 0.5


def test_runs_are_told_apart(maps_run):
    runs = {"CAE": maps_run(), "VAE": maps_run((0.5, 0.6, 0.7, None, None))}
    found = compare_maps(runs)
    assert (
        "CAE has 4 maps in layer conv_4, none of them dead, with a median selectivity of 0.250."
        in found.text
    )
    assert (
        "VAE has 5 maps in layer conv_4, 2 of them dead, with a median selectivity of 0.600."
        in found.text
    )
    assert "A map of VAE is more selective than one of CAE with a chance of 1" in found.text
    assert "A map of VAE is more strongly correlated" in found.text
    assert "| dead maps | 0 | 2 |" in found.text
    assert [each.name for each in found.pictures] == ["compared_maps"]
    assert len(found.csv.splitlines()) == 1 + 9


def test_what_cannot_be_compared_is_told(maps_run, attributes_run):
    one, dead = maps_run(), maps_run((None, None))
    with pytest.raises(
        InputError, match=r"\(other\) has no findings about its maps: .* maps --run"
    ):
        compare_maps({"one": one, "other": attributes_run()})
    with pytest.raises(InputError, match="have seen other images"):
        compare_maps({"one": one, "other": maps_run(digest="d2")})
    with pytest.raises(InputError, match="All maps of all runs are dead"):
        compare_maps({"one": dead, "other": dead})
    text = compare_maps({"one": one, "other": dead}).text
    assert "other has 2 maps in layer conv_4, 2 of them dead" in text
    assert mlflow.active_run() is None
