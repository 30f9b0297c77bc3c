"""How an attribute answers when images are moved along its axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.label_names import shown_name
from mlflow_latents.plots.style import (
    FAINT,
    HELD_OUT_LINE,
    IN_SAMPLE_LINE,
    THEORY,
    WIDTH,
    new_figure,
    sentence_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.probes.arithmetic import Arithmetic

CAPTION = Caption(
    "Moving images along the axis of an attribute",
    "Each panel: held-out images moved along the axis of an attribute, decoded, and judged by a "
    "network that has learnt from images alone. A line that rises steadily means that the "
    "attribute can be added and removed; a flat one that the axis does not carry it into the "
    "image.",
)

COLUMNS = (6, 5)  # whichever leaves fewer panels empty
MOST = 48
LETTERS = 19  # of a title

PLAIN_LINE = IN_SAMPLE_LINE | {"linewidth": 2.6, "markersize": 5}
RESTORED_LINE = HELD_OUT_LINE | {"linewidth": 1.0, "markersize": 2}
PARTIAL_LINE = {
    "color": THEORY,
    "linestyle": ":",
    "linewidth": 1.2,
    "marker": "^",
    "markersize": 2.5,
}


@dataclass(frozen=True, eq=False)
class DoseResponseInfo:
    """The answer of each attribute, the strongest first.

    Parameters
    ----------
    names : tuple of str, length a
        At most 48, those that answer most.
    steps : numpy.ndarray, shape (s,)
        How far the images were moved, in sd; ascending.
    plain, plain_error : numpy.ndarray, shape (a, s)
        Change of the attribute's logit, in its sd, and standard error.
    restored, restored_error : numpy.ndarray, shape (a, s)
        The same with the moved vector brought back to its own level.
    partial, partial_error : numpy.ndarray, shape (a, s)
        The same along the partial axis.
    left_out : int
        How many attributes are not shown: they answer less, or have no axis.
    """

    names: tuple[str, ...]
    steps: np.ndarray
    plain: np.ndarray
    plain_error: np.ndarray
    restored: np.ndarray
    restored_error: np.ndarray
    partial: np.ndarray
    partial_error: np.ndarray
    left_out: int


def dose_response_info(arithmetic: Arithmetic) -> DoseResponseInfo:
    """Take the curves of the own logits, in the order of their slopes.

    Parameters
    ----------
    arithmetic : Arithmetic

    Returns
    -------
    DoseResponseInfo
    """
    slopes = np.array([each.value for each in arithmetic.response(arithmetic.plain)])
    rows = np.argsort(-np.nan_to_num(slopes, nan=-np.inf), kind="stable")
    shown = rows[np.isfinite(slopes[rows])][:MOST]
    order = np.argsort(arithmetic.steps)
    curves = [
        curve[np.ix_(shown, order)]
        for moves in (arithmetic.plain, arithmetic.restored, arithmetic.partial)
        for curve in (moves.curve, moves.curve_error)
    ]
    names = tuple(arithmetic.names[i] for i in shown)
    left_out = len(arithmetic.names) - len(names)
    return DoseResponseInfo(names, arithmetic.steps[order], *curves, left_out)


@styled
def draw_dose_response(info: DoseResponseInfo) -> Figure:
    """Draw one small panel for each attribute, all of one scale."""
    n = len(info.names)
    if not n:
        return sentence_figure(CAPTION.title, "No attribute answers to its axis: nothing is known.")
    columns = min(COLUMNS, key=lambda columns: -n % columns) if n > max(COLUMNS) else max(n, 3)
    lines = -(-n // columns)
    figure = new_figure(CAPTION.title, height=1.0 + lines * min(1.15, WIDTH / columns))
    grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    for i, axes in enumerate(grid.flat):
        if i < n:
            _draw_panel(axes, info, i)
        else:
            axes.set_visible(False)
    # A panel with none below it carries the numbers of its column.
    for column in range(columns):
        last = (n - 1 - column) // columns
        grid[max(last, 0), column].tick_params(labelbottom=True)
    note = f"\n{info.left_out} more, not shown" if info.left_out else ""  # room beside the legend
    figure.supxlabel(f"moved along the axis (sd){note}", fontsize=9, x=0.01, ha="left")
    figure.supylabel("change of the attribute's logit (its sd)", fontsize=9)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower right", ncols=3)
    return figure


def _draw_panel(axes: Axes, info: DoseResponseInfo, i: int) -> None:
    axes.axhline(0, color=FAINT, linewidth=0.6)
    axes.axvline(0, color=FAINT, linewidth=0.6)
    # What lies on top is thinner, so that curves that are equal are both seen.
    for label, curve, error, style in (
        ("along the axis", info.plain, info.plain_error, PLAIN_LINE),
        ("brought back to its level", info.restored, info.restored_error, RESTORED_LINE),
        ("along the partial axis", info.partial, info.partial_error, PARTIAL_LINE),
    ):
        axes.errorbar(info.steps, curve[i], error[i], label=label, elinewidth=0.8, **style)
    axes.set_title(shown_name(info.names[i], LETTERS), fontsize=7.5, pad=3)
    axes.tick_params(labelsize=7)
    axes.set_xticks(info.steps[[0, len(info.steps) // 2, -1]])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))
