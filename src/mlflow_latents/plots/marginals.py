"""One-dimensional marginals beside the normal densities fitted to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.points import project
from mlflow_latents.plots.style import FILL, IN_SAMPLE, THEORY_LINE, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.stats import LatentReport

CAPTION = Caption(
    "Single axes against their fitted normal densities",
    "Top: the histogram should follow the dashed bell. Bottom: the same on a logarithmic scale, "
    "where a normal density is a parabola and points above it on either side are heavy tails.",
)

LARGEST_VIEW = 8.0  # sd
SMALLEST_VIEW = 4.5  # sd


@dataclass(frozen=True)
class MarginalHistogram:
    """The histogram of one axis, in its own sd from its own mean.

    Parameters
    ----------
    label : str
        Which axis, and why it is shown.
    edges : numpy.ndarray, shape (b + 1,)
        Bin edges, in sd.
    density : numpy.ndarray, shape (b,)
        Share of all vectors per sd.
    beyond : int
        Vectors outside the edges.
    ks : float
        Kolmogorov-Smirnov distance to the fitted normal law.
    """

    label: str
    edges: np.ndarray
    density: np.ndarray
    beyond: int
    ks: float

    @property
    def middles(self) -> np.ndarray:
        """Middles of the bins, in sd."""
        return (self.edges[1:] + self.edges[:-1]) / 2


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
        _histogram(z[:, j], f"z{j}, {why}", coordinate_ks[j]) for j, why in coordinates.items()
    ]
    histograms += [
        _histogram(score, f"axis {j + 1}, {why}", principal_ks[j])
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


def _histogram(values: np.ndarray, label: str, ks: float) -> MarginalHistogram:
    values = values.astype(np.float64)
    standard = (values - values.mean()) / values.std(ddof=1)
    view = np.clip(np.abs(standard).max() * 1.02, SMALLEST_VIEW, LARGEST_VIEW)
    # Scott's rule (1979) for a normal density, but no finer than the picture can show.
    width = max(3.49 * len(values) ** (-1 / 3), 0.1)
    bins = 2 * int(np.ceil(view / width)) + 1
    counts, edges = np.histogram(standard, bins, range=(-view, view))
    density = counts / (len(values) * (edges[1] - edges[0]))
    return MarginalHistogram(label, edges, density, len(values) - int(counts.sum()), float(ks))


@styled
def draw_marginals(info: MarginalsInfo) -> Figure:
    """Draw densities above, their logarithms below, one column per axis."""
    figure = new_figure(CAPTION.title)
    columns = len(info.histograms)
    grid = figure.subplots(2, columns, sharex="col", sharey="row", squeeze=False)
    for histogram, top, bottom in zip(info.histograms, *grid, strict=True):
        _draw_density(top, histogram)
        _draw_log_density(bottom, histogram, info.n)
    grid[0, 0].set_ylabel("density (1/sd)")
    grid[1, 0].set_ylabel("density, log scale")
    figure.supxlabel("distance from the axis's mean (sd)", fontsize=10)
    return figure


def _draw_density(axes: Axes, histogram: MarginalHistogram) -> None:
    axes.stairs(histogram.density, histogram.edges, fill=True, color=FILL)
    axes.stairs(histogram.density, histogram.edges, color=IN_SAMPLE, linewidth=0.8)
    x = np.linspace(histogram.edges[0], histogram.edges[-1], 200)
    axes.plot(x, stats.norm.pdf(x), **THEORY_LINE)
    axes.set_title(f"{histogram.label}\nKS distance {histogram.ks:.3f}")


def _draw_log_density(axes: Axes, histogram: MarginalHistogram, n: int) -> None:
    from matplotlib.ticker import MultipleLocator

    seen = histogram.density > 0
    view = histogram.edges[-1]
    lowest = 0.4 / (n * np.diff(histogram.edges).max())
    axes.plot(histogram.middles[seen], histogram.density[seen], "o", color=IN_SAMPLE, markersize=3)
    x = np.linspace(histogram.edges[0], histogram.edges[-1], 200)
    axes.plot(x, stats.norm.pdf(x), **THEORY_LINE)
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(MultipleLocator(2 if view < 5 else 4))
    axes.set_ylim(lowest, 2)
    if histogram.beyond:
        axes.set_title(f"{histogram.beyond} farther out", fontsize=9, loc="right")


def marginals_figure(data: FigureData) -> Figure:
    """Draw the marginals of ``data``."""
    return draw_marginals(marginals_info(data.z, data.report))
