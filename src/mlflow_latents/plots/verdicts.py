"""How often each verdict was given, by the levels of the factors of a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.effects import shortened
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.style import new_figure, styled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

CAPTION = Caption(
    "The verdicts",
    "Share of the runs of each level that were given each verdict, and the number of runs inside "
    "the bars. Verdicts on the left are nearest to normal.",
)
# Blue is near to normal, grey not decided, orange and red far from it.
COLOURS = {
    "normal": "#08306b",
    "normal_core": "#2171b5",
    "elliptical": "#6baed6",
    "normal_margins": "#c6dbef",
    "undecided": "#bdbdbd",
    "skewed": "#fdd0a2",
    "clustered": "#e6550d",
    "other": "#7f2704",
}
DARK = frozenset(["normal", "normal_core", "clustered", "other"])
ROW, EDGES = 0.27, 1.5  # inches


@dataclass(frozen=True)
class VerdictsInfo:
    """Counts of verdicts.

    Parameters
    ----------
    factors : tuple of str
        Factor of each row.
    levels : tuple of str
        Level of each row.
    kinds : tuple of str
        Verdicts, the nearest to normal first.
    counts : numpy.ndarray of int, shape (rows, kinds)
    """

    factors: tuple[str, ...]
    levels: tuple[str, ...]
    kinds: tuple[str, ...]
    counts: np.ndarray


def verdicts_info(
    counts: Mapping[str, Mapping[str, Mapping[str, int]]], kinds: Sequence[str]
) -> VerdictsInfo:
    """Arrange counts of verdicts.

    Parameters
    ----------
    counts : mapping
        Number of runs by factor, level and verdict.
    kinds : sequence of str
        Verdicts in the order in which they are drawn.

    Returns
    -------
    VerdictsInfo
    """
    rows = [(f, level, found) for f, levels in counts.items() for level, found in levels.items()]
    numbers = [[found.get(kind, 0) for kind in kinds] for *_, found in rows]
    return VerdictsInfo(
        tuple(factor for factor, *_ in rows),
        tuple(level for _, level, _ in rows),
        tuple(kinds),
        np.array(numbers, dtype=int).reshape(len(rows), len(kinds)),
    )


@styled
def draw_verdicts(info: VerdictsInfo) -> Figure:
    """Draw one bar per level, divided by verdicts."""
    headings = list(dict.fromkeys(info.factors))
    figure = new_figure(CAPTION.title, height=EDGES + ROW * (len(info.levels) + len(headings)))
    axes = figure.subplots()
    places, heading_places, y = [], [], 0.0
    for factor in headings:
        heading_places.append(y)
        for _ in range(info.factors.count(factor)):
            y += 1
            places.append(y)
        y += 1
    totals = info.counts.sum(axis=1)
    shares = info.counts / np.maximum(totals, 1)[:, None]
    lefts = np.cumsum(shares, axis=1) - shares
    for j, kind in enumerate(info.kinds):
        colour = COLOURS.get(kind, "#000000")
        axes.barh(
            places,
            shares[:, j],
            left=lefts[:, j],
            color=colour,
            edgecolor="white",
            height=0.74,
            label=kind.replace("_", " "),
        )
        for i, n in enumerate(info.counts[:, j]):
            if n:
                ink = "white" if kind in DARK else "black"
                middle = lefts[i, j] + shares[i, j] / 2
                axes.text(middle, places[i], str(n), ha="center", va="center", color=ink, size=8)
    axes.set_yticks(places, [shortened(level) for level in info.levels], fontsize=8)
    axes.set_yticks(heading_places, minor=True)
    axes.set_yticklabels(headings, minor=True, fontsize=8, weight="bold")
    axes.tick_params(axis="y", which="both", length=0)
    axes.set(xlim=(0, 1), ylim=(y - 0.3, -0.6), xlabel="share of the runs")
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    figure.legend(loc="outside lower left", ncols=8)
    return figure
