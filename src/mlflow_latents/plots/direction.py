"""Whether the directions of the vectors are uniform: what tells elliptical from not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mlflow_latents.plots.battery import pvalue_text
from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.points import subsample
from mlflow_latents.plots.style import (
    BAND,
    FAINT,
    IN_SAMPLE,
    THEORY_LINE,
    new_figure,
    sentence_figure,
    styled,
)
from mlflow_latents.stats.battery.direction import NO_SHAPE, blind_direction
from mlflow_latents.stats.battery.shape import fit_shape

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.stats import GaussianFit
    from mlflow_latents.stats.battery import Battery

CAPTION = Caption(
    "Directions from the centre: elliptical or not",
    "Stretched to a ball, an elliptical cloud has vectors in all directions alike. Left: how often "
    "two of them enclose an angle, over what is so for uniform directions; a curve that leaves the "
    "grey band at the ends tells of vectors that huddle together. Right: above the band, "
    "directions huddle around a principal axis (or its middle and ends), below it they avoid it. "
    "The radius is a matter of its own: an elliptical cloud is normal only if its radii are, too.",
)

MOST = 6000  # directions, all pairs of which are looked at
BINS, FEWEST_IN_BIN = 41, 100
BLOCK = 1024
GRID = 2000
AXES_BAND = 0.95  # chance that all axes of uniform directions lie in the band


@dataclass(frozen=True)
class DirectionInfo:
    """How uniform the directions are.

    Parameters
    ----------
    edges : numpy.ndarray, shape (b + 1,)
        Bins of ``sqrt(d)`` times the cosine between two directions.
    ratio : numpy.ndarray, shape (b,)
        Pairs in each bin over those that uniform directions have there.
    ratio_sd : numpy.ndarray, shape (b,)
        Standard deviation of the ratio for uniform directions.
    kurtosis : numpy.ndarray, shape (d,)
        Fourth moment of the directions' components along each principal axis, over the square of
        the second, over that of uniform directions.
    kurtosis_sd : float
        Standard deviation of that ratio for uniform directions.
    n, d : int
        Directions shown, and dimensions.
    pvalue : float
        Of the battery's direction test, corrected (Holm); NaN where it was not informative.
    radius_pvalue, radius_ratio : float
        Of the battery's radial test: corrected p-value, and the variance ratio of d2.
    alpha : float
        p-values up to this reject.
    """

    edges: np.ndarray
    ratio: np.ndarray
    ratio_sd: np.ndarray
    kurtosis: np.ndarray
    kurtosis_sd: float
    n: int
    d: int
    pvalue: float
    radius_pvalue: float
    radius_ratio: float
    alpha: float


def direction_info(
    z: np.ndarray, fit: GaussianFit, battery: Battery, seed: int = 0
) -> DirectionInfo | str:
    """Compare the directions of vectors with uniform ones.

    The directions are those in Tyler's shape, as the battery's test of them takes them. For
    uniform directions the cosines of all pairs are pairwise independent (given one direction, the
    cosine to another has the same law whatever the first is), so that counts of pairs have the
    variance of binomial counts, although the pairs share vectors.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
    fit : GaussianFit
        Of z.
    battery : Battery
        Of z, for the p-values.
    seed : int
        Chooses 6,000 vectors when there are more.

    Returns
    -------
    DirectionInfo, or str
        Why nothing can be shown.

    References
    ----------
    Cosine of a uniform direction with another: Beta((d-1)/2, (d-1)/2) on [-1, 1], Mardia and Jupp
    (2000), Directional Statistics, section 9.3.1.
    """
    reason = blind_direction(len(z), fit.rank)
    if reason:
        return reason
    unit = fit_shape(fit.whiten(subsample(z, MOST, seed)))
    if unit is None:
        return NO_SHAPE
    n, d = unit.shape
    edges, ratio, ratio_sd = _cosine_ratio(unit)
    expected, sd = _kurtosis_of_uniform(n, d)
    square = unit**2
    kurtosis = np.mean(square**2, axis=0) / np.mean(square, axis=0) ** 2
    adjusted = dict(zip((r.test for r in battery.results), battery.adjusted, strict=True))
    radial = battery.result("radial")
    return DirectionInfo(
        edges=edges,
        ratio=ratio,
        ratio_sd=ratio_sd,
        kurtosis=kurtosis / expected,
        kurtosis_sd=sd / expected,
        n=n,
        d=d,
        pvalue=float(adjusted.get("direction", np.nan)),
        radius_pvalue=float(adjusted.get("radial", np.nan)),
        radius_ratio=radial.effect if radial is not None else np.nan,
        alpha=battery.alpha,
    )


def _cosine_ratio(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count the cosines of all pairs into bins, over what uniform directions have there."""
    n, d = unit.shape
    pairs = n * (n - 1) / 2
    half = stats.beta((d - 1) / 2, (d - 1) / 2)  # of (1 + cosine) / 2
    reach = min(0.999, 1 - 2 * float(half.ppf(FEWEST_IN_BIN / pairs)))
    edges = np.linspace(-reach, reach, BINS + 1)
    counts = np.zeros(BINS)
    for start in range(0, n, BLOCK):
        cosine = unit[start : start + BLOCK] @ unit[start:].T
        # Each pair once: what stands right of the diagonal.
        rows = np.arange(len(cosine))[:, None]
        counts += np.histogram(cosine[rows < np.arange(cosine.shape[1])], edges)[0]
    evenly = 2 * half.ppf((np.arange(GRID) + 0.5) / GRID) - 1
    share = np.diff(half.cdf((1 + edges) / 2)) * _pushed((edges[1:] + edges[:-1]) / 2, n, d)
    share /= _pushed(evenly, n, d).mean()
    expected = pairs * share
    return edges * np.sqrt(d), counts / expected, np.sqrt((1 - share) / expected)


