"""Images along lines across the ellipsoid, and beyond."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from mlflow_latents.generate.ellipsoid import from_white, spherical
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.image_rows import (
    FAINT_TEXT,
    GAP,
    HEADING,
    LINE,
    MARGIN,
    TITLE,
    cell_width,
    draw_strip,
    new_page,
    strip_height,
    write,
)
from mlflow_latents.plots.style import styled
from mlflow_latents.stats import level_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.generate import LatentModel

CAPTION = Caption(
    "Images across the ellipsoid, and beyond",
    "Above along principal axes, below outward in random directions: look how far the images hold. "
    "sd is the distance from the centre, level the share of a normal distribution that lies within "
    "it, in sigma; however many the dimensions, most of its vectors lie between levels 0.1 and 3.",
)

AXES = (1, 2, 5, 10, 50)
AXIS_SD = (-15, -12, -9, -6, -4, -2, -1, 0, 1, 2, 4, 6, 9, 12, 15)
DIRECTIONS = 4
LEVELS = (0.1, 1, 2, 3, 4, 6, 8, 12, 16, 22, 30)
INNER = (0, 1 / 4, 1 / 2, 3 / 4)  # of the radius of the first level
LABEL_WIDTH = 0.72  # inches


@dataclass(frozen=True)
class Lines:
    """Images along lines that share their points.

    Parameters
    ----------
    labels : tuple of str
        Name of each line.
    sd : numpy.ndarray, shape (m,)
        Distance of each point from the centre, in sd; negative on the other side.
    level : numpy.ndarray, shape (m,)
        Level of that distance, in sigma.
    images : numpy.ndarray of uint8, shape (lines, m, height, width, channels)
    """

    labels: tuple[str, ...]
    sd: np.ndarray
    level: np.ndarray
    images: np.ndarray


@dataclass(frozen=True)
class AlongLinesInfo:
    """Images along principal axes, and in random directions.

    Parameters
    ----------
    axes, directions : Lines
    """

    axes: Lines
    directions: Lines


def along_lines_info(
    model: LatentModel, decode: Callable[[np.ndarray], np.ndarray], seed: int = 0
) -> AlongLinesInfo:
    """Decode vectors on principal axes, and on random rays from the centre.

    The rays are uniform on the sphere in whitened coordinates. Their points are quarters of the
    radius of level 0.1, and then levels, by the chi-square law of as many dimensions as the
    vectors vary in.

    Parameters
    ----------
    model : LatentModel
    decode : callable
        Takes vectors (n, d), gives images of uint8 (n, height, width, channels).
    seed : int
        Of the random directions.

    Returns
    -------
    AlongLinesInfo
    """
    rank = model.fit.rank
    numbers = [axis for axis in AXES if axis <= rank]
    along_axes = np.eye(rank)[[axis - 1 for axis in numbers]]
    rays = spherical(np.random.default_rng(seed), np.ones(DIRECTIONS), rank)
    radii = _radii(rank)
    points = [
        from_white(model.fit, (lines[:, None] * sd[:, None]).reshape(-1, rank))
        for lines, sd in ((along_axes, np.array(AXIS_SD, float)), (rays, radii))
    ]
    images = decode(np.concatenate(points))
    split = len(points[0])
    return AlongLinesInfo(
        _lines([f"axis {axis}" for axis in numbers], AXIS_SD, images[:split], rank),
        _lines([f"direction {i + 1}" for i in range(DIRECTIONS)], radii, images[split:], rank),
    )


@styled
def draw_along_lines(info: AlongLinesInfo) -> Figure:
    """Draw the principal axes above, the random directions below."""
    blocks = {
        "Along a principal axis, through the centre": info.axes,
        "From the centre outward, in a random direction": info.directions,
    }
    figure, page = new_page(CAPTION.title, TITLE + sum(_height(lines) for lines in blocks.values()))
    y = TITLE
    for heading, lines in blocks.items():
        _draw_block(page, y, heading, lines)
        y += _height(lines)
    return figure


def _radii(rank):
    """Radii (m,), in sd, at which rays are looked at."""
    outer = np.sqrt(special.chdtri(rank, special.erfc(np.array(LEVELS) / np.sqrt(2))))
    return np.concatenate([outer[0] * np.array(INNER), outer])


def _lines(labels, sd, images, rank):
    sd = np.array(sd, float)
    shaped = images.reshape(len(labels), len(sd), *images.shape[1:])
    return Lines(tuple(labels), sd, level_of(sd**2, rank), shaped)


def _width(lines):
    return cell_width(len(lines.sd), LABEL_WIDTH)


def _height(lines):
    rows = len(lines.labels) * strip_height(lines.images[0], _width(lines))
    return HEADING + 2 * LINE + rows + 0.5 * LINE


def _draw_block(page: Axes, y, heading, lines):
    left, width = MARGIN + LABEL_WIDTH, _width(lines)
    write(page, MARGIN, y + 0.5 * HEADING, heading, fontsize=10, fontweight="bold")
    y += HEADING
    for name, values in (("sd", lines.sd), ("level", lines.level)):
        write(page, MARGIN, y + 0.5 * LINE, name, color=FAINT_TEXT)
        for i, value in enumerate(values):
            middle = left + i * width + (width - GAP) / 2
            write(page, middle, y + 0.5 * LINE, _short(value), ha="center")
        y += LINE
    for label, images in zip(lines.labels, lines.images, strict=True):
        height = strip_height(images, width)
        write(page, MARGIN, y + (height - GAP) / 2, label)
        draw_strip(page, left, y, width, images)
        y += height


def _short(value):
    """Write one decimal, or two below 1, with a true minus sign."""
    return f"{round(value, 1 if abs(value) > 1 else 2) + 0.0:g}".replace("-", "−")
