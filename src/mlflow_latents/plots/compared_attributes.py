"""How well each attribute is read from the latent vectors of several runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.plots.attribute_readability import mark_beyond, show_from
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.label_names import shown_name
from mlflow_latents.plots.overlay_lines import PALETTE
from mlflow_latents.plots.style import BAND, THEORY_LINE, new_figure, styled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = Caption(
    "How well each attribute is read, run by run",
    "Left: each row is an attribute, read from the latent vectors of held-out images along one "
    "straight axis, with its standard error; dashed is chance, 1 is without error, an arrow lies "
    "beyond the edge. Right: the "
    "difference from the first run. Its bars are of 1 standard error, and too long: the runs are "
    "tried on the same images, which was not made use of. What another training seed would change "
    "is not in any bar.",
)

MOST_SHOWN = 60  # attributes
MOST_RUNS = 6
ROW, PER_RUN, EDGES = 0.13, 0.022, 1.5  # inches
LETTERS = 24  # of a run's label
SPREAD = 0.66  # of the markers over a row
MARKERS = ("o", "s", "^", "D", "v", "P")
PANELS = {"auc": ("area under the ROC curve", 0.5), "r2": ("R²", 0.0)}


@dataclass(frozen=True)
class ScorePanel:
    """Attributes with the same score, the best read first.

    Parameters
    ----------
    names : tuple of str
    scores, errors : numpy.ndarray, shape (runs, a)
    """

    names: tuple[str, ...]
    scores: np.ndarray
    errors: np.ndarray

    @property
    def differences(self) -> tuple[np.ndarray, np.ndarray]:
        """Scores of the other runs less those of the first, with errors, (runs − 1, a)."""
        errors = np.hypot(self.errors[1:], self.errors[:1])
        return self.scores[1:] - self.scores[:1], errors


@dataclass(frozen=True)
class ComparedAttributesInfo:
    """Scores of the same attributes in several runs.

    Parameters
    ----------
    runs : tuple of str
        Their labels.
    panels : dict of str to ScorePanel
        "auc" of attributes of two values and of classes, "r2" of numbers; only what there is.
    left_out : int
        Attributes that are read worst and not shown.
    """

    runs: tuple[str, ...]
    panels: dict[str, ScorePanel]
    left_out: int


def compared_attributes_info(
    runs: Mapping[str, Sequence[Mapping[str, object]]],
) -> ComparedAttributesInfo:
    """Sort attributes by their mean score over runs.

    Parameters
    ----------
    runs : mapping
        By label the rows of each run, of the same attributes in the same order: ``attribute``, and
        ``auc`` or ``r2`` with ``_error``.

    Returns
    -------
    ComparedAttributesInfo

    Raises
    ------
    InputError
        When there are fewer than 2 or more than 6 runs.
    """
    if not 2 <= len(runs) <= MOST_RUNS:
        raise InputError(
            f"{len(runs)} runs cannot be drawn beside each other: give 2 to {MOST_RUNS}."
        )
    names = [row["attribute"] for row in next(iter(runs.values()))]
    panels, left_out = {}, 0
    for measure in PANELS:
        scores = _values(runs, measure)
        # Chance is 0.5 of the one and 0 of the other; a score known in one run counts.
        known = np.flatnonzero(np.isfinite(scores).any(axis=0))
        if len(known):
            ranked = known[np.argsort(-np.nanmean(scores[:, known], axis=0), kind="stable")]
            shown = ranked[:MOST_SHOWN]
            left_out += len(ranked) - len(shown)
            errors = _values(runs, f"{measure}_error")[:, shown]
            panels[measure] = ScorePanel(tuple(names[i] for i in shown), scores[:, shown], errors)
    return ComparedAttributesInfo(tuple(runs), panels, left_out)


def _values(runs, name):
    rows = [[row.get(name) for row in each] for each in runs.values()]
    return np.array([[np.nan if value is None else value for value in row] for row in rows], float)


@styled
def draw_compared_attributes(info: ComparedAttributesInfo) -> Figure:
    """Draw scores at the left and differences from the first run at the right."""
    row = ROW + PER_RUN * len(info.runs)
    heights = [len(panel.names) for panel in info.panels.values()]
    figure = new_figure(CAPTION.title, height=EDGES + 0.5 * len(heights) + row * sum(heights))
    grid = figure.subplots(
        len(heights),
        2,
        sharey="row",
        squeeze=False,
        gridspec_kw={"height_ratios": [each + 2 for each in heights], "width_ratios": (3, 2)},
    )
    for (left, right), (measure, panel) in zip(grid, info.panels.items(), strict=True):
        label, chance = PANELS[measure]
        show_from(left, panel.scores, chance)
        _draw_rows(left, panel.scores, panel.errors, info.runs)
        left.axvline(chance, **THEORY_LINE)
        names = [shown_name(name) for name in panel.names]
        left.set_yticks(range(len(names)), names, fontsize=7.5)
        left.set_ylim(len(panel.names) - 0.4, -0.6)
        left.set_xlabel(f"{label}, held-out")
        _draw_rows(right, *panel.differences, info.runs, first=1)
        right.axvline(0, color=PALETTE[0], linewidth=1)
        right.set_xlabel(f"difference from {shown_name(info.runs[0], LETTERS)}")
    if info.left_out:
        grid[-1][0].set_xlabel(
            f"{grid[-1][0].get_xlabel()} ({info.left_out} read worse, not shown)"
        )
    columns = 3 if max(map(len, info.runs)) <= 26 else 2
    entries = grid[0][0].get_legend_handles_labels()
    figure.legend(*entries, loc="outside lower left", ncols=columns)
    return figure


def _draw_rows(
    axes: Axes, values: np.ndarray, errors: np.ndarray, runs: Sequence[str], first: int = 0
) -> None:
    """Draw a marker with its error for each run from the first, one below the other in a row."""
    count, n = values.shape
    axes.set_axisbelow(True)
    axes.grid(axis="x", color=BAND, linewidth=0.5)
    for place in range(1, n):
        axes.axhline(place - 0.5, color=BAND, linewidth=0.5, zorder=0)
    for i in range(count):
        places = np.arange(n) + SPREAD * ((i + 0.5) / count - 0.5)
        axes.errorbar(
            values[i],
            places,
            xerr=errors[i],
            fmt=MARKERS[first + i],
            color=PALETTE[first + i],
            markersize=3.6 if count < 5 else 3.0,
            elinewidth=0.9,
            label=shown_name(runs[first + i]),
        )
        mark_beyond(axes, values[i], places, PALETTE[first + i])
    axes.tick_params(axis="y", length=0)
