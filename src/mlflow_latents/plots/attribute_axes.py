"""Which attribute each principal axis is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.label_names import shown_name
from mlflow_latents.plots.style import FILL, IN_SAMPLE, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

    from mlflow_latents.probes.attributes import AttributesReport

CAPTION = Caption(
    "How much of each principal axis the attributes explain",
    "Rows are attributes, columns the leading principal axes, the widest first: the darker a cell, "
    "the more of the variance along that axis the attribute explains by itself. Bars: all "
    "attributes together, for each axis, and each attribute over all axes.",
)

AXES = 25
MOST_SHOWN = 60
ROW = 0.165  # inches


@dataclass(frozen=True)
class AxesInfo:
    """Shares of variance.

    Parameters
    ----------
    names : tuple of str
        Attributes, those that explain most first.
    shares : numpy.ndarray, shape (a, m)
        Of the variance along each of the leading principal axes, by each attribute.
    joint : numpy.ndarray, shape (m,)
        The same by all attributes together, also those not shown.
    explained : numpy.ndarray, shape (a,)
        Share of all variance that each explains.
    left_out : int
        Attributes that explain least and are not shown.
    """

    names: tuple[str, ...]
    shares: np.ndarray
    joint: np.ndarray
    explained: np.ndarray
    left_out: int


def axes_info(report: AttributesReport) -> AxesInfo:
    """Take the shares of the leading principal axes, the attribute that explains most first.

    Parameters
    ----------
    report : AttributesReport

    Returns
    -------
    AxesInfo
        Of up to 60 attributes and 25 axes.
    """
    found = sorted(report.found, key=lambda each: -each.explained)[:MOST_SHOWN]
    return AxesInfo(
        names=tuple(each.name for each in found),
        shares=np.stack([each.shares[:AXES] for each in found]),
        joint=report.shares[:AXES],
        explained=np.array([each.explained for each in found]),
        left_out=len(report.found) - len(found),
    )


@styled
def draw_axes(info: AxesInfo) -> Figure:
    """Draw the heat map, with bars above it and beside it."""
    a = max(len(info.names), 3)
    figure = new_figure(CAPTION.title, height=2.2 + ROW * a)
    grid = figure.subplots(
        2, 2, height_ratios=(1.0, ROW * a), width_ratios=(4.6, 1), sharex="col", squeeze=False
    )
    _draw_joint(grid[0, 0], info)
    picture = _draw_shares(grid[1, 0], info)
    _draw_explained(grid[1, 1], info)
    grid[0, 1].set_axis_off()
    scale = grid[0, 1].inset_axes((0.0, 0.75, 1.0, 0.15))
    figure.colorbar(picture, cax=scale, orientation="horizontal", label="share of\nits variance")
    return figure


def _draw_joint(axes: Axes, info: AxesInfo) -> None:
    axes.bar(np.arange(1, len(info.joint) + 1), info.joint, color=FILL, edgecolor=IN_SAMPLE)
    axes.set_ylim(0, max(1.05 * np.nanmax(info.joint, initial=0), 0.02))
    axes.set_ylabel("all together")


def _draw_shares(axes: Axes, info: AxesInfo) -> AxesImage:
    a, m = info.shares.shape
    picture = axes.imshow(
        np.maximum(info.shares, 0),
        cmap="Blues",
        vmin=0,
        vmax=max(float(np.nanmax(info.shares)), 0.01),
        aspect="auto",
        interpolation="nearest",
        extent=(0.5, m + 0.5, a - 0.5, -0.5),
    )
    axes.set_yticks(range(a), [shown_name(name) for name in info.names], fontsize=7.5)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.get_major_locator().set_params(integer=True)
    note = f" ({info.left_out} explain less, not shown)" if info.left_out else ""
    axes.set_xlabel(f"principal axis{note}")
    return picture


def _draw_explained(axes: Axes, info: AxesInfo) -> None:
    a = len(info.names)
    axes.barh(range(a), 100 * info.explained, color=FILL, edgecolor=IN_SAMPLE, height=0.7)
    axes.set_ylim(a - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xlabel("% of all\nvariance")
