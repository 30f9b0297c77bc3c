"""How well a linear reading finds each attribute, beside controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.controls import LABELS
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.label_names import shown_name
from mlflow_latents.plots.style import (
    BAND,
    FAINT,
    HELD_OUT,
    IN_SAMPLE,
    THEORY,
    THEORY_LINE,
    legend_above,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.probes.attributes import AttributesReport

CAPTION = Caption(
    "How well a linear reading finds each attribute",
    "Each row is an attribute, read from the latent vectors of held-out images along one straight "
    "axis, with its standard error: dashed is chance, 1 is without error, an arrow lies beyond the "
    "edge. What the principal components of the images or an untrained encoder show as well, "
    "training has not added.",
)

MOST_SHOWN = 60
ROW = 0.165  # inches
BELOW, EDGE = 0.5, 0.03  # how far below chance scores are shown, and the margin
ARROW = 0.018  # room that one takes
MARKERS = {"pca": ("s", HELD_OUT), "untrained": ("x", FAINT)}
OTHER_MARKER = ("d", THEORY)
PANELS = {
    "auc": ("area under the ROC curve, held-out", 0.5),
    "r2": ("R², held-out", 0.0),
}


@dataclass(frozen=True)
class ReadingRow:
    """One attribute.

    Parameters
    ----------
    name : str
    score, error : float
        From the latent vectors, with its standard error.
    controls : dict of str to float
        The same score from each control.
    """

    name: str
    score: float
    error: float
    controls: dict[str, float]


@dataclass(frozen=True)
class ReadabilityInfo:
    """Attributes by what they are scored with, the best read first.

    Parameters
    ----------
    panels : dict of str to tuple of ReadingRow
        "auc" of attributes of two values and of classes, "r2" of numbers; only what there is.
    left_out : int
        Attributes that are read worst and not shown.
    """

    panels: dict[str, tuple[ReadingRow, ...]]
    left_out: int


def readability_info(report: AttributesReport) -> ReadabilityInfo:
    """Take the scores from a report, the best first.

    Parameters
    ----------
    report : AttributesReport

    Returns
    -------
    ReadabilityInfo
    """
    ranked = sorted(report.found, key=lambda each: -each.readability)
    shown = ranked[:MOST_SHOWN]
    panels = {
        measure: tuple(_row(each) for each in shown if each.measure == measure)
        for measure in PANELS
    }
    return ReadabilityInfo(
        {measure: rows for measure, rows in panels.items() if rows}, len(ranked) - len(shown)
    )


def _row(found):
    score = found.score
    controls = {name: found.score_of(name).value for name in found.controls}
    return ReadingRow(found.name, score.value, score.error, controls)


@styled
def draw_readability(info: ReadabilityInfo) -> Figure:
    """Draw a row for each attribute, numbers under classes."""
    rows = [max(len(panel), 2) for panel in info.panels.values()]
    figure = new_figure(CAPTION.title, height=1.0 + 0.75 * len(rows) + ROW * sum(rows))
    panels = figure.subplots(len(rows), 1, squeeze=False, height_ratios=[n + 1 for n in rows])[:, 0]
    for axes, (measure, panel) in zip(panels, info.panels.items(), strict=True):
        _draw_panel(axes, panel, *PANELS[measure])
    legend_above(panels[0], columns=4)
    if info.left_out:
        panels[-1].set_xlabel(f"{panels[-1].get_xlabel()} ({info.left_out} read worse, not shown)")
    return figure


def _draw_panel(axes: Axes, rows: tuple[ReadingRow, ...], label: str, chance: float) -> None:
    places = np.arange(len(rows))
    axes.hlines(places, 0, 1, color=BAND, linewidth=0.5, transform=axes.get_yaxis_transform())
    axes.axvline(chance, **THEORY_LINE)
    scores, errors = ([getattr(row, what) for row in rows] for what in ("score", "error"))
    drawn = [("latent vectors", scores, "o", {"color": IN_SAMPLE, "markersize": 4.5})]
    for name in rows[0].controls:
        marker, colour = MARKERS.get(name, OTHER_MARKER)
        look = {"color": colour, "markerfacecolor": "none", "markersize": 6}
        values = [row.controls[name] for row in rows]
        drawn.append((LABELS.get(name, name), values, marker, look))
    show_from(axes, np.concatenate([values for _, values, _, _ in drawn]), chance)
    axes.errorbar(scores, places, xerr=errors, fmt="none", ecolor=IN_SAMPLE, elinewidth=1.2)
    for slot, (name, values, marker, look) in enumerate(drawn):
        axes.plot(values, places, marker, label=name, **look)
        mark_beyond(axes, values, places, look["color"], slot)
    axes.set_yticks(places, [shown_name(row.name) for row in rows], fontsize=7.5)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(label)


def show_from(axes: Axes, scores: np.ndarray, chance: float) -> None:
    """Let the axis of scores begin at the lowest of them, but not far below chance."""
    low = np.fmin.reduce(np.ravel(scores), initial=chance)
    axes.set_xlim(max(low, chance - BELOW) - EDGE, 1.02)


def mark_beyond(
    axes: Axes, scores: np.ndarray, places: np.ndarray, colour: str, slot: int = 0
) -> None:
    """Draw an arrow at the left edge for each score beyond it, the first slot outermost."""
    edge = axes.get_xlim()[0]
    rows = np.asarray(places)[np.asarray(scores) < edge]
    if len(rows):
        axes.plot(np.full(len(rows), edge + (slot + 1) * ARROW), rows, "<", color=colour)
