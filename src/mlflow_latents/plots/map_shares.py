"""What maps do for the principal axes of the latent vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.style import (
    FAINT,
    HELD_OUT,
    IN_SAMPLE,
    THEORY,
    new_figure,
    styled,
)
from mlflow_latents.probes.axis_groups import axis_groups

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mlflow_latents.probes.map_shares import MapShares

CAPTION = Caption(
    "What the maps do for the principal axes",
    "Left: the maps of an axis from the largest part to the smallest. A curve that rises at once "
    "would be an axis that few maps make; above 1, the maps that follow work against those before. "
    "Right: the part of each map (a row) in the leading axes, maps that serve the same axis next "
    "to each other.",
)

SHOWN = 30  # leading axes


@dataclass(frozen=True, eq=False)
class MapSharesInfo:
    """Parts of m maps in principal axes.

    Parameters
    ----------
    kind : {"share", "correlation"}
        What the parts are: see `MapShares`.
    curves : mapping of str to numpy.ndarray, shape (m,)
        By which axes: shares added up from the largest to the smallest, or absolute correlations
        from large to small; mean over the axes.
    heat : numpy.ndarray, shape (m, k)
        Parts in up to 30 leading axes, maps by the axis of their largest part.
    """

    kind: str
    curves: dict[str, np.ndarray]
    heat: np.ndarray


def map_shares_info(shares: MapShares) -> MapSharesInfo:
    """Sort the parts of maps.

    Parameters
    ----------
    shares : MapShares

    Returns
    -------
    MapSharesInfo
    """
    values = np.nan_to_num(shares.values)
    if shares.kind == "share":
        curves = np.cumsum(-np.sort(-values, axis=0), axis=0)
    else:
        curves = -np.sort(-np.abs(values), axis=0)
    groups = axis_groups(values.shape[1])
    # Of few axes the first is the leading group, and of one the trailing group as well.
    drawn = {_name(axes): axes for axes in ([0], groups["leading"], groups["trailing"])}
    by_axes = {name: curves[:, axes].mean(axis=1) for name, axes in drawn.items()}
    leading = values[:, :SHOWN]
    axis = np.argmax(np.abs(leading), axis=1)
    own = np.take_along_axis(leading, axis[:, None], axis=1)[:, 0]
    return MapSharesInfo(shares.kind, by_axes, leading[np.lexsort((-own, axis))])


def _name(axes):
    first, last = axes[0] + 1, axes[-1] + 1
    return f"axis {first}" if first == last else f"axes {first} to {last}"


@styled
def draw_map_shares(info: MapSharesInfo) -> Figure:
    """Draw the sorted parts at the left, the parts in the leading axes at the right."""
    figure = new_figure(CAPTION.title, height=4.6)
    left, right = figure.subplots(1, 2, width_ratios=(4, 5))
    maps, axes = info.heat.shape
    styles = ((IN_SAMPLE, "-"), (HELD_OUT, "--"), (THEORY, ":"))
    for (name, curve), (colour, style) in zip(info.curves.items(), styles, strict=False):
        left.plot(np.arange(1, maps + 1), curve, style, color=colour, label=name)
    share = info.kind == "share"
    left.axhline(1 if share else 0, color=FAINT, linewidth=0.8)
    left.set_xlabel("maps, the largest part first")
    left.set_ylabel("share of the variance, added up" if share else "absolute correlation")
    left.set_ylim(bottom=0)
    left.legend(loc="lower right" if share else "upper right")
    limit = max(float(np.quantile(np.abs(info.heat), 0.995)), 1e-6)
    picture = right.imshow(
        info.heat,
        aspect="auto",
        cmap="PuOr_r",
        vmin=-limit,
        vmax=limit,
        interpolation="nearest",
        extent=(0.5, axes + 0.5, maps, 0),
    )
    right.set(xlabel="principal axis", ylabel="maps, by the axis of the largest part")
    figure.colorbar(picture, ax=right, label="share" if share else "correlation", extend="both")
    return figure