def _pushed(cosine: np.ndarray, n: int, d: int) -> np.ndarray:
    """How the fit pushes directions apart: density of their cosines over the uniform one.

    The fit makes their mean 0 and their covariance 1/d, as whitening does. Two of n whitened
    normal vectors are rows of a Haar matrix whose columns sum to 0; their Gram matrix G has a
    density with the factor ``|M - G|^((n - d - 4) / 2)``, where M projects the sum away (the matrix
    beta law: Muirhead 1982, Aspects of Multivariate Statistical Theory, section 3.3). Here it is
    taken at the mean of their squared lengths, d/n.
    """
    return (1 - ((1 + d * cosine) / (n - 1 - d)) ** 2) ** ((n - d - 4) / 2)


def _kurtosis_of_uniform(n: int, d: int) -> tuple[float, float]:
    """Fourth moment over the squared second of a component of uniform directions, and its sd.

    From the moments ``E (sqrt(d) u)^(2m) = d^m prod_(i<m) (2i+1) / (d+2i)`` and the influence
    function ``y^4 - 2 k y^2 + k`` of the ratio k.
    """
    factors = [d * (2 * i + 1) / (d + 2 * i) for i in range(4)]
    _, fourth, sixth, eighth = np.cumprod(factors)
    variance = eighth - 4 * fourth * sixth + 4 * fourth**3 - fourth**2
    return float(fourth), float(np.sqrt(max(variance, 0.0) / n))


@styled
def draw_direction(info: DirectionInfo | str) -> Figure:
    """Draw the angles between vectors on the left, the principal axes on the right."""
    if isinstance(info, str):
        return sentence_figure(CAPTION.title, info)
    figure = new_figure(CAPTION.title)
    left, right = figure.subplots(1, 2)
    _draw_cosines(left, info)
    _draw_axes(right, info)
    figure.supxlabel(_conclusion(info), x=0.01, ha="left", fontsize=10)
    return figure


def _draw_cosines(axes: Axes, info: DirectionInfo) -> None:
    middles = (info.edges[1:] + info.edges[:-1]) / 2
    for width in (3, 1):
        low, high = 1 - width * info.ratio_sd, 1 + width * info.ratio_sd
        axes.fill_between(middles, low, high, color=BAND, alpha=0.5 if width == 3 else 1, lw=0)
    axes.axhline(1, **THEORY_LINE)
    axes.plot(middles, info.ratio, "o-", color=IN_SAMPLE, markersize=3.5, linewidth=1)
    axes.set(
        xlabel="cosine between two directions × √d",
        ylabel="pairs, observed / uniform",
    )
    far = max(0.05, 1.2 * float(np.quantile(np.abs(info.ratio - 1), 0.98)))
    axes.set_ylim(max(1 - far, 0), 1 + far)
    axes.set_title(f"all pairs of {info.n:,} directions")


def _draw_axes(axes: Axes, info: DirectionInfo) -> None:
    number = np.arange(1, info.d + 1)
    z = stats.norm.ppf((1 + AXES_BAND ** (1 / info.d)) / 2)
    half = z * info.kurtosis_sd
    axes.axhspan(1 - half, 1 + half, color=BAND)
    axes.axhline(1, **THEORY_LINE)
    inside = np.abs(info.kurtosis - 1) <= half
    for shown, colour in ((inside, FAINT), (~inside, IN_SAMPLE)):
        axes.plot(number[shown], info.kurtosis[shown], "o", color=colour, markersize=3.5)
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0.8), max(high, 1.2))
    axes.set(xlabel="principal axis", ylabel="fourth moment along it / uniform")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlim(0, info.d + 1)
    axes.set_title(f"{np.count_nonzero(~inside)} of {info.d} axes outside the band")


def _conclusion(info: DirectionInfo) -> str:
    direction = _spoken(info.pvalue, info.alpha, "not uniform")
    radius = _spoken(info.radius_pvalue, info.alpha, "not normal")
    if np.isfinite(info.radius_ratio):
        radius += f", variance of d2 {info.radius_ratio:.3g} × that of a normal distribution"
    return f"Direction: {direction}.\nRadius: {radius}."


def _spoken(pvalue: float, alpha: float, rejected: str) -> str:
    if not np.isfinite(pvalue):
        return "not tested"
    text = pvalue_text(pvalue)
    equal = text if text.startswith("<") else f"= {text}"
    return f"{rejected if pvalue <= alpha else 'nothing seen'} (p {equal})"


def direction_figure(data: FigureData) -> Figure:
    """Draw the directions of ``data``."""
    report = data.report
    return draw_direction(direction_info(data.z, report.fit, report.battery, data.seed))
