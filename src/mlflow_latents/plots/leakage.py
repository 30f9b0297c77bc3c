"""What else changes when images are moved along the axis of an attribute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.clustering import side_by_side
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.label_names import shown_name
from mlflow_latents.plots.style import WIDTH, new_figure, sentence_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

    from mlflow_latents.probes.arithmetic import Arithmetic

CAPTION = Caption(
    "What else changes with an attribute",
    "Each row: images moved along one attribute's axis, and by how much each column's attribute "
    "then changes; outlined: the attribute itself. A clean axis colours nothing else. First the "
    "axis as it is, then the partial axis, along which the labels of all others stay the same: "
    "what fades there came from attributes that go together in the image set.",
)

SIDE_BY_SIDE = 16  # attributes
MOST = 60
LETTERS = 20
EDGES, NAMES = 2.4, 1.25  # inches: title, bar and names; names alone


@dataclass(frozen=True, eq=False)
class LeakageInfo:
    """Changes of all attributes along the axes of all, attributes that go together side by side.

    Parameters
    ----------
    names : tuple of str, length a
        At most 60, those that answer most to their own axis.
    plain, partial : numpy.ndarray, shape (a, a)
        Change of the logit of each column's attribute, in its sd, per sd moved along the axis of
        each row's.
    left_out : int
        How many attributes are not shown: they answer less, or have no axis.
    """

    names: tuple[str, ...]
    plain: np.ndarray
    partial: np.ndarray
    left_out: int


def leakage_info(arithmetic: Arithmetic) -> LeakageInfo:
    """Order the changes so that attributes that change together stand side by side.

    Those with small angles between their rows: see `side_by_side`.

    Parameters
    ----------
    arithmetic : Arithmetic

    Returns
    -------
    LeakageInfo
    """
    slopes = np.array([each.value for each in arithmetic.response(arithmetic.plain)])
    known = np.flatnonzero(np.isfinite(slopes))
    chosen = np.sort(known[np.argsort(-np.abs(slopes[known]), kind="stable")][:MOST])
    cells = np.ix_(chosen, arithmetic.own[chosen])
    plain, partial = (moves.change[cells] for moves in (arithmetic.plain, arithmetic.partial))
    order = side_by_side(_cosines(np.nan_to_num(plain)))
    cells = np.ix_(order, order)
    return LeakageInfo(
        tuple(arithmetic.names[chosen[i]] for i in order),
        plain[cells],
        partial[cells],
        len(arithmetic.names) - len(chosen),
    )


@styled
def draw_leakage(info: LeakageInfo) -> Figure:
    """Draw the changes along the axes, and along the partial axes, as two coloured matrices."""
    n = len(info.names)
    if not n:
        return sentence_figure(CAPTION.title, "No attribute answers to its axis: nothing is known.")
    wide = n <= SIDE_BY_SIDE
    if wide:
        figure = new_figure(CAPTION.title, height=EDGES + (WIDTH - NAMES - 0.3) / 2)
        panels = figure.subplots(1, 2)
    else:
        figure = new_figure(CAPTION.title, height=EDGES + 0.3 + 2 * (WIDTH - NAMES - 0.8))
        panels = figure.subplots(2, 1)
    most = np.nanmax(np.abs([info.plain, info.partial]), initial=1e-9)
    titles = "along the axis", "along the partial axis"
    for axes, title, changes in zip(panels, titles, (info.plain, info.partial), strict=True):
        picture = _draw_matrix(axes, changes, most)
        axes.set_title(title)
    names = [shown_name(name, LETTERS) for name in info.names]
    size = 8 if n <= 30 else 7 if n <= 46 else 5.5
    upper, lower = panels
    for axes, has_rows, has_columns in (
        (upper, True, wide),
        (lower, not wide, True),
    ):
        axes.set_yticks(range(n), names if has_rows else [""] * n, fontsize=size)
        axes.set_xticks(range(n), names if has_columns else [""] * n, rotation=90, fontsize=size)
    bar = figure.colorbar(picture, ax=list(panels), location="top", shrink=0.5, aspect=35, pad=0.02)
    bar.set_label("change of the logit (its sd) per sd moved", fontsize=9)
    if info.left_out:
        note = f"{info.left_out} more, not shown: no axis, or a weaker answer"
        figure.supxlabel(note, fontsize=9, x=0.01, ha="left")
    return figure


def _draw_matrix(axes: Axes, changes: np.ndarray, most: float) -> AxesImage:
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    colours = colormaps["RdBu_r"].with_extremes(bad="#dddddd")
    picture = axes.imshow(changes, cmap=colours, vmin=-most, vmax=most)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for i in range(len(changes)):
        axes.add_patch(
            Rectangle((i - 0.5, i - 0.5), 1, 1, fill=False, edgecolor="black", linewidth=0.5)
        )
    return picture


def _cosines(changes: np.ndarray) -> np.ndarray:
    """Cosines of the angles between rows; 0 where a row is."""
    lengths = np.linalg.norm(changes, axis=1, keepdims=True)
    unit = changes / np.where(lengths > 0, lengths, 1)
    return unit @ unit.T
