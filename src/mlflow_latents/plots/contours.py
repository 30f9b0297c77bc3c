"""The 3-sd contours of many planes in one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.points import planes_of, subsample, whiten_plane
from mlflow_latents.plots.style import (
    BAND,
    FAINT,
    IN_SAMPLE,
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
    "Contours of many planes, each whitened so that a normal one is the circle",
    "Each thin line is a coordinate plane: by direction, the radius within which lies the mass "
    "that the ellipse should hold; outside the circle are heavy tails, inside it light ones, and "
    "the grey band is what a normal distribution shows at this number of vectors. Right: the same "
    "for each plane as a whole, at 1, 2 and 3 sd.",
)

RADII = (1.0, 2.0, 3.0)  # sd
SIZE = 50_000
FEWEST_OUTSIDE = 3  # vectors per sector beyond the contour
FEWEST_IN_SECTOR = 25
MOST_SECTORS, FEWEST_SECTORS = 36, 12


@dataclass(frozen=True)
class ContoursInfo:
    """Radius by direction in many whitened planes.

    Parameters
    ----------
    pairs : numpy.ndarray of int, shape (p, 2)
        The planes' coordinates.
    sd : float
        Radius of the circle; 3 where there are vectors enough, else 2 or 1.
    angles : numpy.ndarray, shape (s,)
        Middles of the sectors, in radians.
    radii : numpy.ndarray, shape (p, s)
        For each plane and sector, the quantile of the radius, in sd, below which
        1 - exp(-sd²/2) of the sector's vectors lie; NaN where a sector is empty.
    band : tuple of float
        Where 90 % of such quantiles lie under a normal distribution (of known mean and
        covariance: fitting them makes it a little narrower).
    size : numpy.ndarray, shape (p, 3)
        For each plane, the radius that holds the mass of the ellipses of 1, 2 and 3 sd, over
        1, 2 and 3 sd.
    size_band : numpy.ndarray, shape (3, 2)
        Where 90 % of these lie under a normal distribution.
    n : int
        Vectors used.
    """

    pairs: np.ndarray
    sd: float
    angles: np.ndarray
    radii: np.ndarray
    band: tuple[float, float]
    size: np.ndarray
    size_band: np.ndarray
    n: int


def contours_info(z: np.ndarray, report: LatentReport, seed: int = 0) -> ContoursInfo:
    """Measure the contours of the report's random planes, on at most 50,000 of the vectors.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
    report : LatentReport
    seed : int
        Chooses the vectors where there are more.

    Returns
    -------
    ContoursInfo
        The contour is that of the largest of 3, 2 and 1 sd that leaves enough vectors outside
        in each of at least 12 sectors.
    """
    few = subsample(z, SIZE, seed)
    sd = _largest_radius(len(few))
    outside = len(few) * np.exp(-(sd**2) / 2)
    sectors = min(outside / FEWEST_OUTSIDE, len(few) / FEWEST_IN_SECTOR)
    sectors = int(np.clip(sectors, FEWEST_SECTORS, MOST_SECTORS))
    shares = 1 - np.exp(-np.square(RADII) / 2)
    share = shares[RADII.index(sd)]
    pairs = planes_of(report.in_sample.plane)
    radii, size = [], []
    for pair in pairs:
        white = whiten_plane(few, report.fit, pair)
        radii.append(_radius_by_sector(white, share, sectors))
        radius = np.linalg.norm(white, axis=1)
        size.append(np.quantile(radius, shares, method="median_unbiased") / RADII)
    return ContoursInfo(
        pairs=pairs,
        sd=sd,
        angles=(np.arange(sectors) + 0.5) * 2 * np.pi / sectors - np.pi,
        radii=np.array(radii).reshape(-1, sectors),
        band=_normal_band(len(few) / sectors, share),
        size=np.array(size).reshape(-1, len(RADII)),
        size_band=np.array([_normal_band(len(few), s) for s in shares]) / np.array(RADII)[:, None],
        n=len(few),
    )


def _largest_radius(n: int) -> float:
    for sd in reversed(RADII):
        if n * np.exp(-(sd**2) / 2) >= FEWEST_SECTORS * FEWEST_OUTSIDE:
            return sd
    return RADII[0]


def _radius_by_sector(white: np.ndarray, share: float, sectors: int) -> np.ndarray:
    angle = np.arctan2(white[:, 1], white[:, 0])
    sector = np.floor((angle + np.pi) * sectors / (2 * np.pi)).astype(int) % sectors
    radius = np.linalg.norm(white, axis=1)
    radius = radius[np.lexsort((radius, sector))]
    count = np.bincount(sector, minlength=sectors)
    start = np.cumsum(count) - count
    # Median-unbiased quantile of each sector (type 8 of Hyndman and Fan, 1996).
    place = np.clip(share * (count + 1 / 3) - 2 / 3, 0, np.maximum(count - 1, 0))
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    last = len(radius) - 1
    low = radius[np.minimum(start + below, last)]
    high = radius[np.minimum(start + above, last)]
    return np.where(count > 0, low + (place - below) * (high - low), np.nan)


def _normal_band(count: float, share: float) -> tuple[float, float]:
    """Return the 5 % and 95 % quantiles of the radius at ``share`` of ``count`` normal vectors.

    The share below an order statistic has a beta distribution, and the squared radius in a
    whitened normal plane is exponential with mean 2.
    """
    place = np.clip(share * (count + 1), 0.5, count + 0.5)
    low, high = stats.beta(place, count + 1 - place).ppf([0.05, 0.95])
    return float(np.sqrt(-2 * np.log1p(-low))), float(np.sqrt(-2 * np.log1p(-high)))


@styled
def draw_contours(info: ContoursInfo) -> Figure:
    """Draw the contours over each other, and beside them each plane's mean radius."""
    if not len(info.pairs):
        return sentence_figure(CAPTION.title, "No two coordinates span a plane.")
    figure = new_figure(CAPTION.title)
    left, right = figure.subplots(1, 2, width_ratios=(1.3, 1))
    _draw_lines(left, info)
    _draw_sizes(right, info)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=4)
    return figure


