"""One-dimensional marginals of several runs beside the normal density."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mlflow_latents.errors import InputError
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.overlay_lines import (
    RunGroups,
    RunLine,
    draw_legend,
    legend_height,
    run_lines,
)
from mlflow_latents.plots.style import THEORY_LINE, new_figure, plain_log_ticks, styled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.plots.histograms import AxisHistogram

CAPTION = Caption(
    "Single axes against the normal density, of all runs",
    "Left: of each run the coordinate that is as near to normal as half of its coordinates are; "
    "right: its worst coordinate or principal axis. Below the same on a logarithmic scale, where "
    "lines above the dashed parabola on either side are heavy tails.",
)

LEAST_DENSITY = 1e-5


@dataclass(frozen=True)
class OverlayMarginalsInfo:
    """Histograms by the choice of the axis and by run.

    Parameters
    ----------
    panels : dict of dict of AxisHistogram
        By ``typical coordinate`` and ``worst axis``, then by run.
    lines : dict of RunLine
        By run.
    """

    panels: dict[str, dict[str, AxisHistogram]]
    lines: dict[str, RunLine]


def overlay_marginals_info(
    typical: Mapping[str, AxisHistogram],
    worst: Mapping[str, AxisHistogram],
    groups: RunGroups | None = None,
) -> OverlayMarginalsInfo:
    """Arrange the histograms of several runs.

    Parameters
    ----------
    typical, worst : mapping of AxisHistogram
        Of one axis of each run, in its own sd.
    groups : RunGroups, optional
        What the runs are coloured by.

    Returns
    -------
    OverlayMarginalsInfo

    Raises
    ------
    InputError
        When there is no run.
    """
    if not typical:
        raise InputError("typical is empty: give the histogram of at least one run.")
    lines = dict(zip(typical, run_lines(list(typical), groups), strict=True))
    panels = {"typical coordinate": dict(typical), "worst axis": dict(worst)}
    return OverlayMarginalsInfo(panels, lines)


@styled
def draw_overlay_marginals(info: OverlayMarginalsInfo) -> Figure:
    """Draw densities above, their logarithms below."""
    figure = new_figure(CAPTION.title, height=5.6 + legend_height(info.lines.values()))
    grid = figure.subplots(2, 2, sharex="col", sharey="row")
    for column, (name, histograms) in zip(grid.T, info.panels.items(), strict=True):
        for axes in column:
            _draw_panel(axes, histograms, info)
        column[0].set_title(name)
        column[1].set_xlabel("distance from the axis's mean (sd)")
    grid[0, 0].set_ylabel("density (1/sd)")
    grid[0, 0].set_ylim(bottom=0)
    grid[1, 0].set_ylabel("density, log scale")
    grid[1, 0].set_yscale("log")
    grid[1, 0].set_ylim(_lowest(info), 2)
    plain_log_ticks(grid[1, 0].yaxis)
    draw_legend(figure, list(info.lines.values()), "the normal density")
    return figure


def _draw_panel(
    axes: Axes, histograms: Mapping[str, AxisHistogram], info: OverlayMarginalsInfo
) -> None:
    for run, histogram in histograms.items():
        # Empty bins are gaps: a logarithmic scale has no place for them.
        density = np.where(histogram.density > 0, histogram.density, np.nan)
        axes.plot(histogram.middles, density, **info.lines[run].style)
    view = max(histogram.edges[-1] for histogram in histograms.values())
    x = np.linspace(-view, view, 200)
    axes.plot(x, stats.norm.pdf(x), **THEORY_LINE, zorder=3)
    axes.set_xlim(-view, view)


def _lowest(info: OverlayMarginalsInfo) -> float:
    densities = [each.density for panel in info.panels.values() for each in panel.values()]
    seen = np.concatenate(densities)
    return max(0.5 * seen[seen > 0].min(), LEAST_DENSITY)
