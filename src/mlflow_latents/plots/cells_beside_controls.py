"""The latent vectors of each cell of a study beside their controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.controls import COLOURS, LABELS
from mlflow_latents.plots.effects import ratio_ticks, several_lines
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.style import IN_SAMPLE, THEORY_LINE, new_figure, styled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

CAPTION = Caption(
    "Beside the controls",
    "Each point is a run, each row a cell of the design. Only what the controls do not show as "
    "well has emerged by training: the trained encoder (circles) beside an encoder with random "
    "weights (triangles) and the principal components of the images (squares). Crosses, drawn from "
    "the fitted MND, show what chance alone gives; the dashed line is what an MND has.",
)
MARKERS = {"trained": "o", "untrained": "^", "pca": "s", "posterior": "D", "mnd": "x"}
COLOUR = {
    "trained": IN_SAMPLE,
    "untrained": COLOURS[0],
    "pca": COLOURS[1],
    "mnd": COLOURS[3],
    "posterior": COLOURS[4],
}
ROW, EDGES = 0.25, 1.5  # inches
OFFSET = 0.16
WORDS = 44  # characters in a line above a panel
LONGEST = 44  # characters of the name of a cell


@dataclass(frozen=True)
class CellsInfo:
    """Values of one or more measures, by cell.

    Parameters
    ----------
    cells : tuple of str
        Names of the rows.
    panels : tuple of (str, dict)
        Name of each measure, and for the trained encoder and each control, by name, the natural
        logarithms of the values of the runs of each cell.
    normal : dict of str to float
        The logarithm of what an MND gives, by measure.
    """

    cells: tuple[str, ...]
    panels: tuple[tuple[str, dict[str, list[np.ndarray]]], ...]
    normal: dict[str, float]


def cells_info(
    cells: Sequence[str],
    panels: Mapping[str, Mapping[str, Sequence[np.ndarray]]],
    normal: Mapping[str, float] | None = None,
) -> CellsInfo:
    """Arrange values by cell, leaving out what is not above 0 (the axes are logarithmic).

    Parameters
    ----------
    cells : sequence of str
    panels : mapping
        By measure and "trained" or a control, an array of values for each cell.
    normal : mapping of str to float, optional
        What an MND gives, by measure.

    Returns
    -------
    CellsInfo
    """
    kept = {
        measure: {
            name: [np.log(each[np.isfinite(each) & (each > 0)]) for each in values]
            for name, values in found.items()
        }
        for measure, found in panels.items()
    }
    ideal = {measure: float(np.log(value)) for measure, value in (normal or {}).items()}
    return CellsInfo(tuple(cells), tuple(kept.items()), ideal)


@styled
def draw_cells_beside_controls(info: CellsInfo) -> Figure:
    """Draw a panel for each measure, the rows shared."""
    figure = new_figure(CAPTION.title, height=EDGES + ROW * len(info.cells))
    grid = figure.subplots(1, len(info.panels), sharey=True, squeeze=False)[0]
    for axes, (measure, found) in zip(grid, info.panels, strict=True):
        ends = []
        if measure in info.normal:
            axes.axvline(info.normal[measure], **THEORY_LINE)
            ends.append(info.normal[measure])
        for i, (name, values) in enumerate(found.items()):
            x = np.concatenate(values)
            y = np.repeat(np.arange(len(values)), [len(each) for each in values])
            y = y + OFFSET * (i - (len(found) - 1) / 2)
            filled = {} if name == "mnd" else {"markerfacecolor": "none"}
            axes.plot(
                x, y, MARKERS[name], color=COLOUR[name], markersize=4, label=LABELS[name], **filled
            )
            ends += [x.min(initial=np.inf), x.max(initial=-np.inf)]
        for y in range(1, len(info.cells)):
            axes.axhline(y - 0.5, color="#e6e6e6", linewidth=0.6, zorder=0)
        margin = 0.05 * (max(ends) - min(ends)) or 0.1
        axes.set_xlim(min(ends) - margin, max(ends) + margin)
        axes.set_title(several_lines(measure, WORDS), fontsize=9)
        ratio_ticks(axes.xaxis, *axes.get_xlim())
    grid[0].set_yticks(range(len(info.cells)), [_cut(cell) for cell in info.cells], fontsize=8)
    grid[0].set_ylim(len(info.cells) - 0.5, -0.5)
    figure.legend(*grid[0].get_legend_handles_labels(), loc="outside lower left", ncols=5)
    return figure


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
