from dataclasses import replace

import numpy as np
import pytest

from mlflow_latents.plots.battery import LOOKS_FOR, battery_info, draw_battery, pvalue_text
from mlflow_latents.stats.battery import TESTS, Battery, TestResult

SEEN = TestResult(
    "radial", 12.0, 1e-9, "tabulated null law", 500, 4, 2.5, "variance ratio of d2; 1", True, "", ()
)
BLIND = TestResult(
    "pursuit", np.nan, np.nan, "", 500, 4, np.nan, "", False, "Half of n is too few.", ()
)
BATTERY = Battery(
    (SEEN, replace(SEEN, test="plane", law="exact"), BLIND), np.array([2e-9, 0.4, np.nan]), 0.05
)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_rows_say_what_the_results_say():
    seen, nothing, blind = battery_info(BATTERY).rows
    assert (seen.test, seen.pvalue, seen.flag) == ("radial", 2e-9, "rejects")
    assert (seen.effect_unit, seen.effect_if_normal) == ("variance ratio of d2", "1")
    assert (nothing.flag, nothing.pvalue) == ("nothing seen", 0.4)
    assert (blind.flag, blind.reason) == ("not informative", BLIND.reason)
    assert np.isnan(seen.held_out_pvalue)


def test_held_out_pvalues_go_by_name_not_by_place():
    held_out = Battery((BATTERY.results[1], SEEN), np.array([0.7, 0.01]), 0.05)
    info = battery_info(BATTERY, held_out)
    assert info.has_held_out
    np.testing.assert_equal([row.held_out_pvalue for row in info.rows], [0.01, 0.7, np.nan])


def test_every_test_is_told_in_words():
    assert set(TESTS) <= set(LOOKS_FOR)
    assert len(set(LOOKS_FOR)) == len(LOOKS_FOR)


@pytest.mark.parametrize(
    ("pvalue", "text"),
    [(3e-200, "< 0.001"), (0.0123, "0.012"), (0.05, "0.050"), (1.0, "1.00"), (np.nan, "–")],
)
def test_pvalues_are_written_for_people(pvalue, text):
    assert pvalue_text(pvalue) == text


def test_figure_shows_numbers_laws_and_reasons():
    shown = texts(draw_battery(battery_info(BATTERY)))
    assert shown.count("rejects") == 1
    assert shown.count("nothing seen") == 1
    assert "Not informative. Half of n is too few." in shown
    assert {"a  tabulated null law", "b  exact"} <= set(shown)
    assert not any("held-out" in text for text in shown)


def test_no_text_of_the_figure_covers_another():
    rows = tuple(replace(SEEN, test=name, pvalue=1e-9) for name in LOOKS_FOR)
    battery = Battery(rows, np.geomspace(1e-12, 1, len(rows)), 0.05)
    figure = draw_battery(battery_info(battery, battery))
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.get_text()]
    # A point of slack: boxes hold the line's height, letters less.
    bounds = [(box.x0 + 2, box.x1 - 2, box.y0 + 2, box.y1 - 2) for box in boxes]
    for i, (left, right, low, high) in enumerate(bounds):
        for other in bounds[:i]:
            assert right <= other[0] or left >= other[1] or high <= other[2] or low >= other[3]
