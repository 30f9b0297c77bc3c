"""Close-up near the centre: a hole, a peak, or what a normal distribution has there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.points import planes_of, subsample, whiten_leading_plane, whiten_plane
from mlflow_latents.plots.style import (
    BAND,
    FAINT,
    FILL,
    HELD_OUT,
    IN_SAMPLE,
    THEORY_LINE,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.stats import LatentReport

CAPTION = Caption(
    "Near the centre",
    "Left and middle: vectors counted in cells and rings around the centre of planes, over what "
    "a normal distribution puts there; above 1 a peak, below 1 a hole. Right: distances from the "
    "centre in all dimensions together; with many of them no vector is near it, in a normal "
    "distribution too.",
)

SIZE = 50_000
MOST_RINGS, FEWEST_RINGS = 8, 3
FEWEST_IN_RING = 25
MOST_CELLS, FEWEST_CELLS = 11, 3  # per side
FEWEST_IN_CELL = 20
NEAREST = 10


@dataclass(frozen=True)
class CenterInfo:
    """Counts near the centre of planes, and all radii.

    Parameters
    ----------
    ring_edges : numpy.ndarray, shape (r + 1,)
        Radii in a whitened plane, in sd, from 0 to 1; all rings expect the same count.
    expected : float
        Vectors that a normal distribution has in each ring.
    counts : numpy.ndarray of int, shape (p, r)
        Vectors observed in the rings of the coordinate planes.
    leading_counts : numpy.ndarray of int, shape (r,), or None
        The same in the leading principal plane; None when the rank is 1.
    cells : numpy.ndarray, shape (c, c), or None
        Vectors observed over expected in square cells of the leading principal plane, from -1 to
        1 sd; rows along the first axis.
    band : tuple of float
        Where 90 % of the counts lie under a normal distribution.
    n : int
        Vectors counted in the planes.
    radius_edges : numpy.ndarray, shape (b + 1,)
        Bins of the radius in all dimensions, in sd.
    radius_density : numpy.ndarray, shape (b,)
        Observed share of vectors per sd.
    radius_law : numpy.ndarray, shape (b,)
        The same under the exact law of the radius.
    nearest : numpy.ndarray, shape (m,)
        The smallest radii of all, ascending.
    rank : int
        Dimensions that the radius is measured in.
    """

    ring_edges: np.ndarray
    expected: float
    counts: np.ndarray
    leading_counts: np.ndarray | None
    cells: np.ndarray | None
    band: tuple[float, float]
    n: int
    radius_edges: np.ndarray
    radius_density: np.ndarray
    radius_law: np.ndarray
    nearest: np.ndarray
    rank: int


def center_info(z: np.ndarray, report: LatentReport, seed: int = 0) -> CenterInfo:
    """Count vectors around the centre.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
    report : LatentReport
        Its random planes are used, and its law of the radius.
    seed : int
        Chooses the vectors counted in planes when there are more than 50,000.

    Returns
    -------
    CenterInfo
    """
    fit, few = report.fit, subsample(z, SIZE, seed)
    within = 1 - np.exp(-0.5)
    rings = int(np.clip(len(few) * within / FEWEST_IN_RING, FEWEST_RINGS, MOST_RINGS))
    share = within / rings
    edges = np.sqrt(-2 * np.log1p(-share * np.arange(rings + 1)))
    pairs = planes_of(report.in_sample.plane)
    counts = [_count(whiten_plane(few, fit, pair), edges) for pair in pairs]
    leading = whiten_leading_plane(few, fit) if fit.rank >= 2 else None
    radius = np.sqrt(fit.d2(z))
    law = report.in_sample.radial.law
    radius_edges, density = _histogram(radius, float(np.sqrt(law.ppf(0.999))))
    return CenterInfo(
        ring_edges=edges,
        expected=len(few) * share,
        counts=np.array(counts, dtype=int).reshape(-1, rings),
        leading_counts=_count(leading, edges) if leading is not None else None,
        cells=_cell_ratio(leading) if leading is not None else None,
        band=tuple(float(x) for x in stats.binom(len(few), share).ppf([0.05, 0.95])),
        n=len(few),
        radius_edges=radius_edges,
        radius_density=density,
        radius_law=np.diff(law.cdf(radius_edges**2)) / np.diff(radius_edges),
        nearest=np.sort(radius)[:NEAREST],
        rank=fit.rank,
    )


def _count(white: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.histogram(np.linalg.norm(white, axis=1), edges)[0]


def _cell_ratio(white: np.ndarray) -> np.ndarray:
    within = len(white) * (2 * stats.norm.cdf(1) - 1) ** 2
    cells = int(np.clip(np.sqrt(within / FEWEST_IN_CELL), FEWEST_CELLS, MOST_CELLS))
    edges = np.linspace(-1, 1, cells + 1)
    share = np.diff(stats.norm.cdf(edges))
    return np.histogram2d(*white.T, bins=edges)[0] / (len(white) * np.outer(share, share))


def _histogram(radius: np.ndarray, at_least: float) -> tuple[np.ndarray, np.ndarray]:
    farthest = 1.05 * max(np.quantile(radius, 0.999), at_least)
    spread = np.subtract(*np.quantile(radius, [0.75, 0.25])) / 1.349
    width = max(3.49 * spread * len(radius) ** (-1 / 3), farthest / 200)
    edges = np.linspace(0, farthest, int(np.ceil(farthest / width)) + 1)
    return edges, np.histogram(radius, edges)[0] / (len(radius) * np.diff(edges))


@styled
def draw_center(info: CenterInfo) -> Figure:
    """Draw ring counts of planes on the left, radii in all dimensions on the right."""
    figure = new_figure(CAPTION.title)
    figure.get_layout_engine().set(wspace=0.06)
    if info.leading_counts is None:
        panels = [figure.subplots()]
    else:
        cells, *panels = figure.subplots(1, 3)
        _draw_cells(cells, info)
        _draw_rings(panels[0], info)
    _draw_radii(panels[-1], info)
    labelled = [handle for axes in panels for handle in axes.get_legend_handles_labels()[0]]
    figure.legend(handles=labelled, loc="outside lower left", ncols=4)
    return figure


def _draw_cells(axes: Axes, info: CenterInfo) -> None:
    picture = axes.imshow(
        info.cells.T,
        origin="lower",
        extent=(-1, 1, -1, 1),
        cmap="cividis",
        vmin=0,
        vmax=2,
        aspect="auto",
    )
    axes.figure.colorbar(picture, ax=axes, location="bottom", pad=0.03, label="observed / expected")
    axes.set(xlabel="axis 1 (sd)", ylabel="axis 2 (sd)", xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    axes.set_title("leading principal plane,\nclose up")


def _draw_rings(axes: Axes, info: CenterInfo) -> None:
    middles = (info.ring_edges[1:] + info.ring_edges[:-1]) / 2
    axes.axhspan(*(np.array(info.band) / info.expected), color=BAND, label="90 % of normal")
    for i, counts in enumerate(info.counts):
        label = "a coordinate plane" if i == 0 else None
        axes.plot(middles, counts / info.expected, color=FAINT, linewidth=0.6, label=label)
    axes.plot(
        middles,
        info.leading_counts / info.expected,
        "s--",
        color=HELD_OUT,
        label="leading plane",
    )
    if len(info.counts):
        mean = info.counts.mean(axis=0) / info.expected
        axes.plot(middles, mean, "o-", color=IN_SAMPLE, label="mean of them")
    axes.axhline(1, **THEORY_LINE)
    highest = max(info.counts.max(initial=0), info.leading_counts.max(), info.band[1])
    axes.set(
        xlabel="distance in the plane (sd)",
        ylabel="observed / expected",
        xlim=(0, 1),
        ylim=(0, max(2, 1.05 * highest / info.expected)),
    )
    axes.set_title(f"rings in planes,\n{info.expected:,.0f} vectors in each")


def _draw_radii(axes: Axes, info: CenterInfo) -> None:
    middles = (info.radius_edges[1:] + info.radius_edges[:-1]) / 2
    axes.stairs(
        info.radius_density, info.radius_edges, fill=True, color=FILL, label="observed radii"
    )
    axes.plot(middles, info.radius_law, **THEORY_LINE, label="radii under the law")
    axes.plot(
        info.nearest,
        np.zeros(len(info.nearest)),
        "|",
        color=IN_SAMPLE,
        markersize=14,
        clip_on=False,
        label=f"{len(info.nearest)} nearest vectors",
    )
    axes.set(xlabel="radius (sd)", ylabel="density (1/sd)", xlim=(0, None))
    axes.set_ylim(0, None)
    axes.set_title(f"all dimensions ({info.rank}),\nnearest at {info.nearest[0]:.3g} sd")


def center_figure(data: FigureData) -> Figure:
    """Draw the centre of ``data``."""
    return draw_center(center_info(data.z, data.report, data.seed))
