"""The law of the radii on the leading k principal axes, of several runs."""

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
from mlflow_latents.plots.style import BAND, THEORY_LINE, new_figure, plain_log_ticks, styled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = Caption(
    "The law of the radii on the leading principal axes, of all runs",
    "From left to right more principal axes are judged together. Within the grey band the joint "
    "distribution looks normal; the sooner a run's line climbs out of it, the fewer of its axes "
    "are jointly normal.",
)


@dataclass(frozen=True)
class OverlayLeadingCurveInfo:
    """Variance ratio of d2 over the number of leading axes, by way of judging and run.

    Parameters
    ----------
    panels : dict of dict of numpy.ndarray, shape (K,)
        By ``in-sample`` and ``held-out``, then by run: the ratio for k = 1 ... K.
    lines : dict of RunLine
        By run.
    tolerance : float
        Half-width of the band around 1.
    """

    panels: dict[str, dict[str, np.ndarray]]
    lines: dict[str, RunLine]
    tolerance: float


def overlay_leading_curve_info(
    in_sample: Mapping[str, np.ndarray],
    held_out: Mapping[str, np.ndarray],
    tolerance: float,
    groups: RunGroups | None = None,
) -> OverlayLeadingCurveInfo:
    """Arrange the curves of several runs.

    Parameters
    ----------
    in_sample, held_out : mapping of numpy.ndarray, shape (K,)
        Variance ratio on the k leading axes, k = 1 ... K, by run; `held_out` may lack runs.
    tolerance : float
        Half-width of the band within which a ratio counts as 1.
    groups : RunGroups, optional
        What the runs are coloured by.

    Returns
    -------
    OverlayLeadingCurveInfo

    Raises
    ------
    InputError
        When there is no run.
    """
    if not in_sample:
        raise InputError("in_sample is empty: give the curve of at least one run.")
    panels = {"in-sample": dict(in_sample)}
    if held_out:
        panels["held-out"] = dict(held_out)
    lines = dict(zip(in_sample, run_lines(list(in_sample), groups), strict=True))
    return OverlayLeadingCurveInfo(panels, lines, tolerance)


@styled
def draw_overlay_leading_curve(info: OverlayLeadingCurveInfo) -> Figure:
    """Draw a panel for each way of judging, on logarithmic scales."""
    figure = new_figure(CAPTION.title, height=4.2 + legend_height(info.lines.values()))
    panels = figure.subplots(1, len(info.panels), sharex=True, sharey=True, squeeze=False)[0]
    greatest = max(len(ratio) for ratio in info.panels["in-sample"].values())
    for axes, (name, curves) in zip(panels, info.panels.items(), strict=True):
        _draw_panel(axes, curves, info)
        axes.set_title(name)
    panels[0].set_xlim(0.9, 1.1 * max(greatest, 2))
    low, high = panels[0].get_ylim()
    panels[0].set_ylim(min(low, 0.5), max(high, 2))
    for axes in panels:
        plain_log_ticks(axes.xaxis)
        axes.set_xlabel("leading principal axes judged together, k")
    plain_log_ticks(panels[0].yaxis)
    panels[0].set_ylabel("variance of d2, observed / law")
    draw_legend(figure, list(info.lines.values()), "the law")
    return figure


def _draw_panel(axes: Axes, curves: dict[str, np.ndarray], info: OverlayLeadingCurveInfo) -> None:
    axes.axhspan(1 - info.tolerance, 1 + info.tolerance, color=BAND)
    for run, ratio in curves.items():
        axes.plot(np.arange(1, len(ratio) + 1), ratio, **info.lines[run].style)
    axes.axhline(1, **THEORY_LINE, zorder=3)
    axes.set_xscale("log")
    axes.set_yscale("log")
