"""Originals beside their reconstructions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.style import WIDTH, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAPTION = Caption(
    "Images, and below each its reconstruction",
    "In pairs: an image that the network has not been trained on, and below it what the "
    "decoder makes of its latent vector. What is lost here, the latent vectors do not hold.",
)

IMAGES = 16
PER_ROW = 8


@dataclass(frozen=True)
class ReconstructionsInfo:
    """Images in pairs.

    Parameters
    ----------
    originals, reconstructions : numpy.ndarray of uint8, shape (m, height, width, channels)
        At most 16 of each; one or three channels.
    """

    originals: np.ndarray
    reconstructions: np.ndarray


def reconstructions_info(originals: np.ndarray, reconstructions: np.ndarray) -> ReconstructionsInfo:
    """Keep the first 16 pairs.

    Parameters
    ----------
    originals, reconstructions : numpy.ndarray of uint8, shape (n, height, width, channels)

    Returns
    -------
    ReconstructionsInfo

    Raises
    ------
    InputError
        When the two differ in shape.
    """
    if originals.shape != reconstructions.shape:
        raise InputError(
            f"originals {originals.shape} and reconstructions {reconstructions.shape} differ in "
            "shape: give the reconstructions of these very images."
        )
    return ReconstructionsInfo(originals[:IMAGES], reconstructions[:IMAGES])


@styled
def draw_reconstructions(info: ReconstructionsInfo) -> Figure:
    """Draw rows of originals, each above the row of its reconstructions."""
    count, height, width, _ = info.originals.shape
    blocks = -(-count // PER_ROW)
    cell = (WIDTH - 0.5) / PER_ROW * height / width
    figure = new_figure(CAPTION.title, height=0.5 + blocks * (2.1 * cell + 0.15))
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
    # Each third row is a gap between the pairs.
    rows = 3 * blocks - 1
    grid = figure.subplots(rows, PER_ROW, height_ratios=([1, 1, 0.1] * blocks)[:rows])
    for axes in grid.flat:
        axes.set_axis_off()
    for i in range(count):
        row, column = 3 * (i // PER_ROW), i % PER_ROW
        draw_image(grid[row, column], info.originals[i])
        draw_image(grid[row + 1, column], info.reconstructions[i])
    return figure


def draw_image(axes, image: np.ndarray) -> None:
    """Show an image, uint8 (height, width, 1 or 3)."""
    if image.shape[-1] == 1:
        axes.imshow(image[..., 0], cmap="gray", vmin=0, vmax=255)
    else:
        axes.imshow(image)