def _draw_lines(axes: Axes, info: ContoursInfo) -> None:
    angle = np.linspace(0, 2 * np.pi, 361)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    inner, outer = info.band[0] * circle, info.band[1] * circle[:, ::-1]
    axes.fill(*np.hstack([inner, outer]), color=BAND, label="90 % of normal")
    for i, radii in enumerate(info.radii):
        label = "one plane" if i == 0 else None
        x, y = circle * np.interp(angle, info.angles, radii, period=2 * np.pi)
        axes.plot(x, y, color=FAINT, linewidth=0.6, alpha=0.6, label=label)
    median = _median(info.radii)
    x, y = circle * np.interp(angle, info.angles, median, period=2 * np.pi)
    axes.plot(x, y, color=IN_SAMPLE, linewidth=2, label="median of the planes")
    axes.plot(*(info.sd * circle), **THEORY_LINE, label=f"normal: {info.sd:.0f} sd")
    axes.set(xlabel="first coordinate (sd)", ylabel="second coordinate (sd)", aspect="equal")
    count = "one plane" if len(info.pairs) == 1 else f"{len(info.pairs)} planes"
    axes.set_title(f"{info.sd:.0f}-sd contours of {count}")


def _median(radii: np.ndarray) -> np.ndarray:
    """Return the median over planes by sector, NaN where every plane's sector is empty."""
    median = np.full(radii.shape[1], np.nan)
    seen = np.isfinite(radii).any(axis=0)
    median[seen] = np.nanmedian(radii[:, seen], axis=0)
    return median


def _draw_sizes(axes: Axes, info: ContoursInfo) -> None:
    half = 0.35
    alone = len(info.size) == 1
    spread = np.zeros(1) if alone else np.linspace(-half, half, len(info.size))
    for i, radius in enumerate(RADII):
        corners = [radius - half - 0.05, radius + half + 0.05]
        axes.fill_between(corners, *info.size_band[i], color=BAND, linewidth=0)
        axes.plot(radius + spread, info.size[:, i], "o", color=IN_SAMPLE, markersize=2.5)
    axes.axhline(1, **THEORY_LINE)
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0.9), max(high, 1.1))
    axes.set(xlabel="ellipse (sd)", ylabel="radius, observed / normal", xticks=RADII)
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.set_title("one dot per plane")


def contours_figure(data: FigureData) -> Figure:
    """Draw the contours of ``data``."""
    return draw_contours(contours_info(data.z, data.report, data.seed))
