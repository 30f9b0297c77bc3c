"""What the battery of tests would have seen: how small a departure shows at this size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.style import (
    FAINT,
    FILL,
    IN_SAMPLE,
    new_figure,
    plain_log_ticks,
    sentence_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.stats.power import PowerCard

CAPTION = Caption(
    "What these tests would have seen",
    "For each kind of departure: what lies in the blue bar would have been seen nine times in ten "
    "at this number of vectors and of dimensions, what lies left of its dot may be there unseen. "
    "The diamond is a law that you know, for comparison. The sizes are approximations.",
)

# A law that people know, and the size of its departure; the sizes are those of a power card.
FAMILIAR = {
    "heavy-tailed axis": ("Laplace", 3.0),
    "skewed axis": ("exponential", 2.0),
    "two groups": ("two modes", 2.0),
    "hidden direction": ("exponential", 2.0),
    "dependent axes": ("pairs (x, ±x)", 1.0),
    "spread radii": ("t(10)", float(np.sqrt(2 / 6))),
    "kurtosis of all components": ("uniform", 1.2),
    "skewness of all components": ("exponential", 2.0),
}
NONE = "This battery holds no test whose power is known."
ROW = 0.5


@dataclass(frozen=True)
class PowerRow:
    """One kind of departure.

    Parameters
    ----------
    name : str
    test : str
        The test that sees it.
    size : float
        The smallest that is seen; NaN where none is.
    unit : str
    familiar : str
        A law that people know; empty where none is named.
    familiar_size : float
        Its size; NaN where none is named.
    """

    name: str
    test: str
    size: float
    unit: str
    familiar: str
    familiar_size: float


@dataclass(frozen=True)
class PowerInfo:
    """The smallest departures seen.

    Parameters
    ----------
    rows : tuple of PowerRow
    n, d : int
        Vectors, and dimensions.
    power : float
        Probability with which they are seen.
    alpha : float
        Probability that the battery rejects any test of a true normal distribution.
    """

    rows: tuple[PowerRow, ...]
    n: int
    d: int
    power: float
    alpha: float


def power_info(card: PowerCard) -> PowerInfo | str:
    """Put a power card's departures beside laws that people know.

    Parameters
    ----------
    card : PowerCard

    Returns
    -------
    PowerInfo, or str
        Why there is nothing to show.
    """
    rows = []
    for each in card.departures:
        familiar, size = FAMILIAR.get(each.name, ("", np.nan))
        unit = each.unit.partition(";")[0].strip()
        rows.append(PowerRow(each.name, each.test, each.size, unit, familiar, size))
    return PowerInfo(tuple(rows), card.n, card.d, card.power, card.alpha) if rows else NONE


@styled
def draw_power(info: PowerInfo | str) -> Figure:
    """Draw one row per kind of departure, on one logarithmic axis of sizes."""
    if isinstance(info, str):
        return sentence_figure(CAPTION.title, info)
    figure = new_figure(CAPTION.title, height=1.2 + ROW * len(info.rows))
    axes = figure.subplots()
    sizes = [size for row in info.rows for size in (row.size, row.familiar_size)]
    sizes = [size for size in sizes if np.isfinite(size)]
    low, high = min(sizes, default=0.1) / 2.5, max(sizes, default=1.0) * 2
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(len(info.rows) - 0.4, -0.6)
    for place, row in enumerate(info.rows):
        _draw_row(axes, row, place, high)
    axes.set_yticks(range(len(info.rows)), [_label(row) for row in info.rows])
    axes.tick_params(axis="y", length=0)
    plain_log_ticks(axes.xaxis)
    axes.set_xlabel("size of the departure, in the unit named at the left")
    axes.set_title(f"{info.n:,} vectors in {info.d:,} dimensions")
    return figure


def _label(row: PowerRow) -> str:
    return f"{row.name} ({row.test.replace('_', ' ')})\n{row.unit}"


def _draw_row(axes: Axes, row: PowerRow, place: int, high: float) -> None:
    words = {"textcoords": "offset points", "va": "center", "fontsize": 8.5}
    middle = place + 0.1
    if np.isfinite(row.size):
        axes.barh(middle, high - row.size, left=row.size, height=0.3, color=FILL)
        axes.plot(row.size, middle, "o", color=IN_SAMPLE, markersize=6)
        # On the side on which the diamond does not stand.
        side = 1 if row.familiar_size < row.size else -1
        place_of = {"xytext": (7 * side, 0), "ha": "left" if side > 0 else "right"}
        axes.annotate(f"{row.size:.2g}", (row.size, middle), **words, **place_of)
    else:
        axes.annotate(
            "not seen at this size",
            (0, middle),
            xycoords=("axes fraction", "data"),
            xytext=(8, 0),
            color="dimgray",
            **words,
        )
    if place:
        axes.axhline(place - 0.5, color=FAINT, linewidth=0.4)
    if np.isfinite(row.familiar_size):
        axes.plot(row.familiar_size, middle, "D", color="white", mec="black", markersize=5.5)
        above = words | {"ha": "center", "va": "bottom", "xytext": (0, 5)}
        axes.annotate(row.familiar, (row.familiar_size, middle), **above)


def power_figure(data: FigureData) -> Figure:
    """Draw the power card of ``data``."""
    return draw_power(power_info(data.report.power))
