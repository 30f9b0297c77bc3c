import numpy as np
import pytest

from mlflow_latents.plots import controls_info, draw_controls, to_png
from mlflow_latents.stats import assess


@pytest.fixture(scope="module")
def reports():
    rng = np.random.default_rng(0)
    heavy = rng.standard_normal((3000, 6)) * rng.choice([0.5, 1.5], (3000, 1))
    return {"trained": assess(heavy), "mnd": assess(rng.standard_normal((3000, 6)))}


@pytest.fixture(scope="module")
def info(reports):
    return controls_info(reports["trained"], {"mnd": reports["mnd"]})


def test_info_holds_the_numbers_of_the_reports(info, reports):
    assert [curve.name for curve in info.curves] == ["judged", "mnd"]
    for curve, report in zip(info.curves, reports.values(), strict=True):
        assert curve.kind == report.verdict.kind
        np.testing.assert_array_equal(curve.variance_ratio, report.in_sample.curve.variance_ratio)
        assert curve.negentropy == report.distance.principal.mean
    assert info.tolerance == 0.25


def test_draws_a_curve_and_a_bar_for_each(info):
    figure = draw_controls(info)
    curves, bars = figure.axes
    labels = curves.get_legend_handles_labels()[1]
    assert labels == ["these vectors", "MND of the same fit"]
    assert [text.get_text() for text in bars.get_yticklabels()] == labels
    assert [bar.get_width() for bar in bars.patches] == pytest.approx(
        [max(curve.negentropy, 0) for curve in info.curves]
    )
    assert to_png(figure)


def test_one_axis_and_no_control_are_drawn_too():
    report = assess(np.random.default_rng(0).standard_normal((100, 1)))
    assert to_png(draw_controls(controls_info(report, {})))


def test_an_untrained_encoder_among_the_controls_tells_that_the_other_is_trained(reports):
    info = controls_info(reports["trained"], {"untrained": reports["mnd"]})
    assert info.curves[0].name == "trained"
