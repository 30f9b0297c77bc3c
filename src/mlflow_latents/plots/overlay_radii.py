"""Radii of several runs against their exact laws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.overlay_lines import (
    RunGroups,
    RunLine,
    draw_legend,
    legend_height,
    run_lines,
)
from mlflow_latents.plots.style import THEORY_LINE, new_figure, styled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = Caption(
    "Distances from the centre against their exact laws, of all runs",
    "Quantiles of the Mahalanobis radii, in the law's sd from its median, so that runs of any "
    "dimension compare. On the dashed line the law holds; a run above it on the right and below it "
    "on the left has radii that vary more than a normal distribution's.",
)

FAR = 60.0  # sd; where radii lie farther out, the vertical axis becomes logarithmic
LINEAR = 5.0  # sd, beyond which it does


@dataclass(frozen=True)
class OverlayRadiiInfo:
    """Quantiles of the radii, by way of judging and run.

    Parameters
    ----------
    panels : dict of dict of tuple of numpy.ndarray, shape (q,)
        By ``in-sample`` and ``held-out``, then by run: expected and observed quantiles, in the
        law's sd of one radius from the law's median.
    lines : dict of RunLine
        By run.
    """

    panels: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]
    lines: dict[str, RunLine]


def overlay_radii_info(
    in_sample: Mapping[str, tuple[np.ndarray, np.ndarray]],
    held_out: Mapping[str, tuple[np.ndarray, np.ndarray]],
    groups: RunGroups | None = None,
) -> OverlayRadiiInfo:
    """Put the radii of several runs on one scale.

    Parameters
    ----------
    in_sample, held_out : mapping of tuple of numpy.ndarray, shape (q,)
        Expected and observed quantiles of the radius, in the law's sd from its median, by run.
    groups : RunGroups, optional
        What the runs are coloured by.

    Returns
    -------
    OverlayRadiiInfo

    Raises
    ------
    InputError
        When there is no run.
    """
    if not in_sample:
        raise InputError("in_sample is empty: give the radii of at least one run.")
    panels = {"in-sample": dict(in_sample)}
    if held_out:
        panels["held-out"] = dict(held_out)
    lines = dict(zip(in_sample, run_lines(list(in_sample), groups), strict=True))
    return OverlayRadiiInfo(panels, lines)


@styled
def draw_overlay_radii(info: OverlayRadiiInfo) -> Figure:
    """Draw a Q-Q plot for each way of judging; logarithmic where radii lie very far out."""
    figure = new_figure(CAPTION.title, height=4.2 + legend_height(info.lines.values()))
    panels = figure.subplots(1, len(info.panels), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (name, curves) in zip(panels, info.panels.items(), strict=True):
        for run, (expected, observed) in curves.items():
            axes.plot(expected, observed, **info.lines[run].style)
        axes.set_title(name)
        axes.set_xlabel("radius under the law (sd from its median)")
    _scale(panels[0], info)
    ends = np.array(panels[0].get_xlim())
    points = np.linspace(*ends, 200)  # bent, where the vertical axis is logarithmic
    for axes in panels:
        axes.plot(points, points, **THEORY_LINE, zorder=3)
        axes.set_xlim(ends)
    panels[0].set_ylabel("observed radius (sd from the law's median)")
    draw_legend(figure, list(info.lines.values()), "the law")
    return figure


def _scale(axes: Axes, info: OverlayRadiiInfo) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    farthest = max(
        np.abs(pair[1]).max() for panel in info.panels.values() for pair in panel.values()
    )
    if farthest <= FAR:
        return
    axes.set_yscale("asinh", linear_width=LINEAR)
    ticks = [tick for tick in (0, 5, 20, 50, 200, 500, 2000, 5000, 20_000) if tick < farthest]
    axes.yaxis.set_major_locator(FixedLocator([-tick for tick in ticks[:0:-1]] + ticks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))
    axes.yaxis.set_minor_locator(NullLocator())
