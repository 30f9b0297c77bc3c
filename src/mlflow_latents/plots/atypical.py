"""The images that lie farthest out, and whether those are the ones reconstructed worst."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.reconstructions import draw_image
from mlflow_latents.plots.style import IN_SAMPLE, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = Caption(
    "The most atypical images",
    "Left: the test images whose latent vectors lie farthest out, the farthest first, each above "
    "its reconstruction. Right: all test images; where points rise to the right, images that lie "
    "farther out are reconstructed worse.",
)

SHOWN = 10
PER_ROW = 5
MOST_POINTS = 5000


@dataclass(frozen=True)
class AtypicalInfo:
    """Distances and errors of images.

    Parameters
    ----------
    radius : numpy.ndarray, shape (n,)
        Mahalanobis radius of each image, in sd.
    mse : numpy.ndarray, shape (n,)
        Mean squared error of its reconstruction.
    farthest : numpy.ndarray of int, shape (m,)
        The ten images with the largest radius, largest first.
    correlation : float
        Rank correlation (Spearman) of radius and error.
    """

    radius: np.ndarray
    mse: np.ndarray
    farthest: np.ndarray
    correlation: float


def atypical_info(d2: np.ndarray, mse: np.ndarray) -> AtypicalInfo:
    """Find the images that lie farthest out.

    Parameters
    ----------
    d2 : numpy.ndarray, shape (n,)
        Squared Mahalanobis distances.
    mse : numpy.ndarray, shape (n,)
        Mean squared errors of the reconstructions.

    Returns
    -------
    AtypicalInfo
    """
    return AtypicalInfo(
        np.sqrt(d2),
        mse,
        np.argsort(-d2, kind="stable")[:SHOWN],
        float(stats.spearmanr(d2, mse).statistic) if len(d2) > 1 else np.nan,
    )


@styled
def draw_atypical(info: AtypicalInfo, originals: np.ndarray, reconstructions: np.ndarray) -> Figure:
    """Draw the farthest images at the left, radius against error at the right.

    Parameters
    ----------
    info : AtypicalInfo
    originals, reconstructions : numpy.ndarray of uint8, shape (m, height, width, channels)
        Of the farthest images, in their order.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(CAPTION.title, height=4.2)
    left, right = figure.subfigures(1, 2, width_ratios=(5, 4))
    blocks = -(-len(originals) // PER_ROW)
    grid = left.subplots(2 * blocks, PER_ROW, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for i, (original, reconstruction) in enumerate(zip(originals, reconstructions, strict=True)):
        row, column = 2 * (i // PER_ROW), i % PER_ROW
        draw_image(grid[row, column], original)
        grid[row, column].set_title(f"{info.radius[info.farthest[i]]:.1f} sd", fontsize=8, pad=2)
        draw_image(grid[row + 1, column], reconstruction)
    _draw_points(right.subplots(), info)
    return figure


def _draw_points(axes: Axes, info: AtypicalInfo) -> None:
    step = -(-len(info.radius) // MOST_POINTS)
    axes.plot(info.radius[::step], info.mse[::step], ".", color=IN_SAMPLE, markersize=2, alpha=0.5)
    axes.set_xlabel("Mahalanobis radius (sd)")
    axes.set_ylabel("error of the reconstruction (mse)")
    axes.set_title(f"rank correlation {info.correlation:.2f}", fontsize=10)
