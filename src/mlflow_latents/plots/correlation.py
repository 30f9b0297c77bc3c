"""Correlations between the coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.style import (
    BAND,
    FILL,
    IN_SAMPLE,
    legend_above,
    new_figure,
    sentence_figure,
    styled,
)
from mlflow_latents.stats import live_coordinates

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.stats import GaussianFit

CAPTION = Caption(
    "Correlations between the coordinates",
    "Left: the darker a cell, the more two coordinates move together, orange in the same "
    "direction, purple in opposite ones. Right: all of these correlations; the grey band holds "
    "95 % of those that independent coordinates would show by chance.",
)


@dataclass(frozen=True)
class CorrelationInfo:
    """Correlation matrix of the coordinates that vary.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (d, d)
        NaN where a coordinate is constant.
    off_diagonal : numpy.ndarray, shape (m (m - 1) / 2,)
        Each correlation of the m coordinates that vary, once.
    constant : int
        Coordinates that do not vary.
    chance_sd : float
        Standard deviation of the correlation of two independent normal coordinates.
    """

    matrix: np.ndarray
    off_diagonal: np.ndarray
    constant: int
    chance_sd: float


def correlation_info(fit: GaussianFit) -> CorrelationInfo:
    """Turn the covariance of a fit into correlations.

    Parameters
    ----------
    fit : GaussianFit

    Returns
    -------
    CorrelationInfo
    """
    constant = np.ones(fit.d, bool)
    constant[live_coordinates(fit)] = False
    sd = np.sqrt(np.where(constant, np.nan, np.diag(fit.covariance)))
    matrix = fit.covariance / np.outer(sd, sd)
    varying = matrix[np.ix_(~constant, ~constant)]
    return CorrelationInfo(
        matrix=matrix,
        off_diagonal=varying[np.triu_indices(len(varying), 1)],
        constant=int(constant.sum()),
        chance_sd=1 / np.sqrt(fit.n - 1),
    )


@styled
def draw_correlation(info: CorrelationInfo) -> Figure:
    """Draw the matrix on the left, the histogram of its off-diagonal cells on the right."""
    if not len(info.off_diagonal):
        return sentence_figure(CAPTION.title, "One coordinate varies: there is no correlation.")
    figure = new_figure(CAPTION.title)
    left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
    _draw_matrix(left, info)
    _draw_histogram(right, info)
    return figure


def _draw_matrix(axes: Axes, info: CorrelationInfo) -> None:
    size = np.abs(info.off_diagonal)
    limit = max(0.05, float(np.quantile(size, 0.995)))
    shown = info.matrix.copy()
    np.fill_diagonal(shown, np.nan)
    picture = axes.imshow(shown, cmap="PuOr_r", vmin=-limit, vmax=limit, interpolation="nearest")
    extend = "both" if size.max() > limit else "neither"
    axes.figure.colorbar(picture, ax=axes, shrink=0.8, extend=extend, label="correlation r")
    axes.spines[:].set_visible(True)
    axes.set(xlabel="coordinate", ylabel="coordinate")
    for axis in (axes.xaxis, axes.yaxis):
        axis.get_major_locator().set_params(integer=True)
    d = len(info.matrix)
    axes.set_title(f"{d - info.constant} of {d} vary" if info.constant else f"{d} coordinates")


def _draw_histogram(axes: Axes, info: CorrelationInfo) -> None:
    values = info.off_diagonal
    bins = int(np.clip(np.sqrt(len(values)), 8, 60))
    reach = 1.02 * max(np.abs(values).max(), 4 * info.chance_sd)
    chance = stats.norm.ppf(0.975) * info.chance_sd
    axes.axvspan(-chance, chance, color=BAND, label="95 % by chance")
    axes.hist(
        values,
        bins,
        range=(-reach, reach),
        density=True,
        color=FILL,
        edgecolor=IN_SAMPLE,
        linewidth=0.5,
        label="observed",
    )
    axes.set(xlabel="correlation r", ylabel="density")
    axes.set_title(
        f"mean |r| {np.abs(values).mean():.3f}, largest {np.abs(values).max():.3f}", pad=22
    )
    legend_above(axes)


def correlation_figure(data: FigureData) -> Figure:
    """Draw the correlations of ``data``."""
    return draw_correlation(correlation_info(data.report.fit))
