"""Which share of the decoded change falls outside the face, of several runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.overlay_lines import PALETTE
from mlflow_latents.plots.style import new_figure, styled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

CAPTION = Caption(
    "Background or face, run by run",
    "Share of the squared change of decoded images, by a small step in a random direction, that "
    "falls outside the face, with its standard error: from the centre outwards by level. If the "
    "background came to dominate towards the outside, the lines would rise.",
)

MARKERS = ("o", "s", "^", "D", "v", "P")


@dataclass(frozen=True)
class ComparedBackgroundInfo:
    """Background share by place and run.

    Parameters
    ----------
    places : tuple of str
        "centre", "half way", and the levels, from the centre outwards.
    shares, errors : dict of numpy.ndarray, shape (places,)
        By run; NaN where not known.
    """

    places: tuple[str, ...]
    shares: dict[str, np.ndarray]
    errors: dict[str, np.ndarray]


def compared_background_info(
    runs: Mapping[str, Sequence[Mapping[str, object]]],
) -> ComparedBackgroundInfo:
    """Take the shares on shells around the centre, by random steps.

    Parameters
    ----------
    runs : mapping
        By label the rows of each run: ``place``, ``distance``, ``steps``, ``background_share`` with
        ``_error``; see `mlflow_latents.probes.sensitivity_measures.rows`.

    Returns
    -------
    ComparedBackgroundInfo
    """
    shells = {
        label: {row["place"]: row for row in rows if row["steps"] == "random" and _is_shell(row)}
        for label, rows in runs.items()
    }
    distance = {
        place: row["distance"] for rows in reversed(shells.values()) for place, row in rows.items()
    }
    places = sorted(distance, key=distance.get)

    def of(rows, name):
        values = [rows.get(place, {}).get(name) for place in places]
        return np.array([np.nan if value is None else value for value in values], float)

    return ComparedBackgroundInfo(
        tuple(place.removeprefix("level_").replace("_", " ") for place in places),
        {label: of(rows, "background_share") for label, rows in shells.items()},
        {label: of(rows, "background_share_error") for label, rows in shells.items()},
    )


def _is_shell(row) -> bool:
    return row["place"] in ("centre", "half_way") or row["place"].startswith("level_")


@styled
def draw_compared_background(info: ComparedBackgroundInfo) -> Figure:
    """Draw a line for each run."""
    columns = 3 if max(map(len, info.shares)) <= 26 else 2
    figure = new_figure(CAPTION.title, height=3.3 + 0.2 * -(-len(info.shares) // columns))
    axes = figure.subplots()
    places = np.arange(len(info.places))
    for i, (label, shares) in enumerate(info.shares.items()):
        offset = 0.3 * ((i + 0.5) / len(info.shares) - 0.5)
        look = {"color": PALETTE[i % len(PALETTE)], "marker": MARKERS[i % len(MARKERS)]}
        line = {"linewidth": 1, "elinewidth": 0.9, "label": label}
        axes.errorbar(places + offset, shares, yerr=info.errors[label], **look, **line)
    axes.set_xticks(places, info.places)
    axes.set_xlabel("level, from the centre outwards")
    axes.set_ylabel("share outside the face")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=columns)
    return figure
