"""All figures of an encoder's maps, in the order in which a reader wants them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlflow_latents.plots import map_shares, map_sheet, pattern_sheet

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure

    from mlflow_latents.plots.figure_data import Caption
    from mlflow_latents.probes.maps import MapsReport


def map_figures(
    report: MapsReport, images: np.ndarray, by: str
) -> Iterator[tuple[str, Caption, Figure]]:
    """Draw the patterns of all maps, then their shares, then all maps beside their images.

    Parameters
    ----------
    report : MapsReport
    images : numpy.ndarray of uint8, shape (N, height, width, channels)
        Those of the image set.
    by : str
        What to order the maps by: see `order_of`.

    Yields
    ------
    name, caption, figure
        The names of pages end in their number, from 1.
    """
    pages = range(1, -(-report.count // pattern_sheet.PER_PAGE) + 1)
    for page in pages:
        info = pattern_sheet.pattern_sheet_info(report, by, page)
        figure = pattern_sheet.draw_pattern_sheet(info)
        yield f"map_patterns_{page}", pattern_sheet.CAPTION, figure
    figure = map_shares.draw_map_shares(map_shares.map_shares_info(report.shares))
    yield "map_shares", map_shares.CAPTION, figure
    for page in range(1, -(-report.count // map_sheet.PER_PAGE) + 1):
        info = map_sheet.map_sheet_info(report, images, by, page)
        yield f"map_sheet_{page}", map_sheet.CAPTION, map_sheet.draw_map_sheet(info)
