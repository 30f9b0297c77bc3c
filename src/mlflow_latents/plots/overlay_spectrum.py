"""How the variance spreads over the principal axes, of several runs."""

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
from mlflow_latents.plots.style import THEORY_LINE, new_figure, plain_log_ticks, styled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

CAPTION = Caption(
    "How the variance spreads over the principal axes, of all runs",
    "Left: the variance along each principal axis over the mean of all, widest first; on the "
    "dashed line an ellipsoid would be a ball. Right: the share of all variance that the first "
    "axes hold.",
)


@dataclass(frozen=True)
class OverlaySpectrumInfo:
    """Variances along the principal axes, by run.

    Parameters
    ----------
    ratio : dict of numpy.ndarray, shape (rank,)
        Over their mean, widest first.
    lines : dict of RunLine
        By run.
    """

    ratio: dict[str, np.ndarray]
    lines: dict[str, RunLine]


def overlay_spectrum_info(
    sd: Mapping[str, np.ndarray], groups: RunGroups | None = None
) -> OverlaySpectrumInfo:
    """Put the spectra of several runs on one scale.

    Parameters
    ----------
    sd : mapping of numpy.ndarray, shape (rank,)
        Standard deviations along the principal axes, widest first, by run.
    groups : RunGroups, optional
        What the runs are coloured by.

    Returns
    -------
    OverlaySpectrumInfo

    Raises
    ------
    InputError
        When there is no run.
    """
    if not sd:
        raise InputError("sd is empty: give the spectrum of at least one run.")
    lines = dict(zip(sd, run_lines(list(sd), groups), strict=True))
    return OverlaySpectrumInfo({run: each**2 / np.mean(each**2) for run, each in sd.items()}, lines)


@styled
def draw_overlay_spectrum(info: OverlaySpectrumInfo) -> Figure:
    """Draw the variances on the left, their cumulative share on the right."""
    figure = new_figure(CAPTION.title, height=4.2 + legend_height(info.lines.values()))
    left, right = figure.subplots(1, 2, sharex=True)
    for run, ratio in info.ratio.items():
        number = np.arange(1, len(ratio) + 1)
        left.plot(number, ratio, **info.lines[run].style)
        right.plot(number, 100 * np.cumsum(ratio) / len(ratio), **info.lines[run].style)
    left.axhline(1, **THEORY_LINE, zorder=3)
    left.set_xscale("log")
    left.set_yscale("log")
    most = max(len(ratio) for ratio in info.ratio.values())
    left.set_xlim(0.9, 1.1 * max(most, 2))
    low, high = left.get_ylim()
    left.set_ylim(min(low, 0.5), max(high, 2))
    plain_log_ticks(left.xaxis)
    plain_log_ticks(left.yaxis)
    left.set_ylabel("variance along the axis / mean of all")
    right.set(ylabel="share of the variance (%)", ylim=(0, 104))
    for axes in (left, right):
        axes.set_xlabel("principal axis")
    draw_legend(figure, list(info.lines.values()), "a ball")
    return figure
