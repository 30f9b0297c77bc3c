"""Figures of what probes found in several runs."""

import numpy as np
import pytest
from matplotlib.lines import Line2D

from mlflow_latents.errors import InputError
from mlflow_latents.plots import to_png
from mlflow_latents.plots.compared_attributes import (
    compared_attributes_info,
    draw_compared_attributes,
)
from mlflow_latents.plots.compared_background import (
    compared_background_info,
    draw_compared_background,
)
from mlflow_latents.plots.compared_maps import compared_maps_info, draw_compared_maps


def scored(values, measure="auc"):
    return [
        {"attribute": f"a{i}", measure: value, f"{measure}_error": 0.01}
        for i, value in enumerate(values)
    ]


def test_attributes_are_sorted_by_their_mean_over_runs():
    info = compared_attributes_info({"x": scored([0.6, 0.9, 0.7]), "y": scored([0.9, 0.8, None])})
    panel = info.panels["auc"]
    assert panel.names == ("a1", "a0", "a2")
    np.testing.assert_allclose(panel.scores, [[0.9, 0.6, 0.7], [0.8, 0.9, np.nan]])
    differences, errors = panel.differences
    np.testing.assert_allclose(differences, [[-0.1, 0.3, np.nan]])
    np.testing.assert_allclose(errors, 0.01 * np.sqrt(2))


def test_46_attributes_of_6_runs_fit_and_more_are_told():
    rng = np.random.default_rng(0)
    runs = {f"run {i}": scored(rng.uniform(0.6, 1, 46)) for i in range(6)}
    png = to_png(draw_compared_attributes(compared_attributes_info(runs)))
    assert len(png) < 200_000
    many = compared_attributes_info({name: scored(np.full(70, 0.8)) for name in ("x", "y")})
    assert many.left_out == 10
    label = draw_compared_attributes(many).axes[0].get_xlabel()
    assert "10 read worse, not shown" in label


def test_numbers_have_a_panel_of_their_own():
    rows = scored([0.9, 0.8]) + scored([0.5], "r2")
    info = compared_attributes_info({"x": rows, "y": rows})
    assert list(info.panels) == ["auc", "r2"]
    assert len(draw_compared_attributes(info).axes) == 4


def test_scores_far_below_chance_are_arrows_at_the_edge():
    runs = {"x": scored([0.9, -3.0], "r2"), "y": scored([0.8, 0.1], "r2")}
    left, right = draw_compared_attributes(compared_attributes_info(runs)).axes
    (arrow,) = [line for line in left.lines if line.get_marker() == "<"]
    assert left.get_xlim()[0] == pytest.approx(-0.53)
    assert -0.53 < arrow.get_xdata()[0] < -0.5
    assert 0 < arrow.get_ydata()[0] < 1.5
    assert not [line for line in right.lines if line.get_marker() == "<"]


def test_the_legend_has_the_marker_of_each_run():
    figure = draw_compared_attributes(
        compared_attributes_info({"x": scored([0.9]), "y": scored([0.8])})
    )
    left, right = figure.axes
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["x", "y"]
    drawn = [container.lines[0] for container in left.containers]
    assert [line.get_marker() for line in drawn] == ["o", "s"]
    shown = [each for each in legend.findobj(Line2D) if each.get_marker() in ("o", "s")]
    assert [line.get_marker() for line in shown] == ["o", "s"]
    (other,) = [container.lines[0] for container in right.containers]
    assert (other.get_marker(), other.get_color()) == ("s", drawn[1].get_color())
    assert other.get_xdata() == pytest.approx([-0.1])


@pytest.mark.parametrize("n", [1, 7])
def test_too_few_and_too_many_runs_are_refused(n):
    with pytest.raises(InputError, match="give 2 to 6"):
        compared_attributes_info({str(i): scored([0.8]) for i in range(n)})


def test_shells_are_ordered_from_the_centre_outwards():
    places = {"level_4": 9.0, "centre": 0.0, "level_1": 8.0, "observed_1": 5.0, "half_way": 4.0}
    rows = [
        {
            "place": place,
            "distance": distance,
            "steps": steps,
            "background_share": distance / 10 if steps == "random" else 1.0,
            "background_share_error": 0.01,
        }
        for place, distance in places.items()
        for steps in ("random", "leading")
    ]
    info = compared_background_info({"x": rows, "y": rows[4:]})
    assert info.places == ("centre", "half way", "1", "4")
    np.testing.assert_allclose(info.shares["x"], [0, 0.4, 0.8, 0.9])
    np.testing.assert_allclose(info.shares["y"], [np.nan, 0.4, 0.8, np.nan])
    assert len(to_png(draw_compared_background(info))) < 200_000


def test_maps_are_sorted_without_the_dead():
    x = [
        {"dead": False, "selectivity": 0.4, "correlation_held_out": -0.3},
        {"dead": True, "selectivity": 0.9, "correlation_held_out": None},
        {"dead": False, "selectivity": 0.1, "correlation_held_out": 0.2},
    ]
    y = [{"dead": False, "selectivity": 0.5}]
    info = compared_maps_info({"x": x, "y": y})
    np.testing.assert_allclose(info.panels["selectivity"]["x"], [0.1, 0.4])
    np.testing.assert_allclose(info.panels["correlation_held_out"]["x"], [-0.3, 0.2])
    assert len(info.panels["correlation_held_out"]["y"]) == 0
    figure = draw_compared_maps(info)
    drawn = figure.axes[0].get_lines()[0].get_xdata()
    np.testing.assert_allclose(np.unique(drawn[np.isfinite(drawn)]), [0.1, 0.4])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["x", "y"]
    assert list(compared_maps_info({"y": y}).panels) == ["selectivity"]
