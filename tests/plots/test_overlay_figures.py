"""The four overlaid figures: what they hold, and that they can be drawn for few runs and many."""

import numpy as np
import pytest
from scipy import stats

from mlflow_latents.errors import InputError
from mlflow_latents.plots.histograms import standard_histogram
from mlflow_latents.plots.overlay_leading_curve import (
    draw_overlay_leading_curve,
    overlay_leading_curve_info,
)
from mlflow_latents.plots.overlay_lines import RunGroups
from mlflow_latents.plots.overlay_marginals import draw_overlay_marginals, overlay_marginals_info
from mlflow_latents.plots.overlay_radii import draw_overlay_radii, overlay_radii_info
from mlflow_latents.plots.overlay_spectrum import draw_overlay_spectrum, overlay_spectrum_info
from mlflow_latents.plots.style import THEORY, to_png

RUNS = [f"run {i}" for i in range(14)]
GROUPS = RunGroups("side", {run: "left" if i % 2 else "right" for i, run in enumerate(RUNS)})
EXPECTED = np.linspace(-3, 3, 50)


def curves(count):
    return {run: np.linspace(1, 1 + i, 5 + i) for i, run in enumerate(RUNS[:count])}


def radii(count, stretch=2.0):
    return dict.fromkeys(RUNS[:count], (EXPECTED, stretch * EXPECTED))


def histograms(count):
    rng = np.random.default_rng(0)
    return {run: standard_histogram(rng.normal(size=500)) for run in RUNS[:count]}


INFOS = {
    "leading curve": lambda n, groups: overlay_leading_curve_info(
        curves(n), curves(n - 1), 0.25, groups
    ),
    "radii": lambda n, groups: overlay_radii_info(radii(n), radii(n - 1), groups),
    "marginals": lambda n, groups: overlay_marginals_info(histograms(n), histograms(n), groups),
    "spectrum": lambda n, groups: overlay_spectrum_info(curves(n), groups),
}
DRAW = {
    "leading curve": draw_overlay_leading_curve,
    "radii": draw_overlay_radii,
    "marginals": draw_overlay_marginals,
    "spectrum": draw_overlay_spectrum,
}


def drawn_runs(axes):
    return [line for line in axes.lines if line.get_color() != THEORY]


@pytest.mark.parametrize("figure", INFOS)
@pytest.mark.parametrize(
    ("count", "groups", "entries"),
    [(2, None, 2), (14, None, 1), (14, GROUPS, 2)],
    ids=["two", "bundle", "grouped"],
)
def test_each_run_has_a_line_and_the_legend_stays_short(figure, count, groups, entries):
    drawn = DRAW[figure](INFOS[figure](count, groups))
    assert len(drawn_runs(drawn.axes[0])) == count
    (legend,) = drawn.legends
    assert len(legend.texts) == entries + 1
    assert legend.get_title().get_text() == ("side" if groups else "")


@pytest.mark.parametrize("figure", INFOS)
def test_becomes_a_png_with_the_legend_below_the_axes(figure):
    drawn = DRAW[figure](INFOS[figure](12, None))
    assert len(to_png(drawn)) < 200_000
    lowest = min(axes.get_tightbbox().y0 for axes in drawn.axes)
    assert drawn.legends[0].get_window_extent().y1 <= lowest + 1


@pytest.mark.parametrize("figure", INFOS)
def test_the_law_has_its_line(figure):
    for axes in DRAW[figure](INFOS[figure](2, None)).axes:
        laws = [line for line in axes.lines if line.get_color() == THEORY]
        assert len(laws) == (0 if "share" in axes.get_ylabel() else 1)


def test_the_normal_density_is_drawn_over_the_marginals():
    axes = draw_overlay_marginals(INFOS["marginals"](2, None)).axes[0]
    x, y = axes.lines[-1].get_data()
    np.testing.assert_allclose(y, stats.norm.pdf(x))


def test_spectra_are_over_their_mean():
    info = overlay_spectrum_info({"a": np.array([2.0, 1.0, 1.0])})
    np.testing.assert_allclose(info.ratio["a"], [2, 0.5, 0.5])


def test_without_held_out_vectors_there_is_one_panel():
    assert len(draw_overlay_radii(overlay_radii_info(radii(2), {})).axes) == 1
    assert len(draw_overlay_leading_curve(overlay_leading_curve_info(curves(2), {}, 0.2)).axes) == 1


def test_radii_very_far_out_are_on_a_logarithmic_scale():
    near, far = (
        draw_overlay_radii(overlay_radii_info(radii(2, stretch), {})).axes[0]
        for stretch in (5, 500)
    )
    assert near.get_yscale() == "linear"
    assert far.get_yscale() == "asinh"


@pytest.mark.parametrize(
    "empty",
    [
        lambda: overlay_leading_curve_info({}, {}, 0.2),
        lambda: overlay_radii_info({}, {}),
        lambda: overlay_marginals_info({}, {}),
        lambda: overlay_spectrum_info({}),
    ],
)
def test_no_run_is_told(empty):
    with pytest.raises(InputError, match="is empty: give"):
        empty()
