"""Contact sheets of the patterns that excite maps, without images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.image_rows import FAINT_TEXT, GAP, MARGIN, draw_strip, new_page, write
from mlflow_latents.plots.label_names import shown_name
from mlflow_latents.plots.map_sheet import MapSheetInfo, sheet_page, sheet_title
from mlflow_latents.plots.style import WIDTH, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mlflow_latents.probes.maps import MapsReport

CAPTION = Caption(
    "The patterns that excite the maps",
    "The input that excites each map most, found by gradient ascent from noise. Below it the "
    "number of the map, how far its response to the pattern lies above its mean response to the "
    "held-out images, in standard deviations over these, and the two attributes that its response "
    "to them goes with most.",
)

COLUMNS, PER_PAGE = 8, 40
HEAD, LINE = 0.42, 0.115  # inches
MOST_CHARACTERS = 13


def pattern_sheet_info(report: MapsReport, by: str = "activation", page: int = 1) -> MapSheetInfo:
    """Gather a page of 40 patterns.

    Parameters
    ----------
    report : MapsReport
    by : str
        What to order the maps by: "activation", "selectivity" or the name of a label.
    page : int
        From 1.

    Returns
    -------
    MapSheetInfo
        Without images.

    Raises
    ------
    InputError
        When the maps cannot be ordered so, or there is no such page.
    """
    return sheet_page(report, by, page, PER_PAGE, lambda m: {})


@styled
def draw_pattern_sheet(info: MapSheetInfo) -> Figure:
    """Draw rows of eight patterns with their words below."""
    width = (WIDTH - 2 * MARGIN + GAP) / COLUMNS
    height, wide = info.rows[0].pattern.shape[:2]
    cell = (width - 4 * GAP) * height / wide
    step = cell + 3.7 * LINE
    lines = -(-len(info.rows) // COLUMNS)
    figure, page = new_page(sheet_title(CAPTION.title, info), HEAD + lines * step + MARGIN)
    for place, row in enumerate(info.rows):
        x, y = MARGIN + place % COLUMNS * width, HEAD + place // COLUMNS * step
        draw_strip(page, x, y, width - 3 * GAP, row.pattern[None])
        _write_below(page, x, y + cell, row)
    return figure


def _write_below(page, x, y, row):
    write(page, x, y + 0.75 * LINE, f"{row.number}", fontsize=7, fontweight="bold")
    write(page, x + 0.27, y + 0.75 * LINE, row.short, fontsize=6.5, color=FAINT_TEXT)
    for place, (name, r) in enumerate(row.attributes, 1):
        name = shown_name(name.replace("_", " "), MOST_CHARACTERS)
        write(page, x, y + (0.75 + place) * LINE, f"{name} {r:+.2f}", fontsize=6)
