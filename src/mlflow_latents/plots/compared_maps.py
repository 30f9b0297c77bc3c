"""How selective the maps of several runs are, and how well they go with attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.overlay_lines import run_lines
from mlflow_latents.plots.style import new_figure, styled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

CAPTION = Caption(
    "What the maps answer to, run by run",
    "Share of the maps, dead ones apart, that have at most the value below. Left: selectivity, 0 "
    "where all images excite a map alike and 1 where one does. Right: correlation of a map with "
    "its best attribute, on images that did not choose it, in the sense in which it was chosen: 0 "
    "is what chance gives. A run whose line lies further to "
    "the right has the more selective maps, or those that go more with attributes.",
)

PANELS = {
    "selectivity": "selectivity",
    "correlation_held_out": "correlation with the best attribute, held-out",
}


@dataclass(frozen=True)
class ComparedMapsInfo:
    """Sorted values of the maps that are not dead, by run.

    Parameters
    ----------
    panels : dict of dict of numpy.ndarray, shape (m,)
        By measure, such as "selectivity", and run; only measures that any run has.
    """

    panels: dict[str, dict[str, np.ndarray]]


def compared_maps_info(
    runs: Mapping[str, Sequence[Mapping[str, object]]],
) -> ComparedMapsInfo:
    """Sort what is known of each map.

    Parameters
    ----------
    runs : mapping
        By label the rows of each run, one per map: ``dead``, ``selectivity``, and
        ``correlation_held_out`` where there are attributes.

    Returns
    -------
    ComparedMapsInfo

    Raises
    ------
    InputError
        When no run has a map that responds.
    """
    panels = {
        measure: {label: known_values(rows, measure) for label, rows in runs.items()}
        for measure in PANELS
    }
    panels = {name: each for name, each in panels.items() if any(map(len, each.values()))}
    if not panels:
        raise InputError("All maps of all runs are dead: there is nothing to draw of them.")
    return ComparedMapsInfo(panels)


def known_values(rows, measure: str) -> np.ndarray:
    """Give a measure of the maps that are not dead, where it is known, ascending."""
    given = [row.get(measure) for row in rows if not row["dead"]]
    values = np.array([np.nan if value is None else value for value in given], float)
    return np.sort(values[np.isfinite(values)])


@styled
def draw_compared_maps(info: ComparedMapsInfo) -> Figure:
    """Draw the distribution of each measure, a line for each run."""
    labels = list(next(iter(info.panels.values())))
    lines = dict(zip(labels, run_lines(labels), strict=True))
    columns = 3 if max(map(len, labels)) <= 26 else 2
    figure = new_figure(CAPTION.title, height=3.6 + 0.2 * -(-len(labels) // columns))
    grid = figure.subplots(1, len(info.panels), sharey=True, squeeze=False)[0]
    for axes, (measure, runs) in zip(grid, info.panels.items(), strict=True):
        for label, values in runs.items():
            if len(values):
                axes.ecdf(values, label=lines[label].entry, **lines[label].style)
        together = np.concatenate([*runs.values(), [0.0]])
        axes.set_xlim(together.min() - 0.02, together.max() + 0.02)
        axes.set_xlabel(PANELS[measure])
    grid[0].set_ylabel("share of the maps")
    entries = grid[0].get_legend_handles_labels()
    figure.legend(*entries, loc="outside lower left", ncols=columns)
    return figure
