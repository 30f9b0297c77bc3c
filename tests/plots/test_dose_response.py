from dataclasses import replace

import numpy as np
import pytest

from mlflow_latents.plots import to_png
from mlflow_latents.plots.dose_response import dose_response_info, draw_dose_response
from mlflow_latents.probes.arithmetic import Arithmetic, Moves


def found(a, t=None, seed=0):
    """What arithmetic may find of a axes and t targets, the first axis answering least."""
    rng = np.random.default_rng(seed)
    t = t or a
    steps = np.array([0.0, -3, 3, 1])

    def moves(scale):
        change = scale * 0.1 * rng.standard_normal((a, t))
        change[np.arange(a), np.arange(a)] = scale * np.linspace(0.1, 1, a)
        own = change[np.arange(a), np.arange(a)]
        curve = own[:, None] * steps
        return Moves(change, np.full((a, t), 0.01), curve, 0.1 + 0 * curve, 0.5 + 0.1 * curve)

    names = tuple(f"a quite long attribute {i}" for i in range(t))
    ways = [moves(scale) for scale in (1, 0.5, 0.9)]
    return Arithmetic(names[:a], names[:a], names, names, np.arange(a), steps, 100, *ways)


def test_info_has_the_strongest_first_and_the_steps_ascending():
    arithmetic = found(4)
    info = dose_response_info(arithmetic)
    assert info.names == arithmetic.names[::-1]
    assert info.steps.tolist() == [-3, 0, 1, 3]
    np.testing.assert_allclose(info.plain, np.linspace(1, 0.1, 4)[:, None] * info.steps)
    np.testing.assert_allclose(info.restored, 0.9 * info.plain)
    np.testing.assert_allclose(info.partial, 0.5 * info.plain)


def test_axes_that_are_none_and_those_that_do_not_fit_are_left_out():
    arithmetic = found(60)
    arithmetic.plain.change[5] = np.nan
    info = dose_response_info(arithmetic)
    assert len(info.names) == len(info.plain) == 48
    assert arithmetic.names[5] not in info.names
    assert info.left_out == 12
    figure = draw_dose_response(info)
    assert "12 more, not shown" in figure.get_supxlabel()
    figure.draw_without_rendering()
    (legend,) = (each.get_window_extent() for each in figure.legends)
    assert not any(legend.overlaps(text.get_window_extent()) for text in figure.texts)


def test_where_no_attribute_answers_that_is_said():
    arithmetic = found(2)
    arithmetic.plain.change[:] = np.nan
    figure = draw_dose_response(dose_response_info(arithmetic))
    assert "No attribute answers" in figure.texts[-1].get_text()


def test_a_name_with_dollar_signs_is_no_formula():
    info = replace(dose_response_info(found(3)), names=("$x$", "$_$", "5 $"))
    figure = draw_dose_response(info)
    assert to_png(figure)  # "$_$" is no formula
    shown = [axes.title._text for axes in figure.axes]
    assert not any(figure.axes[0].title._preprocess_math(text)[1] for text in shown)


@pytest.mark.parametrize("a", [1, 3, 7, 46])
def test_draws_a_panel_for_each(a):
    info = dose_response_info(found(a))
    figure = draw_dose_response(info)
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left")[:22] for axes in panels] == [
        f"{name[:18]}…" for name in info.names
    ]
    np.testing.assert_array_equal(panels[-1].lines[2].get_ydata(), info.plain[-1])
    assert len(to_png(figure)) < 200_000


def test_the_legend_covers_no_other_text():
    figure = draw_dose_response(dose_response_info(found(40)))
    figure.draw_without_rendering()
    (legend,) = (each.get_window_extent() for each in figure.legends)
    assert not any(legend.overlaps(text.get_window_extent()) for text in figure.texts)
