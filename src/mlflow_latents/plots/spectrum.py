"""How long the principal axes are, and how many of them matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.style import (
    FAINT,
    HELD_OUT_LINE,
    IN_SAMPLE_LINE,
    legend_above,
    new_figure,
    plain_log_ticks,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.stats import LatentReport

CAPTION = Caption(
    "How far the vectors spread along the principal axes",
    "Left: the standard deviation along each axis, widest first; held-out vectors spread less "
    "along the first axes when those fit chance. Right: the share of all variance that the first "
    "axes hold; the vertical line is the effective dimension.",
)

SHARES = (0.5, 0.9, 0.99)


@dataclass(frozen=True)
class SpectrumInfo:
    """Standard deviations along the principal axes.

    Parameters
    ----------
    sd : numpy.ndarray, shape (rank,)
        Along the axes, widest first, in the units of the latent vectors.
    held_out_sd : numpy.ndarray, shape (rank,), or None
        Of the held-out vectors along the same axes.
    cumulative_share : numpy.ndarray, shape (rank,)
        Of the variance, held by the first 1, 2, ... axes.
    axes_needed : tuple of int
        Axes that hold 50, 90 and 99 % of the variance.
    effective_dimension : float
        Participation ratio of the variances.
    d : int
        Dimensions of the latent vectors.
    """

    sd: np.ndarray
    held_out_sd: np.ndarray | None
    cumulative_share: np.ndarray
    axes_needed: tuple[int, ...]
    effective_dimension: float
    d: int


def spectrum_info(report: LatentReport) -> SpectrumInfo:
    """Take the spectrum from a report.

    Parameters
    ----------
    report : LatentReport

    Returns
    -------
    SpectrumInfo
    """
    sd = report.geometry.axis_sd
    cumulative = np.cumsum(sd**2) / np.sum(sd**2)
    return SpectrumInfo(
        sd=sd,
        held_out_sd=report.held_out.principal.sd if report.held_out is not None else None,
        cumulative_share=cumulative,
        axes_needed=tuple(int(np.searchsorted(cumulative, s - 1e-12)) + 1 for s in SHARES),
        effective_dimension=report.geometry.effective_dimension,
        d=report.geometry.d,
    )


@styled
def draw_spectrum(info: SpectrumInfo) -> Figure:
    """Draw standard deviations on the left, their cumulative share on the right."""
    figure = new_figure(CAPTION.title)
    left, right = figure.subplots(1, 2)
    _draw_sd(left, info)
    _draw_share(right, info)
    for axes in (left, right):
        axes.set_xlim(0, len(info.sd) + 1)
        axes.xaxis.get_major_locator().set_params(integer=True)
    return figure


def _draw_sd(axes: Axes, info: SpectrumInfo) -> None:
    number = np.arange(1, len(info.sd) + 1)
    every = max(1, len(number) // 20)
    axes.plot(number, info.sd, **IN_SAMPLE_LINE, markevery=every, label="in-sample")
    if info.held_out_sd is not None:
        axes.plot(number, info.held_out_sd, **HELD_OUT_LINE, markevery=every, label="held-out")
        legend_above(axes)
    if info.sd.max() > 5 * info.sd.min():
        axes.set_yscale("log")
        plain_log_ticks(axes.yaxis)
    else:
        axes.set_ylim(0, None)
    axes.set(xlabel="principal axis", ylabel="sd along the axis (latent units)")
    axes.set_title(f"rank {len(info.sd)} of {info.d}", pad=22)


def _draw_share(axes: Axes, info: SpectrumInfo) -> None:
    number = np.arange(0, len(info.sd) + 1)
    share = 100 * np.concatenate([[0], info.cumulative_share])
    axes.plot(number, share, color=IN_SAMPLE_LINE["color"])
    for needed, held in dict(zip(info.axes_needed, SHARES, strict=True)).items():
        early = needed <= 0.6 * len(info.sd)
        axes.plot(needed, share[needed], **IN_SAMPLE_LINE, markersize=6)
        axes.annotate(
            f"{100 * held:.0f} % by {needed}",
            (needed, share[needed]),
            xytext=(8, -12) if early else (-8, 2),
            ha="left" if early else "right",
            textcoords="offset points",
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    axes.axvline(info.effective_dimension, color=FAINT, linestyle=":")
    axes.set(xlabel="principal axes", ylabel="share of the variance (%)", ylim=(0, 104))
    axes.set_title(f"effective dimension {info.effective_dimension:.1f}", pad=22)


def spectrum_figure(data: FigureData) -> Figure:
    """Draw the spectrum of ``data``."""
    return draw_spectrum(spectrum_info(data.report))
