"""What each level of each factor does to each measure: a forest plot."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.style import IN_SAMPLE, THEORY_LINE, new_figure, styled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

CAPTION = Caption(
    "What each factor changes",
    "Each level beside the reference level of its factor, with 95 % confidence intervals of one "
    "comparison; the dashed line is no change. Filled points are changes that remain beyond chance "
    "when p-values are corrected in two stages, first for the factors and measures and then for "
    "the levels: of the factors and measures with filled points, on average at most 5 % have one "
    "by mistake. An arrow: the interval goes on.",
)

COLUMNS = 3
ROW, HEADING, EDGES = 0.19, 0.25, 0.85  # inches
LONGEST_LABEL = 24  # characters
WORDS, LINE = 26, 0.15  # characters in a line above a panel, and its height in inches
CLEAR = 0.05


@dataclass(frozen=True)
class EffectPanel:
    """Effects on one measure, on the scale that is drawn: logarithms of ratios, or differences.

    Parameters
    ----------
    measure : str
    is_ratio : bool
    estimates, low, high : numpy.ndarray, shape (rows,)
        NaN where there is none.
    clear : numpy.ndarray of bool, shape (rows,)
        Whether the corrected p-value is below 0.05.
    limits : tuple of float
        Ends of the axis; an interval may go beyond.
    """

    measure: str
    is_ratio: bool
    estimates: np.ndarray
    low: np.ndarray
    high: np.ndarray
    clear: np.ndarray
    limits: tuple[float, float]


@dataclass(frozen=True)
class EffectsInfo:
    """A forest plot.

    Parameters
    ----------
    headings : tuple of (str, int)
        Factor with its reference level, and the number of rows below.
    labels : tuple of str
        Of the rows.
    panels : tuple of EffectPanel
        One per measure.
    """

    headings: tuple[tuple[str, int], ...]
    labels: tuple[str, ...]
    panels: tuple[EffectPanel, ...]


def effects_info(rows: Sequence[Mapping[str, object]]) -> EffectsInfo:
    """Arrange effects by measure and factor.

    Parameters
    ----------
    rows : sequence of mapping
        With the columns `measure`, `factor`, `comparison`, `level`, `reference`, `scale`, `effect`,
        `low`, `high`, `pvalue_corrected` of `mlflow_latents.compare.effects.effects_table`.

    Returns
    -------
    EffectsInfo
    """
    by_factor: dict[str, dict[tuple[str, str], str]] = {}
    references = {}
    for row in rows:
        factor, level = str(row["factor"]), str(row["level"])
        is_trend = row["comparison"] == "trend"
        if not is_trend:
            references[factor] = str(row["reference"])
        label = f"per {level}" if is_trend else shortened(level)
        by_factor.setdefault(factor, {})[str(row["comparison"]), level] = label
    # A trend comes last, also where a measure lacks the last levels.
    keys = [
        (factor, *key)
        for factor, found in by_factor.items()
        for key in sorted(found, key=lambda key: key[0] == "trend")
    ]
    measures: dict[str, dict] = {}
    for row in rows:
        key = (str(row["factor"]), str(row["comparison"]), str(row["level"]))
        measures.setdefault(str(row["measure"]), {})[key] = row
    return EffectsInfo(
        tuple(
            (f"{shortened(factor)}, beside {_reference(references[factor])}", len(found))
            for factor, found in by_factor.items()
        ),
        tuple(by_factor[factor][kind, level] for factor, kind, level in keys),
        tuple(_panel(measure, found, keys) for measure, found in measures.items()),
    )


@styled
def draw_effects(info: EffectsInfo) -> Figure:
    """Draw one panel per measure, the rows shared."""
    columns = min(COLUMNS, len(info.panels))
    lines = -(-len(info.panels) // columns)
    rows_high = len(info.labels) * ROW + len(info.headings) * HEADING
    title_lines = max(several_lines(p.measure).count("\n") for p in info.panels)
    edges = EDGES + LINE * max(title_lines - 1, 0)
    figure = new_figure(CAPTION.title, height=0.65 + lines * (rows_high + edges))
    grid = figure.subplots(lines, columns, squeeze=False)
    places, heading_places, bottom = _places(info)
    for i, axes in enumerate(grid.ravel()):
        if i >= len(info.panels):
            axes.set_visible(False)
            continue
        _draw_panel(axes, info.panels[i], places)
        axes.set_ylim(bottom, -0.4)
        _label_rows(axes, info, places, heading_places, is_first=i % columns == 0)
    note = "95 % intervals of one comparison"
    if any(panel.clear.any() for panel in info.panels):
        note += "; filled: beyond chance, corrected in two stages"
    figure.supxlabel(note, x=0.01, ha="left", fontsize=8)
    return figure


def shortened(text: str) -> str:
    """Cut a label that is too long for its place."""
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"


def several_lines(measure: str, letters: int = WORDS) -> str:
    """Break words, or the name of a metric before its last part, where they are long."""
    if "/" not in measure:
        return textwrap.fill(measure, letters)
    head, slash, last = measure.rpartition("/")
    return f"{head}/\n{last}" if slash and len(measure) > LONGEST_LABEL else measure


def _reference(level: str) -> str:
    level = shortened(level)
    return f"“{level}”" if "," in level else level


def ratio_ticks(axis: Axis, low: float, high: float) -> None:
    """Label an axis of natural logarithms by few round ratios."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

    ends = np.exp([low, high])
    if ends[1] / ends[0] < 4:
        ticks = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(*ends)
    else:
        decades = np.arange(np.floor(np.log10(ends[0])), np.ceil(np.log10(ends[1])) + 1)
        step = max(1, int(np.ceil((decades[-1] - decades[0]) / 4)))
        wide = ends[1] / ends[0] > 50
        ticks = np.outer(10.0 ** decades[::step], [1] if wide else [1, 2, 5]).ravel()
    ticks = ticks[(ticks >= ends[0] * (1 - 1e-9)) & (ticks <= ends[1] * (1 + 1e-9))]
    axis.set_major_locator(FixedLocator(np.log(ticks).tolist()))
    axis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))


