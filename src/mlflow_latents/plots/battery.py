"""What each test of the battery says, in one table."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.style import (
    BAND,
    FAINT,
    HELD_OUT_LINE,
    IN_SAMPLE,
    IN_SAMPLE_LINE,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.stats.battery import Battery, TestResult

CAPTION = Caption(
    "What each test of normality says",
    "p is the chance that a true normal distribution looks as odd as this to that test, raised for "
    "the number of tests (Holm); its letter names the law below the table that p comes from. Left "
    "of the grey band the test rejects. Given many vectors the slightest departure is rejected: "
    "how far off the cloud is, the effect tells. Tests in grey cannot see at this size, and say "
    "nothing.",
)

LOOKS_FOR = {
    "radial": "distances from the centre, in all dimensions",
    "direction": "directions that are more frequent than others",
    "marginal": "a skew or heavy-tailed latent coordinate",
    "principal": "a skew or heavy-tailed principal axis",
    "plane": "principal axes that depend on each other",
    "sliced": "shadows of the cloud on random directions",
    "pursuit": "hidden directions, sought in half the vectors",
    "mardia_skewness": "a cloud that leans to some side",
    "mardia_kurtosis": "distances from the centre, above all the largest",
    "henze_zirkler": "any departure, in few dimensions",
    "energy": "any departure, in few dimensions",
    "royston": "the shape of each coordinate, all added up",
    "doornik_hansen": "skewness and tails of each axis, all added up",
}

REJECTS, NOTHING, UNINFORMED = "rejects", "nothing seen", "not informative"
LEAST_SHOWN = 1e-6  # p-values below are drawn here

# Where the columns stand, in inches; numbers end there, words begin.
STATISTIC, IN_SAMPLE_P, HELD_OUT_P, STRIP, EFFECT, RIGHT = 3.2, 3.8, 4.42, 4.62, 5.5, 7.8
STRIP_WIDTH = 0.72
ROW, HEADER, FOOTER_LINE = 0.57, 0.42, 0.16


@dataclass(frozen=True)
class BatteryRow:
    """One test.

    Parameters
    ----------
    test : str
        Its name.
    looks_for : str
        What it looks for.
    statistic : float
    pvalue : float
        Corrected for the number of tests (Holm); NaN where the test is not informative.
    held_out_pvalue : float
        The same on held-out vectors; NaN where there are none, or the test is not informative.
    law : str
        What the p-value comes from.
    effect : float
        How far from normal.
    effect_unit : str
    effect_if_normal : str
        What a normal distribution has; empty where the test does not say.
    flag : str
        "rejects", "nothing seen" or "not informative".
    reason : str
        Why the test is not informative; empty where it is.
    """

    test: str
    looks_for: str
    statistic: float
    pvalue: float
    held_out_pvalue: float
    law: str
    effect: float
    effect_unit: str
    effect_if_normal: str
    flag: str
    reason: str


@dataclass(frozen=True)
class BatteryInfo:
    """The tests in the order in which they were run.

    Parameters
    ----------
    rows : tuple of BatteryRow
    alpha : float
        Chance that some test rejects a true normal distribution.
    has_held_out : bool
        Whether held-out vectors were tested, too.
    """

    rows: tuple[BatteryRow, ...]
    alpha: float
    has_held_out: bool


def battery_info(battery: Battery, held_out: Battery | None = None) -> BatteryInfo:
    """Put the tests of a battery side by side with those of the held-out vectors.

    Parameters
    ----------
    battery : Battery
        Of the training vectors.
    held_out : Battery or None
        Of vectors that the fit has not seen.

    Returns
    -------
    BatteryInfo
    """
    others = {} if held_out is None else _pvalues(held_out)
    rows = tuple(
        _row(result, float(pvalue), others.get(result.test, np.nan), battery.alpha)
        for result, pvalue in zip(battery.results, battery.adjusted, strict=True)
    )
    return BatteryInfo(rows, battery.alpha, held_out is not None)


def _pvalues(battery: Battery) -> dict[str, float]:
    names = [result.test for result in battery.results]
    return dict(zip(names, battery.adjusted.tolist(), strict=True))


def _row(result: TestResult, pvalue: float, held_out_pvalue: float, alpha: float) -> BatteryRow:
    unit, _, normal = result.effect_unit.partition(";")
    flag = REJECTS if pvalue <= alpha else NOTHING
    return BatteryRow(
        test=result.test.replace("_", " "),
        looks_for=LOOKS_FOR.get(result.test, ""),
        statistic=result.statistic,
        pvalue=pvalue,
        held_out_pvalue=held_out_pvalue,
        law=result.law,
        effect=result.effect,
        effect_unit=unit.strip(),
        effect_if_normal=normal.strip(),
        flag=flag if np.isfinite(pvalue) else UNINFORMED,
        reason=result.reason,
    )


def pvalue_text(pvalue: float) -> str:
    """Write a p-value as a person reads it: three digits say all that matters."""
    if not np.isfinite(pvalue):
        return "–"
    return "< 0.001" if pvalue < 0.001 else f"{pvalue:.3f}" if pvalue < 0.1 else f"{pvalue:.2f}"


@styled
def draw_battery(info: BatteryInfo) -> Figure:
    """Draw one row per test."""
    laws = _numbered_laws(info)
    footer = [line for law, number in laws.items() for line in _wrap(f"{number}  {law}", 120)]
    size = HEADER + ROW * len(info.rows) + FOOTER_LINE * (len(footer) + 1)
    figure = new_figure(CAPTION.title, height=0.45 + size)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set(xlim=(0, RIGHT), ylim=(size, 0))
    _draw_header(axes, info)
    for number, row in enumerate(info.rows):
        _draw_row(axes, row, HEADER + ROW * number, laws.get(row.law, ""), info.alpha)
    for number, line in enumerate(footer, 1):
        y = HEADER + ROW * len(info.rows) + FOOTER_LINE * number
        axes.text(0, y, line, fontsize=7.5, color="dimgray", va="center")
    return figure


def _numbered_laws(info: BatteryInfo) -> dict[str, str]:
    laws = dict.fromkeys(row.law for row in info.rows if np.isfinite(row.pvalue) and row.law)
    return {law: "abcdefghijklm"[number] for number, law in enumerate(laws)}


def _draw_header(axes: Axes, info: BatteryInfo) -> None:
    words = {"fontsize": 8.5, "va": "bottom", "color": "dimgray", "linespacing": 1.1}
    y = HEADER - 0.06
    axes.text(0, y, "test, and what it looks for", **words)
    axes.text(STATISTIC, y, "statistic", ha="right", **words)
    axes.text(IN_SAMPLE_P, y, "p\nin-sample", ha="right", **words)
    if info.has_held_out:
        axes.text(HELD_OUT_P, y, "p\nheld-out", ha="right", **words)
    for value, label in ((1, "1"), (1e-3, "10$^{-3}$"), (LEAST_SHOWN, "10$^{-6}$")):
        axes.text(_strip_x(value), y, label, ha="center", **words | {"fontsize": 7.5})
    axes.text(EFFECT, y, "effect (in brackets\nof a normal law)", **words)
    axes.hlines(HEADER, 0, RIGHT, color=FAINT, linewidth=0.8)


def _strip_x(pvalue: float) -> float:
    decades = np.log10(max(pvalue, LEAST_SHOWN)) / np.log10(LEAST_SHOWN)
    return STRIP + STRIP_WIDTH * (1 - decades)


def _draw_row(axes: Axes, row: BatteryRow, y: float, law: str, alpha: float) -> None:
    first, second, middle = y + 0.17, y + 0.35, y + ROW / 2
    informed = row.flag != UNINFORMED
    colour = "black" if informed else FAINT
    axes.text(0, first, row.test, fontsize=10, weight="bold", va="center", color=colour)
    axes.text(0, second, row.looks_for, fontsize=8, va="center", color=colour)
    axes.axhline(y + ROW, color=BAND, linewidth=0.6)
    if not informed:
        said = "\n".join(_wrap(f"{UNINFORMED.capitalize()}. {row.reason}", 78))
        axes.text(STATISTIC - 0.4, middle, said, fontsize=8, va="center", color="dimgray")
        return
    number = {"fontsize": 9, "va": "center", "ha": "right"}
    axes.text(STATISTIC, middle, _short(row.statistic), **number)
    axes.text(IN_SAMPLE_P, middle, pvalue_text(row.pvalue), **number)
    axes.text(IN_SAMPLE_P + 0.02, middle - 0.06, law, fontsize=6.5, va="center")
    if np.isfinite(row.held_out_pvalue):
        axes.text(HELD_OUT_P, middle, pvalue_text(row.held_out_pvalue), **number)
    axes.fill_betweenx([y, y + ROW], _strip_x(alpha), _strip_x(1), color=BAND, linewidth=0)
    _draw_strip(axes, row, middle)
    _draw_effect(axes, row, y)
    strong = {"color": IN_SAMPLE, "weight": "bold"} if row.flag == REJECTS else {}
    axes.text(RIGHT, middle, row.flag, **number | strong | {"fontsize": 8.5})


def _draw_strip(axes: Axes, row: BatteryRow, y: float) -> None:
    dots = [(row.held_out_pvalue, HELD_OUT_LINE, 0.07), (row.pvalue, IN_SAMPLE_LINE, -0.07)]
    for pvalue, line, shift in dots:
        if np.isfinite(pvalue):
            axes.plot(_strip_x(pvalue), y + shift, **line | {"markersize": 4.5})


def _draw_effect(axes: Axes, row: BatteryRow, y: float) -> None:
    normal = f" ({row.effect_if_normal})" if row.effect_if_normal else ""
    axes.text(EFFECT, y + 0.11, f"{_short(row.effect)}{normal}", fontsize=9, va="center")
    unit = "\n".join(_wrap(row.effect_unit, 28))
    axes.text(EFFECT, y + 0.19, unit, fontsize=7, va="top", color="dimgray", linespacing=1.05)


def _short(value: float) -> str:
    """Write a number with three digits."""
    if not np.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width)


def battery_figure(data: FigureData) -> Figure:
    """Draw the battery of ``data``."""
    return draw_battery(battery_info(data.report.battery, data.report.held_out_battery))
