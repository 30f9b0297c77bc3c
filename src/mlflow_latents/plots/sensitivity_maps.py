"""Images decoded farther and farther out, above the pixels that respond there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.reconstructions import draw_image
from mlflow_latents.plots.style import new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mlflow_latents.probes.sensitivity_found import Sensitivity

CAPTION = Caption(
    "From the centre outwards: images, and the pixels that respond",
    "Each row of images goes from the centre in one random direction, through the levels of the "
    "ellipsoid and far beyond. Below, bright pixels change most for a step of 1 sd, the ellipse "
    "being the face; each map has its own scale, up to the number under it.",
)

COLUMNS = ("centre", "half_way", "level_1", "level_3", "level_8", "level_16", "level_32")


@dataclass(frozen=True)
class SensitivityMapsInfo:
    """Images and maps by place.

    Parameters
    ----------
    names : tuple of str
    radii : numpy.ndarray, shape (m,)
        In sd.
    images : numpy.ndarray of uint8, shape (directions, m, height, width, channels)
    maps : numpy.ndarray, shape (m, height, width)
        Root mean square change per sd.
    region : numpy.ndarray of bool, shape (height, width)
        The face.
    """

    names: tuple[str, ...]
    radii: np.ndarray
    images: np.ndarray
    maps: np.ndarray
    region: np.ndarray


def sensitivity_maps_info(found: Sensitivity) -> SensitivityMapsInfo:
    """Take images and maps of some shells; no image is one of a real vector.

    Parameters
    ----------
    found : Sensitivity

    Returns
    -------
    SensitivityMapsInfo
    """
    shells = [shell for shell in found.shells if shell.name in COLUMNS]
    directions = max(len(shell.images) for shell in shells)
    images = [np.resize(s.images, (directions, *s.images.shape[1:])) for s in shells]
    return SensitivityMapsInfo(
        tuple(shell.name.replace("_", " ") for shell in shells),
        np.array([shell.radius for shell in shells]),
        np.stack(images, axis=1),
        np.stack([shell.map for shell in shells]),
        found.region,
    )


@styled
def draw_sensitivity_maps(info: SensitivityMapsInfo) -> Figure:
    """Draw a column for each place: images above, the map below."""
    directions, places = info.images.shape[:2]
    cell = 8.0 / places * info.maps.shape[1] / info.maps.shape[2]
    figure = new_figure(CAPTION.title, height=0.95 + cell * (directions + 1))
    grid = figure.subplots(directions + 1, places, squeeze=False)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    for place in range(places):
        for direction in range(directions):
            draw_image(grid[direction, place], info.images[direction, place])
        grid[0, place].set_title(
            f"{info.names[place]}\n{info.radii[place]:.1f} sd", fontsize=8, loc="center"
        )
        below = grid[directions, place]
        below.imshow(info.maps[place], cmap="gray", vmin=0, interpolation="nearest")
        below.contour(info.region, levels=[0.5], colors="#f28e2b", linewidths=0.8)
        below.set_xlabel(f"0 to {info.maps[place].max():.3f}", fontsize=8)
    return figure
