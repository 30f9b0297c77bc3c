"""How the law of the radii holds on the leading k principal axes, for every k."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.style import (
    BAND,
    HELD_OUT_LINE,
    IN_SAMPLE_LINE,
    THEORY_LINE,
    legend_above,
    new_figure,
    plain_log_ticks,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.stats import Judgement, LatentReport

CAPTION = Caption(
    "The law of the radii on the leading principal axes",
    "From left to right more principal axes are judged together. While the curves of the upper "
    "panel stay in the grey band, the joint distribution looks normal; a curve that climbs means "
    "radii that vary more than a normal distribution's, axis by axis normal or not.",
)

LINES = {"in-sample": IN_SAMPLE_LINE, "held-out": HELD_OUT_LINE}


@dataclass(frozen=True)
class LeadingCurvePoints:
    """One way of judging.

    Parameters
    ----------
    name : str
        ``in-sample`` or ``held-out``.
    k : numpy.ndarray of int, shape (K,)
        1, 2, ... K leading axes.
    variance_ratio : numpy.ndarray, shape (K,)
        Variance of d2 over that of its law.
    ks_k : numpy.ndarray of int, shape (g,)
    ks : numpy.ndarray, shape (g,)
        Kolmogorov-Smirnov distance of d2 from its law.
    normal_axes : int
        Up to so many axes every variance ratio is within the tolerance.
    """

    name: str
    k: np.ndarray
    variance_ratio: np.ndarray
    ks_k: np.ndarray
    ks: np.ndarray
    normal_axes: int


@dataclass(frozen=True)
class LeadingCurveInfo:
    """The curves, and the band within which a variance ratio counts as 1.

    Parameters
    ----------
    curves : tuple of LeadingCurvePoints
    tolerance : float
        Half-width of the band around 1.
    """

    curves: tuple[LeadingCurvePoints, ...]
    tolerance: float


def leading_curve_info(report: LatentReport) -> LeadingCurveInfo:
    """Take both ways' curves from a report.

    Parameters
    ----------
    report : LatentReport

    Returns
    -------
    LeadingCurveInfo
        Without a held-out curve where no vectors were held out, or too few to have one.
    """
    curves = [_points("in-sample", report.in_sample)]
    if report.held_out is not None and len(report.held_out.curve.variance_ratio):
        curves.append(_points("held-out", report.held_out))
    return LeadingCurveInfo(tuple(curves), report.config.variance_ratio_tolerance)


def _points(name: str, judgement: Judgement) -> LeadingCurvePoints:
    curve = judgement.curve
    return LeadingCurvePoints(
        name=name,
        k=np.arange(1, len(curve.variance_ratio) + 1),
        variance_ratio=curve.variance_ratio,
        ks_k=curve.ks_k,
        ks=curve.ks,
        normal_axes=curve.normal_axes,
    )


@styled
def draw_leading_curve(info: LeadingCurveInfo) -> Figure:
    """Draw the variance ratio above, the Kolmogorov-Smirnov distance below."""
    figure = new_figure(CAPTION.title, height=5.0)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    _draw_variance_ratio(top, info)
    _draw_distance(bottom, info)
    bottom.set_xscale("log")
    greatest = max(curve.k[-1] for curve in info.curves)
    bottom.set_xlim(0.9, 1.1 * max(greatest, 2))
    plain_log_ticks(bottom.xaxis)
    bottom.set_xlabel("leading principal axes judged together, k")
    return figure


def _draw_variance_ratio(axes: Axes, info: LeadingCurveInfo) -> None:
    axes.axhspan(1 - info.tolerance, 1 + info.tolerance, color=BAND)
    axes.axhline(1, **THEORY_LINE)
    axes.set_yscale("log")
    for curve in info.curves:
        label = f"{curve.name}, normal up to k = {curve.normal_axes}"
        axes.plot(
            curve.k,
            curve.variance_ratio,
            **LINES[curve.name],
            markevery=_marked(curve.k),
            label=label,
        )
        if 0 < curve.normal_axes < len(curve.k):
            axes.axvline(curve.normal_axes, color=LINES[curve.name]["color"], linestyle=":")
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0.5), max(high, 2))
    plain_log_ticks(axes.yaxis)
    axes.set_ylabel("variance of d2,\nobserved / law")
    legend_above(axes)


def _marked(k: np.ndarray) -> list[int]:
    """Return where to put markers so that they stand evenly on a logarithmic axis."""
    places = np.geomspace(1, len(k), 24).round().astype(int) - 1
    return np.unique(places).tolist()


def _draw_distance(axes: Axes, info: LeadingCurveInfo) -> None:
    for curve in info.curves:
        axes.plot(curve.ks_k, curve.ks, **LINES[curve.name])
    axes.set_ylabel("KS distance of d2")
    axes.set_ylim(0, max(0.05, axes.get_ylim()[1]))


def leading_curve_figure(data: FigureData) -> Figure:
    """Draw the curve over k of ``data``."""
    return draw_leading_curve(leading_curve_info(data.report))
