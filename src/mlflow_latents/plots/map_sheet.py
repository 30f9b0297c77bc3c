"""Contact sheets of maps: pattern, images and attributes side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.image_rows import FAINT_TEXT, GAP, MARGIN, draw_strip, new_page, write
from mlflow_latents.plots.label_names import shown_name
from mlflow_latents.plots.style import HELD_OUT, THEORY, WIDTH, styled
from mlflow_latents.probes.map_measures import attributes_of, order_of, strongest_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.probes.maps import Excited, MapsReport

CAPTION = Caption(
    "What excites the maps",
    "One map per row. First the pattern that excites it most, found by gradient ascent from noise; "
    "then the held-out images that excite it most and those that excite it least, framed where its "
    "strongest (weakest) neuron looks. Beside it the attributes that its response goes with, the "
    "principal axis of the latent vectors in which it has the largest part, and how much of the "
    "variance of its response the mean colour of the image alone predicts.",
)

PER_PAGE = 10
MOST, LEAST = 6, 4  # images
TEXT_WIDTH, BETWEEN = 1.9, 0.12  # inches
HEAD = 0.62
LINE = 0.125
LINES = 5
CONSTANT = "does not vary"


@dataclass(frozen=True, eq=False)
class MapRow:
    """One map.

    Parameters
    ----------
    number : int
        In the layer, from 0.
    words : tuple of str
        Lines about it.
    attributes : tuple of (str, float)
        Labels that it goes with, and the correlations.
    short : str
        How far the pattern excites it.
    pattern : numpy.ndarray of uint8, shape (height, width, channels)
    most, least : numpy.ndarray of uint8, shape (k, height, width, channels), or None
        Images.
    most_boxes, least_boxes : numpy.ndarray of int, shape (k, 4), or None
        Where they excite it: first row, first column, row and column behind the last.
    """

    number: int
    words: tuple[str, ...]
    attributes: tuple[tuple[str, float], ...]
    short: str
    pattern: np.ndarray
    most: np.ndarray | None = None
    least: np.ndarray | None = None
    most_boxes: np.ndarray | None = None
    least_boxes: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class MapSheetInfo:
    """One page of a sheet.

    Parameters
    ----------
    layer : str
    by : str
        What the maps are ordered by.
    page, pages : int
        Which page, from 1, of how many.
    rows : tuple of MapRow
    """

    layer: str
    by: str
    page: int
    pages: int
    rows: tuple[MapRow, ...]


def map_sheet_info(
    report: MapsReport, images: np.ndarray, by: str = "activation", page: int = 1
) -> MapSheetInfo:
    """Gather a page of 10 maps with their images.

    Parameters
    ----------
    report : MapsReport
    images : numpy.ndarray of uint8, shape (N, height, width, channels)
        Those of the image set.
    by : str
        What to order the maps by: "activation", "selectivity" or the name of a label.
    page : int
        From 1.

    Returns
    -------
    MapSheetInfo

    Raises
    ------
    InputError
        When the maps cannot be ordered so, or there is no such page.
    """
    return sheet_page(report, by, page, PER_PAGE, lambda m: _images_of(report, images, m))


def sheet_page(report, by, page, per_page, images_of) -> MapSheetInfo:
    """Gather one page; ``images_of`` gives what else a row holds of a map."""
    pages = -(-report.count // per_page)
    if not 1 <= page <= pages:
        raise InputError(f"The sheet has no page {page}: choose one from 1 to {pages}.")
    order = order_of(report, by)[(page - 1) * per_page : page * per_page]
    rows = tuple(
        MapRow(
            int(m),
            _words(report, m),
            tuple(attributes_of(report, m, by)),
            CONSTANT if report.responses.dead[m] else f"{report.pattern_sd[m]:.0f} sd",
            np.round(255 * report.patterns.patterns[m]).astype(np.uint8),
            **images_of(m),
        )
        for m in order
    )
    return MapSheetInfo(report.layer, by, page, pages, rows)


def _words(report, m):
    if report.responses.dead[m]:
        return (CONSTANT,)
    return (
        f"response {report.responses.means[:, m].mean():z.2f}, "
        f"selectivity {report.responses.selectivity[m]:.2f}",
        f"pattern {report.pattern_sd[m]:.0f} sd, image {report.image_sd[m]:.1f} sd",
        "; ".join(_parts(report, m)),
    )


def _parts(report, m):
    axis = strongest_axis(report, m)
    if axis is not None:
        part = report.shares.values[m, axis]
        share = report.shares.kind == "share"
        yield f"axis {axis + 1}: " + (f"{100 * part:.0f} %" if share else f"r {part:z.2f}")
    if np.isfinite(report.by_colour[m]):
        yield f"colour: {100 * report.by_colour[m]:.0f} %"


def _images_of(report, images, m):
    return {
        "most": _taken(images, report.most, m, MOST),
        "most_boxes": report.most.boxes[m, :MOST],
        "least": _taken(images, report.least, m, LEAST),
        "least_boxes": report.least.boxes[m, :LEAST],
    }


def _taken(images: np.ndarray, excited: Excited, m: int, count: int) -> np.ndarray:
    return np.stack([images[i] for i in excited.images[m, :count]])


def sheet_title(title: str, info: MapSheetInfo) -> str:
    """Name layer, order and page."""
    page = f", page {info.page} of {info.pages}" if info.pages > 1 else ""
    by = shown_name(info.by.replace("_", " "))
    return f"{title}: {info.layer}, ordered by {by}{page}"


@styled
def draw_map_sheet(info: MapSheetInfo) -> Figure:
    """Draw a row per map: words, pattern, the images that excite it most, and least."""
    width, height, starts = _columns(info.rows[0])
    step = max(height + GAP, (LINES + 0.7) * LINE)
    figure, page = new_page(sheet_title(CAPTION.title, info), HEAD + step * len(info.rows) + MARGIN)
    for x, heading in zip((MARGIN, *starts), ("map", "pattern", "most", "least"), strict=True):
        write(page, x, HEAD - 0.14, heading, color=FAINT_TEXT)
    page.plot([MARGIN, WIDTH - MARGIN], [HEAD - 0.05] * 2, color=THEORY, linewidth=0.6)
    for place, row in enumerate(info.rows):
        y = HEAD + place * step
        _write_words(page, y, row)
        draw_strip(page, starts[0], y, width, row.pattern[None])
        for x, images, boxes in zip(
            starts[1:], (row.most, row.least), (row.most_boxes, row.least_boxes), strict=True
        ):
            draw_strip(page, x, y, width, images)
            _draw_boxes(page, x, y, width, images, boxes)
    return figure


def _columns(row):
    """Width of a cell, height of an image, and where pattern and images begin."""
    cells = 1 + len(row.most) + len(row.least)
    left = MARGIN + TEXT_WIDTH
    width = min(0.75, (WIDTH - MARGIN - left - 2 * BETWEEN + GAP) / cells)
    height = (width - GAP) * row.pattern.shape[0] / row.pattern.shape[1]
    most = left + width + BETWEEN
    return width, height, (left, most, most + len(row.most) * width + BETWEEN)


def _write_words(page: Axes, y: float, row: MapRow) -> None:
    write(page, MARGIN, y + 0.5 * LINE, f"{row.number}", fontsize=7.5, fontweight="bold")
    named = [(shown_name(name.replace("_", " ")), r) for name, r in row.attributes]
    lines = [(f"{name} {r:+.2f}", THEORY) for name, r in named]
    lines += [(words, FAINT_TEXT) for words in row.words]
    for place, (line, colour) in enumerate(lines):
        middle = y + (place + 0.5) * LINE
        write(page, MARGIN + 0.28, middle, line, fontsize=6.5, color=colour)


def _draw_boxes(page: Axes, x, y, width, images, boxes) -> None:
    from matplotlib.patches import Rectangle

    pixel = (width - GAP) / images.shape[2]
    for i, (top, left, bottom, right) in enumerate(boxes):
        if bottom - top >= images.shape[1] and right - left >= images.shape[2]:
            continue  # it sees all of the image
        corner = (x + i * width + left * pixel, y + top * pixel)
        size = (right - left) * pixel, (bottom - top) * pixel
        page.add_patch(Rectangle(corner, *size, fill=False, edgecolor=HELD_OUT, linewidth=0.9))
