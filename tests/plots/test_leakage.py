from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mlflow_latents.plots import to_png
from mlflow_latents.plots.leakage import draw_leakage, leakage_info
from mlflow_latents.probes.arithmetic import Arithmetic, Moves


def found(change, partial=None):
    a, t = change.shape

    def moves(change):
        curve = np.zeros((a, 3))
        return Moves(change, np.full((a, t), 0.01), curve, curve, curve)

    names = tuple(f"attribute {i}" for i in range(t))
    ways = [moves(each) for each in (change, change / 2 if partial is None else partial, change)]
    steps = np.arange(-1.0, 2)
    return Arithmetic(names[:a], names[:a], names, names, np.arange(a), steps, 100, *ways)


def test_attributes_that_go_together_stand_side_by_side():
    """Two groups, dealt out in turn; the sign does not matter."""
    group = np.arange(8) % 2
    change = 0.5 * (group[:, None] == group) + 0.5 * np.eye(8)
    change[4] *= -1
    info = leakage_info(found(change))
    order = [int(name.split()[1]) for name in info.names]
    assert len(set(group[order[:4]])) == 1
    np.testing.assert_array_equal(info.plain, change[np.ix_(order, order)])
    np.testing.assert_array_equal(info.partial, change[np.ix_(order, order)] / 2)


def test_columns_are_the_targets_of_the_rows():
    change = np.random.default_rng(0).standard_normal((3, 5))
    arithmetic = replace(found(change), names=("attribute 4", "attribute 0", "attribute 2"))
    arithmetic = replace(arithmetic, own=np.array([4, 0, 2]))
    info = leakage_info(arithmetic)
    rows = [arithmetic.names.index(name) for name in info.names]
    columns = [int(name.split()[1]) for name in info.names]
    np.testing.assert_array_equal(info.plain, change[np.ix_(rows, columns)])


def test_axes_that_are_none_and_the_weakest_are_left_out():
    change = np.diag(np.linspace(0.01, 1, 70))
    change[69] = np.nan
    info = leakage_info(found(change))
    assert len(info.names) == 60
    assert info.left_out == 10
    assert "10 more, not shown" in draw_leakage(info).get_supxlabel()
    assert "attribute 69" not in info.names
    assert "attribute 0" not in info.names
    assert "attribute 9" in info.names


def test_where_no_attribute_answers_that_is_said():
    figure = draw_leakage(leakage_info(found(np.full((3, 3), np.nan))))
    assert "No attribute answers" in figure.texts[-1].get_text()


@pytest.mark.parametrize("a", [1, 2, 10, 46])
def test_draws_both_matrices(a):
    rng = np.random.default_rng(0)
    change = np.eye(a) + 0.2 * rng.standard_normal((a, a))
    partial = change / 2
    partial[0] = np.nan
    info = leakage_info(found(change, partial))
    figure = draw_leakage(info)
    upper, lower = figure.axes[:2]
    np.testing.assert_array_equal(upper.images[0].get_array(), info.plain)
    np.testing.assert_array_equal(lower.images[0].get_array().filled(np.nan), info.partial)
    assert [text.get_text() for text in lower.get_xticklabels()] == list(info.names)
    assert upper.images[0].get_clim() == lower.images[0].get_clim()
    assert len(to_png(figure)) < 200_000


def test_labels_do_not_overlap():
    change = np.eye(40) + 0.1
    figure = draw_leakage(leakage_info(found(change)))
    figure.draw_without_rendering()
    for axes in figure.axes[:2]:
        for labels in (axes.get_yticklabels(), axes.get_xticklabels()):
            boxes = [label.get_window_extent() for label in labels if label.get_text()]
            assert not any(one.overlaps(two) for one, two in pairwise(boxes))