def _panel(measure: str, found: dict, keys: list) -> EffectPanel:
    ratio = next(iter(found.values()))["scale"] == "ratio"

    def column(name: str) -> np.ndarray:
        return np.array(
            [float(found[key][name]) if key in found else np.nan for key in keys], dtype=np.float64
        )

    estimates, low, high = (column(name) for name in ("effect", "low", "high"))
    if ratio:
        with np.errstate(divide="ignore"):
            estimates, low, high = np.log(estimates), np.log(low), np.log(high)
    clear = column("pvalue_corrected") < CLEAR
    return EffectPanel(measure, ratio, estimates, low, high, clear, _limits(estimates, low, high))


def _limits(estimates: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[float, float]:
    """Give the ends of the axis: few wide intervals must not hide how the others lie."""
    size = np.abs(estimates[np.isfinite(estimates)]).max(initial=0.0)
    reach = np.maximum(np.abs(low), np.abs(high))
    reach = reach[np.isfinite(reach)]
    most = max(1.5 * size, 1.5 * float(np.median(reach)) if reach.size else 0.0)
    finite = np.concatenate([each[np.isfinite(each)] for each in (estimates, low, high)])
    ends = np.clip([finite.min(initial=0.0), finite.max(initial=0.0)], -most, most)
    margin = 0.08 * (ends[1] - ends[0]) or 0.1
    return float(ends[0] - margin), float(ends[1] + margin)


def _places(info: EffectsInfo) -> tuple[list[float], list[float], float]:
    """Where rows and headings stand, in rows from the top."""
    places, headings, y = [], [], 0.0
    for _, rows in info.headings:
        headings.append(y)
        y += HEADING / ROW - 0.2
        places += [y + i for i in range(rows)]
        y += rows + 0.2
    return places, headings, y - 0.2


def _draw_panel(axes: Axes, panel: EffectPanel, places: list[float]) -> None:
    axes.axvline(0, **THEORY_LINE)
    low_end, high_end = panel.limits
    arrow = {"color": IN_SAMPLE, "markersize": 4.5, "linestyle": "none", "clip_on": False}
    for y, estimate, low, high, clear in zip(
        places, panel.estimates, panel.low, panel.high, panel.clear, strict=True
    ):
        if not np.isnan(low):
            axes.plot([max(low, low_end), min(high, high_end)], [y, y], color=IN_SAMPLE, lw=1.3)
            if low < low_end:
                axes.plot(low_end, y, marker="<", **arrow)
            if high > high_end:
                axes.plot(high_end, y, marker=">", **arrow)
        filling = IN_SAMPLE if clear else "white"
        axes.plot(estimate, y, "o", color=IN_SAMPLE, markerfacecolor=filling, markersize=4.5)
    axes.set_xlim(low_end, high_end)
    axes.set_title(several_lines(panel.measure), fontsize=9)
    axes.set_xlabel("ratio" if panel.is_ratio else "difference", fontsize=8)
    if panel.is_ratio:
        ratio_ticks(axes.xaxis, low_end, high_end)
    else:
        axes.locator_params(axis="x", nbins=4)
    axes.tick_params(axis="x", labelsize=8)


def _label_rows(axes, info: EffectsInfo, places, heading_places, is_first: bool) -> None:
    axes.spines["left"].set_visible(False)
    axes.set_yticks(places, info.labels if is_first else [""] * len(places), fontsize=8)
    axes.tick_params(axis="y", length=0)
    for y in places:
        axes.axhline(y, color="#eeeeee", linewidth=0.6, zorder=0)
    if is_first:
        axes.set_yticks(heading_places, minor=True)
        axes.set_yticklabels([h for h, _ in info.headings], minor=True, fontsize=8, weight="bold")
        axes.tick_params(axis="y", which="minor", length=0)
