"""Strips of images to which an attribute is added, and from which it is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.image_rows import (
    FAINT_TEXT,
    GAP,
    LINE,
    MARGIN,
    TITLE,
    cell_width,
    draw_strip,
    new_page,
    strip_height,
    write,
)
from mlflow_latents.plots.label_names import shown_name
from mlflow_latents.plots.style import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mlflow_latents.probes.strips import AttributeStrips

CAPTION = Caption(
    "Attributes added and removed",
    "Each row: one vector, moved along the axis of the attribute at the left, and decoded; "
    "at 0 it is not moved. At the right the two ends again, those vectors being brought back to "
    "the level that they had. Look whether the attribute comes and goes, and whether all else "
    "stays, such as the person.",
)

DRAWN = Caption(
    "The same with drawn vectors",
    "As above, but the vectors are drawn from the fitted ellipsoid: no image stands behind them.",
)
PARTIAL = Caption(
    "The same along partial axes",
    "As before, with the same drawn vectors, along the partial axis of each attribute, on which "
    "the labels of all others stay the same: what is gone here came from its companions.",
)

NAMES = 1.55  # inches
APART = 0.12  # inches, between moved and restored images
BETWEEN = 0.1  # inches, between attributes
CELL = 0.67  # inches: larger pictures of photographs would be reduced to few colours
LETTERS = 19


@styled
def draw_attribute_strips(strips: AttributeStrips, title: str = CAPTION.title) -> Figure:
    """Draw the strips of one attribute below those of the other; at the right the ends, restored.

    Parameters
    ----------
    strips : AttributeStrips
    title : str
        Of the figure.

    Returns
    -------
    matplotlib.figure.Figure
    """
    labels, faces, steps = strips.plain.shape[:3]
    width = min(CELL, cell_width(steps + 2, NAMES + APART))
    row = strip_height(strips.plain[0, 0], width)
    height = TITLE + 2 * LINE + labels * (faces * row + BETWEEN) + MARGIN
    figure, page = new_page(title, height)
    left = MARGIN + NAMES
    right = left + steps * width + APART
    for x, heading, where in (
        (left, "moved along the axis, in sd", strips.steps),
        (right, "brought back to its level", strips.steps[[0, -1]]),
    ):
        write(page, x, TITLE + 0.5 * LINE, heading, color=FAINT_TEXT)
        _write_steps(page, TITLE + 1.5 * LINE, x, width, where)
    y = TITLE + 2 * LINE
    for name, plain, restored in zip(strips.names, strips.plain, strips.restored, strict=True):
        style = {"fontsize": 9, "fontweight": "bold"}
        write(page, MARGIN, y + (row - GAP) / 2, shown_name(name, LETTERS), **style)
        for images, ends in zip(plain, restored, strict=True):
            draw_strip(page, left, y, width, images)
            draw_strip(page, right, y, width, ends)
            y += row
        y += BETWEEN
    return figure


def _write_steps(page, y, left, width, steps):
    for i, step in enumerate(steps):
        text = "0" if step == 0 else f"{step:+g}".replace("-", "−")
        write(page, left + i * width + (width - GAP) / 2, y, text, ha="center")
