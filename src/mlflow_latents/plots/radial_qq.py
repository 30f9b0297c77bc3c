"""Radii against their exact law: Q-Q plot and displacement of the shells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.style import (
    BAND,
    HELD_OUT_LINE,
    IN_SAMPLE_LINE,
    THEORY_LINE,
    legend_above,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.stats import D2Law, GaussianFit, LatentReport, Radial

CAPTION = Caption(
    "Distances from the centre against their exact law",
    "Left: each dot is a quantile of the radii; on the dashed line the law holds, above it the "
    "vectors lie farther out; its grey band is chance at the number of the in-sample vectors. "
    "Right: how far the shell that holds a level's share of the mass is "
    "displaced; within the grey band it counts as the normal distribution's.",
)

QUANTILES = 150
EXTREMES = 10
LINES = {"in-sample": IN_SAMPLE_LINE, "held-out": HELD_OUT_LINE}


@dataclass(frozen=True)
class RadialCurve:
    """One way of judging: the radii's quantiles, and the shells.

    Parameters
    ----------
    name : str
        ``in-sample`` or ``held-out``.
    expected : numpy.ndarray, shape (q,)
        Quantiles of the radius under its law, in sd.
    observed : numpy.ndarray, shape (q,)
        Order statistics of the radii at the same shares, in sd.
    low, high : numpy.ndarray, shape (q,)
        Where 90 % of such order statistics lie under the law, taking the radii as independent.
    levels : numpy.ndarray, shape (m,)
    displacements : numpy.ndarray, shape (m,)
        Of the shells at these levels, in the law's sd of one radius.
    level_limit : float
    level_limit_open : bool
        Whether the limit is only known from below.
    """

    name: str
    expected: np.ndarray
    observed: np.ndarray
    low: np.ndarray
    high: np.ndarray
    levels: np.ndarray
    displacements: np.ndarray
    level_limit: float
    level_limit_open: bool


@dataclass(frozen=True)
class RadialQQInfo:
    """The radii of the vectors of the fit and, where given, of others.

    Parameters
    ----------
    curves : tuple of RadialCurve
    tolerance : float
        Displacement that is still within the law.
    rank : int
        Dimensions in which the radii are measured.
    """

    curves: tuple[RadialCurve, ...]
    tolerance: float
    rank: int


def radial_qq_info(
    z: np.ndarray, held_out: np.ndarray | None, report: LatentReport
) -> RadialQQInfo:
    """Compare quantiles of the radii with those of their exact law.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
        The vectors of the fit.
    held_out : numpy.ndarray, shape (m, d), or None
        The others that the report judged.
    report : LatentReport

    Returns
    -------
    RadialQQInfo
        About 150 quantiles, and the 10 least and greatest radii.
    """
    fit = report.fit
    curves = [_curve("in-sample", z, fit, report.in_sample.radial)]
    if held_out is not None and report.held_out is not None:
        curves.append(_curve("held-out", held_out, fit, report.held_out.radial))
    return RadialQQInfo(tuple(curves), report.config.level_tolerance, fit.rank)


def _curve(name: str, z: np.ndarray, fit: GaussianFit, radial: Radial) -> RadialCurve:
    radius = np.sqrt(np.sort(fit.d2(z)))
    n = len(radius)
    rank = _ranks_shown(n)
    return RadialCurve(
        name=name,
        expected=_radius_at((rank - 0.5) / n, radial.law),
        observed=radius[rank - 1],
        low=_radius_at(stats.beta(rank, n + 1 - rank).ppf(0.05), radial.law),
        high=_radius_at(stats.beta(rank, n + 1 - rank).ppf(0.95), radial.law),
        levels=radial.levels,
        displacements=radial.displacements,
        level_limit=radial.level_limit,
        level_limit_open=radial.level_limit_open,
    )


def _ranks_shown(n: int) -> np.ndarray:
    """Return ranks, from 1 to n: evenly spread in the normal's sd, and all the extremes."""
    edge = stats.norm.ppf(0.5 / n)
    spread = np.rint(n * stats.norm.cdf(np.linspace(edge, -edge, QUANTILES)) + 0.5)
    few = np.arange(1, min(n, EXTREMES) + 1)
    ranks = np.concatenate([few, spread, n + 1 - few])
    return np.unique(np.clip(ranks, 1, n).astype(int))


def _radius_at(share: np.ndarray, law: D2Law) -> np.ndarray:
    return np.sqrt(law.ppf(share))


@styled
def draw_radial_qq(info: RadialQQInfo) -> Figure:
    """Draw the Q-Q plot on the left, displacements by level on the right."""
    figure = new_figure(CAPTION.title)
    left, right = figure.subplots(1, 2)
    _draw_quantiles(left, info)
    _draw_displacements(right, info)
    return figure


def _draw_quantiles(axes: Axes, info: RadialQQInfo) -> None:
    first = info.curves[0]
    axes.fill_between(first.expected, first.low, first.high, color=BAND, linewidth=0)
    ends = np.concatenate([curve.expected[[0, -1]] for curve in info.curves])
    for curve in info.curves:
        line = LINES[curve.name] | {"linestyle": "none", "markersize": 3.5}
        axes.plot(curve.expected, curve.observed, **line, label=curve.name)
    axes.plot([ends.min(), ends.max()], [ends.min(), ends.max()], **THEORY_LINE, label="the law")
    axes.set(xlabel="radius under the law (sd)", ylabel="observed radius (sd)")
    axes.set_title(f"quantiles of the radii, rank {info.rank}", pad=22)
    legend_above(axes)


def _draw_displacements(axes: Axes, info: RadialQQInfo) -> None:
    axes.axhspan(-info.tolerance, info.tolerance, color=BAND)
    axes.axhline(0, **THEORY_LINE)
    for curve in info.curves:
        label = f"{curve.name}, limit {_limit(curve)}"
        axes.plot(curve.levels, curve.displacements, **LINES[curve.name], label=label)
    axes.set_title("shells, and the level limit", pad=22)
    legend_above(axes)
    axes.set(xlabel="level (sigma)", ylabel="displacement of the shell (radius sd)", xlim=(0, 4.1))
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, -2 * info.tolerance), max(high, 2 * info.tolerance))


def _limit(curve: RadialCurve) -> str:
    if not len(curve.levels):
        return "unknown (too few vectors)"
    return f"≥ {curve.level_limit:g}" if curve.level_limit_open else f"{curve.level_limit:g}"


def radial_qq_figure(data: FigureData) -> Figure:
    """Draw the radii of ``data``."""
    return draw_radial_qq(radial_qq_info(data.z, data.held_out, data.report))
