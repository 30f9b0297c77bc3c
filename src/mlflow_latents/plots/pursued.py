"""The least normal directions that a search finds, as histograms of vectors not searched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mlflow_latents.plots.battery import pvalue_text
from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.histograms import (
    AxisHistogram,
    draw_density,
    draw_log_density,
    standard_histogram,
)
from mlflow_latents.plots.points import project
from mlflow_latents.plots.style import new_figure, sentence_figure, styled
from mlflow_latents.stats.battery.margins import LEAST, largest_pvalue, scores
from mlflow_latents.stats.battery.pursuit import halves
from mlflow_latents.stats.negentropy import negentropy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mlflow_latents.stats.battery import Battery

CAPTION = Caption(
    "The least normal directions",
    "A search over half of the vectors finds directions along which they look least normal; shown "
    "are others, which it has not seen. If the histograms follow the dashed bell even here, the "
    "cloud hides nothing that such a search finds. Two humps are groups, a slant is skewness, "
    "points above the parabola at the bottom are heavy tails. Negentropy is what is lost, in nats "
    "of log-likelihood per vector, by taking the histogram for the bell.",
)

SHOWN = 3
NOT_RUN = "No directions were sought: the effort 'quick' leaves the search out."


@dataclass(frozen=True, kw_only=True)
class PursuedHistogram(AxisHistogram):
    """The histogram along one direction.

    Parameters
    ----------
    skewness, kurtosis : float
        Of the positions along it; the kurtosis is the excess over a normal distribution's.
    pvalue : float
        Probability that the least normal of all directions judged would look as odd under a
        normal distribution.
    negentropy, negentropy_error : float
        In nats, with its standard error.
    """

    skewness: float
    kurtosis: float
    pvalue: float
    negentropy: float
    negentropy_error: float


@dataclass(frozen=True)
class PursuedInfo:
    """The least normal directions.

    Parameters
    ----------
    histograms : tuple of PursuedHistogram
        The most telling first; three at most.
    held_out : bool
        Whether held-out vectors are shown, or the half that was not searched.
    n : int
        Vectors shown.
    """

    histograms: tuple[PursuedHistogram, ...]
    held_out: bool
    n: int


def pursued_info(
    z: np.ndarray,
    held_out: np.ndarray | None,
    battery: Battery,
    seed: int = 0,
) -> PursuedInfo | str:
    """Project vectors that were not searched on the directions found.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
        Vectors that were searched, half of them.
    held_out : numpy.ndarray, shape (m, d), or None
        Vectors to show instead of the other half.
    battery : Battery
        Of z.
    seed : int
        Seed of the search.

    Returns
    -------
    PursuedInfo, or str
        Why there is nothing to show.
    """
    result = battery.result("pursuit")
    if result is None:
        return NOT_RUN
    if not len(result.directions):
        return result.reason
    unseen = held_out is not None and len(held_out) >= LEAST
    vectors = held_out if unseen else z[halves(len(z), seed)[1]]
    positions = project(vectors, vectors[:1].astype(np.float64), result.directions[:SHOWN].T)
    spread = positions.std(axis=0) > 0
    histograms = tuple(
        _histogram(values, 2 * len(result.directions)) for values in positions.T[spread]
    )
    if not histograms:
        return "The vectors to show do not vary along the directions found."
    return PursuedInfo(histograms, unseen, len(vectors))


def _histogram(values: np.ndarray, count: int) -> PursuedHistogram:
    lost = negentropy([values[None].copy()])
    score = np.abs(scores(values[:, None])).max()
    return PursuedHistogram(
        **vars(standard_histogram(values)),
        skewness=float(stats.skew(values)),
        kurtosis=float(stats.kurtosis(values)),
        pvalue=largest_pvalue(score, count),
        negentropy=lost.mean,
        negentropy_error=float(lost.standard_error[0]),
    )


@styled
def draw_pursued(info: PursuedInfo | str) -> Figure:
    """Draw densities above, their logarithms below, one column per direction."""
    if isinstance(info, str):
        return sentence_figure(CAPTION.title, info)
    figure = new_figure(CAPTION.title, height=5.0)
    columns = len(info.histograms)
    grid = figure.subplots(2, columns, sharex="col", sharey="row", squeeze=False)
    for number, (histogram, top, bottom) in enumerate(
        zip(info.histograms, *grid, strict=True), start=1
    ):
        draw_density(top, histogram)
        top.set_title(_label(number, histogram))
        draw_log_density(bottom, histogram, info.n)
    grid[0, 0].set_ylabel("density (1/sd)")
    grid[1, 0].set_ylabel("density, log scale")
    which = "held-out vectors" if info.held_out else "vectors that were not searched"
    figure.supxlabel(f"position along the direction (sd), of {info.n:,} {which}", fontsize=10)
    return figure


def _label(number: int, histogram: PursuedHistogram) -> str:
    text = pvalue_text(histogram.pvalue)
    nats = f"{histogram.negentropy:.3f} ± {histogram.negentropy_error:.3f}"
    return (
        f"direction {number}, p {text if text.startswith('<') else f'= {text}'}\n"
        f"skewness {histogram.skewness:.2f}, kurtosis {histogram.kurtosis:+.2f}\n"
        f"negentropy {nats} nats"
    )


def pursued_figure(data: FigureData) -> Figure:
    """Draw the least normal directions of ``data``."""
    report = data.report
    info = pursued_info(data.z, data.held_out, report.battery, report.seed)
    return draw_pursued(info)
