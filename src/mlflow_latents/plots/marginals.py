"""One-dimensional marginals beside the normal densities fitted to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.histograms import (
    AxisHistogram,
    draw_density,
    draw_log_density,
    standard_histogram,
)
from mlflow_latents.plots.points import project
from mlflow_latents.plots.style import new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mlflow_latents.stats import LatentReport

CAPTION = Caption(
    "Single axes against their fitted normal densities",
    "Top: the histogram should follow the dashed bell. Bottom: the same on a logarithmic scale, "
    "where a normal density is a parabola and points above it on either side are heavy tails.",
)


@dataclass(frozen=True, kw_only=True)
class MarginalHistogram(AxisHistogram):
    """The histogram of one axis.

    Parameters
    ----------
    label : str
        Which axis, and why it is shown.
    ks : float
        Kolmogorov-Smirnov distance to the fitted normal law.
    """

    label: str
    ks: float


@dataclass(frozen=True)
class MarginalsInfo:
    """A chosen few axes and the worst.

    Parameters
    ----------
    histograms : tuple of MarginalHistogram
    n : int
        Vectors in each histogram.
    """

    histograms: tuple[MarginalHistogram, ...]
    n: int


def marginals_info(z: np.ndarray, report: LatentReport) -> MarginalsInfo:
    """Choose axes and count them into histograms.

    Shown are the coordinate of median Kolmogorov-Smirnov distance and the worst one, the leading
    principal axis and the worst one (the median one where the leading one is the worst).

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
    report : LatentReport

    Returns
    -------
    MarginalsInfo
    """
    coordinate_ks = report.in_sample.marginal.ks
    principal_ks = report.in_sample.principal.ks
    coordinates = _typical_and_worst(coordinate_ks)
    axes = _leading_and_worst(principal_ks)
    scores = project(z, report.fit.mean, report.fit.axes[:, list(axes)])
    histograms = [
        _labelled(z[:, j], f"z{j}, {why}", coordinate_ks[j]) for j, why in coordinates.items()
    ]
    histograms += [
        _labelled(score, f"axis {j + 1}, {why}", principal_ks[j])
        for score, (j, why) in zip(scores.T, axes.items(), strict=True)
    ]
    return MarginalsInfo(tuple(histograms), len(z))


def _typical_and_worst(ks: np.ndarray) -> dict[int, str]:
    order = np.argsort(ks)[: np.count_nonzero(np.isfinite(ks))]
    if not len(order):
        return {}
    chosen = {int(order[-1]): "the worst"}
    typical = int(order[(len(order) - 1) // 2])
    return {typical: "typical", **chosen} if typical not in chosen else chosen


def _leading_and_worst(ks: np.ndarray) -> dict[int, str]:
    worst = int(np.argmax(np.nan_to_num(ks)))
    if worst > 0:
        return {0: "the widest", worst: "the worst"}
    others = {j: why for j, why in _typical_and_worst(ks).items() if j}
    return {0: "widest, worst", **others}


def _labelled(values: np.ndarray, label: str, ks: float) -> MarginalHistogram:
    counted = standard_histogram(values)
    return MarginalHistogram(**vars(counted), label=label, ks=float(ks))


@styled
def draw_marginals(info: MarginalsInfo) -> Figure:
    """Draw densities above, their logarithms below, one column per axis."""
    figure = new_figure(CAPTION.title)
    columns = len(info.histograms)
    grid = figure.subplots(2, columns, sharex="col", sharey="row", squeeze=False)
    for histogram, top, bottom in zip(info.histograms, *grid, strict=True):
        draw_density(top, histogram)
        top.set_title(f"{histogram.label}\nKS distance {histogram.ks:.3f}")
        draw_log_density(bottom, histogram, info.n)
    grid[0, 0].set_ylabel("density (1/sd)")
    grid[1, 0].set_ylabel("density, log scale")
    figure.supxlabel("distance from the axis's mean (sd)", fontsize=10)
    return figure


def marginals_figure(data: FigureData) -> Figure:
    """Draw the marginals of ``data``."""
    return draw_marginals(marginals_info(data.z, data.report))
