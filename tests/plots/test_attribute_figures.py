"""Figures of attributes: readability, angles, shares of axes, laws along axes."""

from dataclasses import replace

import numpy as np
import pytest

from mlflow_latents.data.labels import Label
from mlflow_latents.plots import attribute_angles, attribute_axes, attribute_laws, to_png
from mlflow_latents.plots import attribute_readability as readability
from mlflow_latents.probes import class_alone
from mlflow_latents.probes.attributes import probe_attributes


@pytest.fixture(scope="module")
def report():
    """Two labels of two values along the first axis, one apart, two numbers, one of two modes."""
    rng = np.random.default_rng(0)
    n = 1500
    z = rng.standard_normal((n, 6))
    z[:, 3] = np.where(rng.random(n) < 0.5, -1, 1) + 0.2 * rng.standard_normal(n)
    split = np.where(np.arange(n) % 4 == 0, "test", "train")
    columns = {
        "first": z[:, 0] > 0,
        "apart": z[:, 1] + rng.standard_normal(n) > 1,
        "again": z[:, 0] + 0.3 * rng.standard_normal(n) > 0,
        "number": z[:, 2] + 0.5 * rng.standard_normal(n),
        "modes": z[:, 3],
    }
    labels = [
        Label(name, name, "binary" if values.dtype == bool else "continuous", values * 1.0)
        for name, values in columns.items()
    ]
    controls = {"pca": z[:, :1], "untrained": rng.standard_normal((n, 6))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(class_alone, "MOST_VALUES", 500)
        yield probe_attributes(z, split, labels, controls)


def many(report, a):
    """The same report with its labels repeated, a in all."""
    chosen = np.arange(a) % len(report.found)
    found = tuple(replace(report.found[i], name=f"an attribute {j}") for j, i in enumerate(chosen))
    pairs = np.ix_(chosen, chosen)
    axes = replace(
        report.axes,
        cosines=report.axes.cosines[pairs],
        correlations=report.axes.correlations[pairs],
        partial_cosines=report.axes.partial_cosines[pairs],
    )
    return replace(
        report,
        found=found,
        axes=axes,
        positions=report.positions[:, chosen],
        values=report.values[:, chosen],
    )


def test_readability_ranks_within_classes_and_numbers(report):
    info = readability.readability_info(report)
    assert [row.name for row in info.panels["auc"]] == ["first", "again", "apart"]
    assert [row.name for row in info.panels["r2"]] == ["modes", "number"]
    assert info.left_out == 0
    row = info.panels["auc"][0]
    assert row.score == report.found[0].readout.auc
    assert row.controls["pca"] > 0.95
    assert row.controls["untrained"] == pytest.approx(0.5, abs=0.1)


def test_readability_draws_a_row_for_each(report):
    figure = readability.draw_readability(readability.readability_info(report))
    assert [len(axes.get_yticks()) for axes in figure.axes] == [3, 2]
    names = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert set(names) == {"latent vectors", "PCA of the images", "untrained encoder"}


def test_readability_of_very_many_shows_the_best(report):
    info = readability.readability_info(many(report, 130))
    assert sum(len(rows) for rows in info.panels.values()) == 60
    assert info.left_out == 70
    assert "70 read worse" in readability.draw_readability(info).axes[-1].get_xlabel()


def test_angles_and_axes_of_very_many_tell_what_they_leave_out(report):
    some = many(report, 130)
    angles, axes = attribute_angles.angles_info(some), attribute_axes.axes_info(some)
    assert angles.left_out == axes.left_out == 70
    for draw in (attribute_angles.draw_angles, attribute_angles.draw_partial_angles):
        assert draw(angles).axes[0].get_xlabel() == "70 read worse, not shown"
    labels = [each.get_xlabel() for each in attribute_axes.draw_axes(axes).axes]
    assert "principal axis (70 explain less, not shown)" in labels
    few = attribute_angles.draw_angles(attribute_angles.angles_info(report))
    assert few.axes[0].get_xlabel() == ""


def test_scores_far_below_chance_are_arrows_at_the_edge(report):
    info = readability.readability_info(report)
    row = info.panels["r2"][0]
    low = replace(row, name="$low$", score=-0.9, controls={**row.controls, "pca": -40.0})
    info = replace(info, panels={"r2": (row, low)})
    (axes,) = readability.draw_readability(info).axes
    assert axes.get_xlim()[0] == pytest.approx(-0.53)
    arrows = [line for line in axes.lines if line.get_marker() == "<"]
    assert [line.get_ydata().tolist() for line in arrows] == [[1], [1]]
    assert -0.53 < arrows[0].get_xdata()[0] < arrows[1].get_xdata()[0] < -0.45
    assert len({line.get_color() for line in arrows}) == 2


def test_angles_stand_in_the_order_of_a_clustering(report):
    info = attribute_angles.angles_info(report)
    assert sorted(info.names) == sorted(each.name for each in report.found)
    place = {name: i for i, name in enumerate(info.names)}
    assert abs(place["first"] - place["again"]) == 1
    first, again = place["first"], place["again"]
    assert info.cosines[first, again] > 0.95
    np.testing.assert_allclose(info.correlations[first, again], report.axes.correlations[0, 2])


def test_angles_above_the_diagonal_and_correlations_below(report):
    info = attribute_angles.angles_info(report)
    figure = attribute_angles.draw_angles(info)
    shown = np.asarray(figure.axes[0].images[0].get_array().filled(np.nan))
    above = np.triu_indices(5, 1)
    np.testing.assert_array_equal(shown[above], info.cosines[above])
    np.testing.assert_array_equal(shown.T[above], info.correlations.T[above])
    partial = attribute_angles.draw_partial_angles(info)
    shown = np.asarray(partial.axes[0].images[0].get_array().filled(np.nan))
    np.testing.assert_array_equal(shown[above], info.partial_cosines[above])
    np.testing.assert_array_equal(shown.T[above], info.cosines.T[above])


def test_one_label_has_no_angles(report):
    info = attribute_angles.angles_info(many(report, 1))
    assert "no angle" in attribute_angles.draw_angles(info).texts[-1].get_text()


def test_axes_rank_by_explained_variance(report):
    info = attribute_axes.axes_info(report)
    assert list(info.explained) == sorted(info.explained, reverse=True)
    assert info.names[0] == "modes"
    assert info.shares.shape == (5, 6)
    np.testing.assert_array_equal(info.joint, report.shares)
    figure = attribute_axes.draw_axes(info)
    drawn = next(axes.images[0] for axes in figure.axes if axes.images)
    np.testing.assert_array_equal(drawn.get_array(), np.maximum(info.shares, 0))


def test_laws_count_the_class_and_the_true_values(report):
    panels = {panel.name: panel for panel in attribute_laws.laws_info(report)}
    assert next(iter(panels)) == "modes"
    modes, first = panels["modes"], panels["first"]
    assert (modes.kind, modes.true_kind) == ("bimodal", "bimodal")
    assert first.true_kind == ""
    width = np.diff(first.histogram.edges)
    assert modes.other @ np.diff(modes.histogram.edges) == pytest.approx(1, abs=0.01)
    positive = report.values[:, 0].mean()
    assert first.other @ width == pytest.approx(positive, abs=0.01)
    assert (first.other <= first.histogram.density + 1e-9).all()


@pytest.mark.parametrize("a", [1, 5, 46, 130])
def test_every_figure_is_drawn_whatever_the_number_of_labels(report, a):
    some = many(report, a)
    info = attribute_angles.angles_info(some)
    figures = [
        readability.draw_readability(readability.readability_info(some)),
        attribute_angles.draw_angles(info),
        attribute_angles.draw_partial_angles(info),
        attribute_axes.draw_axes(attribute_axes.axes_info(some)),
        attribute_laws.draw_laws(attribute_laws.laws_info(some)),
    ]
    for figure in figures:
        assert figure.get_figheight() < 14
        figure.draw_without_rendering()
    assert len(attribute_laws.laws_info(some)) == min(a, 12)
    assert to_png(figures[0])
