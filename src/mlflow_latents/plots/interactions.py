"""Means of measures by the levels of one factor, one line per level of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.effects import ratio_ticks, several_lines, shortened
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.style import IN_SAMPLE, WIDTH, new_figure, styled
from mlflow_latents.stats.factor_effects import fit_cells, mean_table, ordered_levels, trend_scale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = Caption(
    "Means by {factors}",
    "Means over the other factors with 95 % confidence intervals, and single runs as faint points. "
    "Parallel lines: the factors act independently of each other; where they are not parallel, "
    "what one does depends on the other.",
)

COLUMNS = 2
PANEL_HEIGHT, EDGES = 2.0, 1.1  # inches
SLANTED, LEGEND_LINE = 0.9, 0.25
CHARACTERS = 8.5  # per inch of figure, that stand side by side below a panel
WORDS = 50  # characters in a line above a panel
DODGE, MOST_DODGE = 0.12, 0.5  # of the gap between two levels: from line to line, and in all
LEAST_GAP = 1 / 13  # of the axis, between two numbers below it
COLOURS = (IN_SAMPLE, "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#8c6d00", "#000000", "#9a9a9a")
MARKERS = "osD^vPX*"


@dataclass(frozen=True)
class InteractionPanel:
    """One measure.

    Parameters
    ----------
    measure : str
    is_ratio : bool
        Whether all numbers are natural logarithms: means are geometric, the axis logarithmic.
    means, low, high : numpy.ndarray, shape (levels of the factor, lines)
        With 95 % confidence intervals; NaN where there is nothing.
    values : numpy.ndarray, shape (n,)
        Of the single runs.
    at, line : numpy.ndarray of int, shape (n,)
        Level and line of each.
    """

    measure: str
    is_ratio: bool
    means: np.ndarray
    low: np.ndarray
    high: np.ndarray
    values: np.ndarray
    at: np.ndarray
    line: np.ndarray


@dataclass(frozen=True)
class InteractionsInfo:
    """Means by two factors, or by one.

    Parameters
    ----------
    factor : str
        Along the axis.
    levels : tuple of str
        Its levels.
    places : numpy.ndarray, shape (levels,)
        Where they stand: base-2 logarithms of numbers above 0, other numbers, or 0, 1, 2, ...
    is_numeric : bool
        Whether places are numbers.
    other : str or None
        The factor of the lines.
    lines : tuple of str
        Its levels; one empty text without it.
    panels : tuple of InteractionPanel
    """

    factor: str
    levels: tuple[str, ...]
    places: np.ndarray
    is_numeric: bool
    other: str | None
    lines: tuple[str, ...]
    panels: tuple[InteractionPanel, ...]


def interactions_info(
    measures: Mapping[str, tuple[np.ndarray, Mapping[str, Sequence[str]], bool]],
    factor: str,
    other: str | None = None,
    levels: Mapping[str, Sequence[str]] | None = None,
) -> InteractionsInfo:
    """Take the means of each measure by one or two of its factors.

    Parameters
    ----------
    measures : mapping
        By name of the measure: values, labels by factor, and whether effects are ratios.
    factor, other : str
        Two of the factors, or one. The numeric one, or that of more levels, goes along the axis.
    levels : mapping of str to sequence of str, optional
        Order of the levels.

    Returns
    -------
    InteractionsInfo
    """
    orders = {name: _order(measures, name, levels) for name in (factor, other) if name is not None}
    names = sorted(orders, key=lambda name: (trend_scale(orders[name]) is None, -len(orders[name])))
    along = orders[names[0]]
    scale = trend_scale(along)
    places = np.arange(len(along), dtype=np.float64) if scale is None else scale[0]
    lines = orders[names[1]] if len(names) > 1 else ("",)
    panels = tuple(
        _panel(measure, *given, names, [along, lines], levels)
        for measure, given in measures.items()
    )
    return InteractionsInfo(
        names[0], along, places, scale is not None, names[1] if other else None, lines, panels
    )


@styled
def draw_interactions(info: InteractionsInfo) -> Figure:
    """Draw one panel per measure, with one legend for all."""
    columns = min(COLUMNS, len(info.panels))
    rows = -(-len(info.panels) // columns)
    labels = _labels(info)
    is_slanted = not info.is_numeric and sum(map(len, labels)) > CHARACTERS * WIDTH / columns
    entries = [shortened(line) for line in info.lines]
    wide = min(len(entries), 3 if max(map(len, entries)) > 9 else 8)
    height = EDGES + rows * PANEL_HEIGHT + SLANTED * is_slanted
    if info.other is not None:
        height += LEGEND_LINE * (1 + -(-len(entries) // wide))
    factors = info.factor if info.other is None else f"{info.factor} and {info.other}"
    figure = new_figure(CAPTION.title.format(factors=factors), height=height)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True)
    for i, axes in enumerate(grid.ravel()):
        if i >= len(info.panels):
            axes.set_visible(False)
            continue
        _draw_panel(axes, info, info.panels[i])
        _label_levels(axes, info, labels, is_slanted, is_lowest=i + columns >= len(info.panels))
    if info.other is not None:
        handles = grid[0, 0].get_legend_handles_labels()[0]
        place = {"loc": "outside lower left", "alignment": "left", "ncols": wide}
        figure.legend(handles, entries, title=info.other, **place)
    return figure


def _order(measures, name: str, levels) -> tuple[str, ...]:
    found = {str(label) for _, labels, _ in measures.values() for label in labels[name]}
    if levels is None or name not in levels:
        return ordered_levels(sorted(found))
    return tuple(str(level) for level in levels[name] if str(level) in found)


def _panel(measure, y, labels, ratio, names, orders, levels) -> InteractionPanel:
    y = np.log(y) if ratio else np.asarray(y, dtype=np.float64)
    fit = fit_cells(y, labels, levels)
    # A measure may be there at one level only of a factor, which then is none of its fit.
    table = mean_table(fit, [name for name in names if name in fit.names])
    shape = [len(order) for order in orders]
    place = [
        [order.index(level) for level in sorted(set(map(str, labels[name])), key=order.index)]
        for name, order in zip(names, orders, strict=False)
    ] + [[0]] * (2 - len(names))
    whole = []
    for values in (table.means, table.low, table.high):
        filled = np.full(shape, np.nan)
        filled[np.ix_(*place)] = values.reshape([len(each) for each in place])
        # An interval of counts does not go below 0.
        whole.append(np.maximum(filled, 0.0) if _are_counts(y, ratio) else filled)
    codes = [
        np.array([order.index(str(label)) for label in labels[name]])
        for name, order in zip(names, orders, strict=False)
    ]
    line = codes[1] if len(names) > 1 else np.zeros(len(y), dtype=int)
    return InteractionPanel(measure, ratio, *whole, y, codes[0], line)


def _are_counts(y: np.ndarray, ratio: bool) -> bool:
    return not ratio and bool(np.all((y >= 0) & (y == np.round(y))))


def _draw_panel(axes: Axes, info: InteractionsInfo, panel: InteractionPanel) -> None:
    count = len(info.lines)
    step = _gap(info) * min(DODGE, MOST_DODGE / max(count - 1, 1))
    dodges = step * (np.arange(count) - (count - 1) / 2)
    low_end, high_end = _limits(panel)
    for i, level in enumerate(info.lines):
        colour = COLOURS[i] if count <= len(COLOURS) else _between(i / (count - 1))
        x = info.places + dodges[i]
        mine = panel.line == i
        axes.plot(
            x[panel.at[mine]],
            panel.values[mine],
            ".",
            color=colour,
            alpha=0.5,
            markersize=6,
            mew=0,
        )
        known = np.isfinite(panel.means[:, i])
        axes.plot(
            *(x[known], panel.means[known, i]),
            color=colour,
            marker=MARKERS[i % len(MARKERS)],
            linewidth=1.2,
            label=shortened(level),
        )
        known &= np.isfinite(panel.low[:, i])
        axes.vlines(
            x[known],
            np.maximum(panel.low[known, i], low_end),
            np.minimum(panel.high[known, i], high_end),
            color=colour,
            linewidth=1.2,
        )
    axes.set_ylim(low_end, high_end)
    axes.set_title(several_lines(panel.measure, WORDS), fontsize=9)
    if panel.is_ratio:
        ratio_ticks(axes.yaxis, low_end, high_end)
    else:
        axes.locator_params(axis="y", nbins=6)


def _between(share: float):
    import matplotlib

    return matplotlib.colormaps["viridis"](0.95 * share)


def _limits(panel: InteractionPanel) -> tuple[float, float]:
    """Give the ends of the axis: all runs, and intervals as far as they leave the runs apart."""
    first, last = panel.values.min(), panel.values.max()
    beyond = 0.5 * (last - first) or 0.1 * abs(first) or 0.1
    low = max(np.nanmin(panel.low), first - beyond) if np.isfinite(panel.low).any() else first
    high = min(np.nanmax(panel.high), last + beyond) if np.isfinite(panel.high).any() else last
    margin = 0.06 * (max(high, last) - min(low, first)) or beyond
    return float(min(low, first) - margin), float(max(high, last) + margin)


def _labels(info: InteractionsInfo) -> list[str]:
    labels = [shortened(level) for level in info.levels]
    return _apart(labels, info.places) if info.is_numeric else labels


def _label_levels(axes: Axes, info, labels: list[str], is_slanted: bool, is_lowest: bool) -> None:
    axes.set_xticks(info.places, labels)
    slant = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if is_slanted else {}
    for text in axes.get_xticklabels():
        text.set(**slant)
    axes.tick_params(axis="x", labelbottom=is_lowest)
    if is_lowest:
        axes.set_xlabel(info.factor)
    # The lines stand side by side, and the outermost need room.
    gap = max(_gap(info), 0.06 * np.ptp(info.places))
    axes.set_xlim(info.places.min() - 0.5 * gap, info.places.max() + 0.5 * gap)


def _gap(info: InteractionsInfo) -> float:
    """Least distance of two levels."""
    return float(np.diff(np.sort(info.places)).min(initial=1.0)) or 1.0


def _apart(labels: list[str], places: np.ndarray) -> list[str]:
    """Leave out the numbers that would stand too near to the one before."""
    span, kept, last = np.ptp(places) or 1.0, [], -np.inf
    for label, place in zip(labels, places, strict=True):
        far = place - last >= LEAST_GAP * span
        kept.append(label if far else "")
        last = place if far else last
    return kept
