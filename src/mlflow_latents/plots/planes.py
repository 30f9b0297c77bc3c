"""Two-dimensional planes: observed contours against theoretical ellipses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.points import (
    correlation_root,
    planes_of,
    whiten_leading_plane,
    whiten_plane,
)
from mlflow_latents.plots.style import (
    FAINT,
    THEORY_LINE,
    new_figure,
    sentence_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.stats import LatentReport

CAPTION = Caption(
    "Planes: where the vectors lie, against the ellipses of a normal distribution",
    "Each solid contour bounds the densest region that holds as many vectors as the dashed "
    "ellipse should (39 %, 86 % and 99 %): in a normal plane the two coincide. Islands, dents and "
    "corners are departures from it.",
)

RADII = (1.0, 2.0, 3.0)  # sd
VIEW = 5.0  # sd
CELLS = 100
POINTS = 1500
# Lighter than the dashed ellipse that it often coincides with.
CONTOUR = "#4f97d1"


@dataclass(frozen=True)
class PlaneDensity:
    """The density of one plane, whitened, and how to map it back to where the vectors lie.

    Parameters
    ----------
    labels : tuple of str
        Names of the horizontal and the vertical axis.
    density : numpy.ndarray, shape (CELLS, CELLS)
        Smoothed share of vectors per cell; rows along the first whitened direction, from -VIEW
        to VIEW sd.
    thresholds : numpy.ndarray, shape (3,)
        Densities whose contours hold the mass of the ellipses of 1, 2 and 3 sd.
    coverage : numpy.ndarray, shape (3,)
        Observed share of vectors within the ellipses of 1, 2 and 3 sd.
    shape : numpy.ndarray, shape (2, 2)
        Maps whitened points to the axes' own sd; its product with its transpose is the
        correlation matrix.
    points : numpy.ndarray, shape (m, 2)
        A few of the vectors, whitened.
    """

    labels: tuple[str, str]
    density: np.ndarray
    thresholds: np.ndarray
    coverage: np.ndarray
    shape: np.ndarray
    points: np.ndarray


@dataclass(frozen=True)
class PlanesInfo:
    """A few coordinate planes and, last, the leading principal plane.

    Parameters
    ----------
    planes : tuple of PlaneDensity
        Empty when the vectors span no plane.
    expected : numpy.ndarray, shape (3,)
        Share that a normal distribution has within the ellipses of 1, 2 and 3 sd.
    """

    planes: tuple[PlaneDensity, ...]
    expected: np.ndarray


def planes_info(z: np.ndarray, report: LatentReport, seed: int = 0, planes: int = 5) -> PlanesInfo:
    """Estimate the densities of some coordinate planes and of the leading principal plane.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
    report : LatentReport
        Its random planes are the ones to choose from.
    seed : int
        Chooses the vectors that are shown as points.
    planes : int
        Coordinate planes at most.

    Returns
    -------
    PlanesInfo

    Notes
    -----
    The contours bound highest-density regions [1]_ of a Gaussian-smoothed histogram, smoothed
    alike in all whitened directions, so that a normal plane's contours are its ellipses whatever
    the bandwidth.

    .. [1] R. J. Hyndman, "Computing and graphing highest density regions", The American
       Statistician 50 (1996) 120-126.
    """
    fit = report.fit
    found = []
    for pair in planes_of(report.in_sample.plane)[:planes]:
        white, labels = whiten_plane(z, fit, pair), (f"z{pair[0]}", f"z{pair[1]}")
        found.append(_plane_density(white, labels, correlation_root(fit, pair), seed))
    if fit.rank >= 2:
        leading = whiten_leading_plane(z, fit)
        found.append(_plane_density(leading, ("axis 1", "axis 2"), np.eye(2), seed))
    return PlanesInfo(tuple(found), _expected_coverage())


def _expected_coverage() -> np.ndarray:
    return 1 - np.exp(-np.square(RADII) / 2)


def _plane_density(
    white: np.ndarray, labels: tuple[str, str], shape: np.ndarray, seed: int
) -> PlaneDensity:
    n = len(white)
    limits = ((-VIEW, VIEW), (-VIEW, VIEW))
    counts, _, _ = np.histogram2d(*white.T, bins=CELLS, range=limits)
    # A half wider than Scott's bandwidth: the outermost contour rests on 1 % of the vectors.
    cells_per_sd = CELLS / (2 * VIEW)
    density = ndimage.gaussian_filter(counts / n, 1.5 * n ** (-1 / 6) * cells_per_sd)
    cell = np.clip((white + VIEW) * cells_per_sd - 0.5, 0, CELLS - 1)
    at_vectors = ndimage.map_coordinates(density, cell.T, order=1, mode="nearest")
    at_vectors[np.abs(white).max(axis=1) > VIEW] = 0
    radius = np.linalg.norm(white, axis=1)
    chosen = np.random.default_rng(seed).choice(n, min(n, POINTS), replace=False)
    return PlaneDensity(
        labels=labels,
        density=density,
        thresholds=np.quantile(at_vectors, 1 - _expected_coverage()),
        coverage=np.array([np.mean(radius <= k) for k in RADII]),
        shape=shape,
        points=white[chosen],
    )


@styled
def draw_planes(info: PlanesInfo) -> Figure:
    """Draw one panel per plane, the leading principal plane last."""
    if not info.planes:
        return sentence_figure(CAPTION.title, "The vectors span a single axis: there is no plane.")
    rows = 1 if len(info.planes) <= 3 else 2
    figure = new_figure(CAPTION.title, height=3.6 if rows == 1 else 5.6)
    columns = -(-len(info.planes) // rows)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat[len(info.planes) :]:
        axes.remove()
    for axes, plane in zip(grid.flat, info.planes, strict=False):
        _draw_plane(axes, plane)
    figure.legend(
        *grid[0, 0].get_legend_handles_labels(), loc="outside lower left", ncols=3, markerscale=4
    )
    return figure


def _draw_plane(axes: Axes, plane: PlaneDensity) -> None:
    x, y = plane.shape @ plane.points.T
    axes.plot(x, y, ".", color=FAINT, markersize=1.5, alpha=0.5, rasterized=True, label="vectors")
    middles = (np.arange(CELLS) + 0.5) * 2 * VIEW / CELLS - VIEW
    first, second = np.meshgrid(middles, middles, indexing="ij")
    x, y = np.tensordot(plane.shape, np.stack([first, second]), axes=1)
    lowest, highest = plane.density.min(), plane.density.max()
    levels = np.unique(plane.thresholds)
    levels = levels[(lowest < levels) & (levels < highest)]
    if len(levels):
        axes.contour(x, y, plane.density, levels=levels, colors=CONTOUR, linewidths=2)
    axes.plot([], [], color=CONTOUR, linewidth=2, label="densest 39, 86, 99 %")
    angle = np.linspace(0, 2 * np.pi, 200)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    for radius in RADII:
        ellipse = radius * plane.shape @ circle
        label = "normal: 1, 2, 3 sd" if radius == RADII[0] else None
        axes.plot(*ellipse, **THEORY_LINE, label=label)
    axes.set(
        xlabel=f"{plane.labels[0]} (sd)",
        ylabel=f"{plane.labels[1]} (sd)",
        xlim=(-4.2, 4.2),
        ylim=(-4.2, 4.2),
        xticks=(-4, -2, 0, 2, 4),
        yticks=(-4, -2, 0, 2, 4),
        aspect="equal",
    )
    held = ", ".join(f"{100 * share:.1f}" for share in plane.coverage)
    axes.set_title(f"within 1, 2, 3 sd:\n{held} %", fontsize=9)


def planes_figure(data: FigureData) -> Figure:
    """Draw planes of ``data``."""
    return draw_planes(planes_info(data.z, data.report, data.seed))
