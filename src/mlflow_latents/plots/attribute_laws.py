"""How held-out vectors are distributed along the axes of attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.histograms import AxisHistogram, draw_density, standard_histogram
from mlflow_latents.plots.label_names import shown_name
from mlflow_latents.plots.style import HELD_OUT, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.probes.attributes import AttributesReport

CAPTION = Caption(
    "The vectors along the axes of attributes",
    "Each panel: held-out vectors along the axis of an attribute that is read well, beside the "
    "normal curve (dashed). Orange, for an attribute of two values, the vectors of those that have "
    "it; for a number, its true values.",
)

SHOWN = 12
PER_ROW = 4
CALLED = {"neither": "not normal", "normal": "normal", "bimodal": "two modes", "undecided": "–"}


@dataclass(frozen=True)
class AttributeHistogram:
    """One panel.

    Parameters
    ----------
    name : str
    kind : str
        What the law of the positions is called.
    true_kind : str
        The same of the true values; nothing for classes.
    histogram : AxisHistogram
        Of the positions, in their own sd.
    other : numpy.ndarray, shape (b,)
        Density in the same bins: of the class, as a share of all, or of the true values.
    """

    name: str
    kind: str
    true_kind: str
    histogram: AxisHistogram
    other: np.ndarray


def laws_info(report: AttributesReport) -> list[AttributeHistogram]:
    """Count the held-out vectors along the axes of the 12 attributes that are read best.

    Parameters
    ----------
    report : AttributesReport

    Returns
    -------
    list of AttributeHistogram
    """
    ranked = np.argsort([-each.readability for each in report.found], kind="stable")
    return [_panel(report, i) for i in ranked[:SHOWN]]


def _panel(report, i):
    found, position, values = report.found[i], report.positions[:, i], report.values[:, i]
    histogram = standard_histogram(position)
    if found.kind == "continuous":
        known = values[np.isfinite(values)]
        others, total = _standard(known), len(known)
    else:
        others, total = _standard(position)[values == 1], len(position)
    counts, edges = np.histogram(others, histogram.edges)
    law = found.law
    return AttributeHistogram(
        name=found.name,
        kind=law.positions.kind,
        true_kind=law.values.kind if law.values else "",
        histogram=histogram,
        other=counts / (total * np.diff(edges)),
    )


def _standard(values):
    return (values - values.mean()) / values.std(ddof=1)


@styled
def draw_laws(panels: list[AttributeHistogram]) -> Figure:
    """Draw a small histogram for each."""
    rows = -(-len(panels) // PER_ROW)
    figure = new_figure(CAPTION.title, height=0.9 + 1.65 * rows)
    grid = figure.subplots(rows, PER_ROW, squeeze=False, sharex=True, sharey=True)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    for axes, panel in zip(grid.flat, panels, strict=False):
        _draw_panel(axes, panel)
    figure.supxlabel("position along the axis (sd)", fontsize=10)
    return figure


def _draw_panel(axes: Axes, panel: AttributeHistogram) -> None:
    draw_density(axes, panel.histogram)
    axes.stairs(panel.other, panel.histogram.edges, color=HELD_OUT, linewidth=1.4)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlim(-4.2, 4.2)
    axes.set_xticks([-3, 0, 3])
    kind = CALLED[panel.kind]
    if panel.true_kind:
        kind += f" (truth: {CALLED[panel.true_kind]})"
    axes.set_title(f"{shown_name(panel.name)}\n{kind}", fontsize=8.5)
