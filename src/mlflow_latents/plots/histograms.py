"""Histograms of single axes beside the normal density, as several figures show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mlflow_latents.plots.style import FILL, IN_SAMPLE, THEORY_LINE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LARGEST_VIEW = 8.0  # sd
SMALLEST_VIEW = 4.5  # sd


@dataclass(frozen=True, kw_only=True)
class AxisHistogram:
    """The histogram of one axis, in its own sd from its own mean.

    Parameters
    ----------
    edges : numpy.ndarray, shape (b + 1,)
        Bin edges, in sd.
    density : numpy.ndarray, shape (b,)
        Share of all vectors per sd.
    beyond : int
        Vectors outside the edges.
    """

    edges: np.ndarray
    density: np.ndarray
    beyond: int

    @property
    def middles(self) -> np.ndarray:
        """Middles of the bins, in sd."""
        return (self.edges[1:] + self.edges[:-1]) / 2


def standard_histogram(values: np.ndarray) -> AxisHistogram:
    """Standardise positions along an axis, and count them.

    Parameters
    ----------
    values : numpy.ndarray, shape (n,)

    Returns
    -------
    AxisHistogram
    """
    values = values.astype(np.float64)
    standard = (values - values.mean()) / values.std(ddof=1)
    view = np.clip(np.abs(standard).max() * 1.02, SMALLEST_VIEW, LARGEST_VIEW)
    # Scott's rule (1979) for a normal density, but no finer than the picture can show.
    width = max(3.49 * len(values) ** (-1 / 3), 0.1)
    bins = 2 * int(np.ceil(view / width)) + 1
    counts, edges = np.histogram(standard, bins, range=(-view, view))
    density = counts / (len(values) * (edges[1] - edges[0]))
    return AxisHistogram(edges=edges, density=density, beyond=len(values) - int(counts.sum()))


def draw_density(axes: Axes, histogram: AxisHistogram) -> None:
    """Draw a histogram, and the normal density over it."""
    axes.stairs(histogram.density, histogram.edges, fill=True, color=FILL)
    axes.stairs(histogram.density, histogram.edges, color=IN_SAMPLE, linewidth=0.8)
    x = np.linspace(histogram.edges[0], histogram.edges[-1], 200)
    axes.plot(x, stats.norm.pdf(x), **THEORY_LINE)


def draw_log_density(axes: Axes, histogram: AxisHistogram, n: int) -> None:
    """Draw the histogram of n vectors on a logarithmic scale, where tails are seen."""
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
