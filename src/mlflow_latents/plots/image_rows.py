"""Rows of images under lines of text: what the figures of generated images are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.plots.reconstructions import draw_image
from mlflow_latents.plots.style import BAND, THEORY, WIDTH, new_figure, styled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# In inches.
MARGIN = 0.08
GAP = 0.03
TITLE = 0.36
HEADING = 0.3
LINE = 0.2
LARGEST_CELL = 1.0
LABEL_WIDTH = 1.25
NUMBER_WIDTH = 1.02

MOST_NUMBERS = 3
MOST_DECIMALS = 4
FAINT_TEXT = "#555555"  # readable on white, unlike the faint grey of lines


@dataclass(frozen=True)
class ImageRow:
    """One row of images.

    Parameters
    ----------
    label : str
        Its name.
    images : numpy.ndarray of uint8, shape (m, height, width, channels)
        One or three channels.
    description : str
        A few words after the name.
    numbers : mapping of str to tuple of two float
        Value and standard error by name of the measure; an error of NaN is left out.
    """

    label: str
    images: np.ndarray
    description: str = ""
    numbers: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def measures_of(numbers: Iterable[Mapping[str, tuple[float, float]]]) -> tuple[str, ...]:
    """Name the measures of which any row has a number.

    Parameters
    ----------
    numbers : iterable of mapping
        Those of each row.

    Returns
    -------
    tuple of str

    Raises
    ------
    InputError
        When there are more than a line holds.
    """
    names = tuple(dict.fromkeys(name for each in numbers for name in each))
    if len(names) > MOST_NUMBERS:
        raise InputError(
            f"measures holds {len(names)} measures ({', '.join(names)}): choose the "
            f"{MOST_NUMBERS} that a line beside the images has room for."
        )
    return names


@styled
def draw_image_rows(title: str, groups: Mapping[str, Sequence[ImageRow]]) -> Figure:
    """Draw groups of rows, each row under a line with its label, description and numbers.

    Parameters
    ----------
    title : str
        Of the figure.
    groups : mapping of str to sequence of ImageRow
        By heading.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        When there are more than three measures.
    """
    rows = [row for group in groups.values() for row in group]
    names = measures_of(row.numbers for row in rows)
    width = cell_width(max(len(row.images) for row in rows), 0)
    heights = [LINE + strip_height(row.images, width) for row in rows]
    figure, page = new_page(title, TITLE + HEADING * len(groups) + sum(heights) + MARGIN)
    y = TITLE
    for heading, group in groups.items():
        _draw_heading(page, y, heading, names)
        y += HEADING
        for row in group:
            _draw_line(page, y, row, names)
            draw_strip(page, MARGIN, y + LINE, width, row.images)
            y += LINE + strip_height(row.images, width)
    return figure


def new_page(title: str, height: float) -> tuple[Figure, Axes]:
    """Return an empty figure, and axes over all of it, in inches from its upper left corner."""
    figure = new_figure(title, height)
    figure.set_layout_engine("none")
    figure.suptitle(title, x=MARGIN / WIDTH, y=1 - 0.08 / height, ha="left", va="top")
    page = figure.add_axes((0, 0, 1, 1))
    page.set_axis_off()
    page.set(xlim=(0, WIDTH), ylim=(height, 0), autoscale_on=False)
    return figure, page


def cell_width(images: int, left: float) -> float:
    """Width in inches of each image of a row that begins this far from the left margin."""
    return min(LARGEST_CELL, (WIDTH - 2 * MARGIN - left + GAP) / images)


def strip_height(images: np.ndarray, width: float) -> float:
    """Height in inches of a row of images, the gap below included."""
    return (width - GAP) * images.shape[1] / images.shape[2] + GAP


def draw_strip(page: Axes, x: float, y: float, width: float, images: np.ndarray) -> None:
    """Draw images side by side, the upper left corner of the first at x, y."""
    from matplotlib.patches import Rectangle

    height = strip_height(images, width) - GAP
    for i, image in enumerate(images):
        left = x + i * width
        draw_image(page, image)
        page.images[-1].set_extent((left, left + width - GAP, y + height, y))
        # White images would run into the page.
        frame = Rectangle((left, y), width - GAP, height, fill=False, edgecolor=BAND, linewidth=0.5)
        page.add_patch(frame)


def write(page: Axes, x: float, y: float, text: str, **style) -> None:
    """Write text whose line is centred at y."""
    page.text(x, y, text, **{"va": "center_baseline", "fontsize": 8, **style})


def with_error(value: float, error: float) -> str:
    """Write a value with its error, to the second digit of the error; a dash without a value.

    An error that four decimals do not show is left out.
    """
    if not np.isfinite(value):
        return "–"
    if not (np.isfinite(error) and error > 0):
        return f"{value:.3g}"
    decimals = max(0, int(1 - np.floor(np.log10(error))))
    if decimals > MOST_DECIMALS:
        return f"{value:.3g}"
    return f"{value:.{decimals}f} ± {error:.{decimals}f}"


def _draw_heading(page, y, heading, names):
    middle = y + 0.6 * HEADING
    write(page, MARGIN, middle, heading, fontsize=10, fontweight="bold")
    for place, name in enumerate(names):
        write(page, _right_of(place, names), middle, name, ha="right", color=FAINT_TEXT)
    page.plot([MARGIN, WIDTH - MARGIN], [y + HEADING] * 2, color=THEORY, linewidth=0.6)


def _draw_line(page, y, row, names):
    middle = y + 0.5 * LINE
    write(page, MARGIN, middle, row.label, fontweight="bold")
    write(page, MARGIN + LABEL_WIDTH, middle, row.description, color=FAINT_TEXT)
    for place, name in enumerate(names):
        if name in row.numbers:
            write(page, _right_of(place, names), middle, with_error(*row.numbers[name]), ha="right")


def _right_of(place, names):
    return WIDTH - MARGIN - NUMBER_WIDTH * (len(names) - 1 - place)
