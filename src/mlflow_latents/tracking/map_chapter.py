"""The chapter on an encoder's maps of a run's page."""

from collections.abc import Mapping, Sequence

import numpy as np

from mlflow_latents.tracking.chapters import ChapterTable, render_chapter
from mlflow_latents.tracking.page import Picture

SHOWN = 20  # maps of the table; all are in the run's own table
NAMED = 5
_COLUMNS = (
    ("activation", "mean response"),
    ("selectivity", "selectivity"),
    ("pattern_sd", "pattern (sd)"),
    ("image_sd", "best image (sd)"),
    ("colour_r2", "by colour"),
    ("axis", "axis"),
    ("axis_share", "share of it"),
    ("axis_correlation", "correlation with it"),
    ("attribute", "attribute"),
    ("correlation", "correlation"),
    ("correlation_held_out", "held-out"),
)
_NOTE = (
    "Response: mean over the map's neurons and held-out images. Selectivity: 0 where all images "
    "excite it alike, 1 where one does. Pattern, best image: how far above the mean image they "
    "excite it, in sd over the images. By colour: share of the response that the mean colour of an "
    "image predicts. Axis: the principal axis of the latent vectors in which the map has its "
    "largest part. Attribute: the one that its response goes with most; held-out is the "
    "correlation on images that did not choose it."
)


def map_sentences(report) -> list[str]:
    """Say what was found of a layer's maps.

    Parameters
    ----------
    report : MapsReport

    Returns
    -------
    list of str
    """
    dead = np.flatnonzero(report.responses.dead)
    live = report.count - len(dead)
    names = ", ".join(map(str, dead[:NAMED])) + (", …" if len(dead) > NAMED else "")
    none = "none is dead" if not len(dead) else f"{len(dead)} never respond ({names})"
    sentences = [f"Layer {report.layer} has {report.count} maps; {none}."]
    if not live:
        return sentences
    sentences.append(
        f"The pattern found by gradient ascent excites the median map by "
        f"{np.nanmedian(report.pattern_sd):.0f} sd of its response to images, the best held-out "
        f"image by {np.nanmedian(report.image_sd):.1f} sd."
    )
    colour = (
        "The mean colour of an image alone predicts "
        f"{np.nanmedian(report.by_colour):.2f} of the response of the median map (R², other images)"
    )
    if report.correlations is None:
        sentences.append(f"{colour}.")
    else:
        sentences.append(f"{colour}, all attributes {np.nanmedian(report.by_labels):.2f}.")
        found = report.correlations.found.any(axis=1)
        held_out = report.correlations.best_held_out
        sentences.append(
            f"{int(found.sum())} of {live} maps go with at least one attribute (false-discovery "
            "rate 5 %); the correlation with the best one, on other images than those that chose "
            f"it, is {np.nanmean(held_out):.2f} in the mean map."
        )
    return sentences


def map_chapter(
    sentences: Sequence[str], rows: Sequence[Mapping[str, object]], pictures: Sequence[Picture]
) -> str:
    """Write the chapter as HTML: the most responsive maps, and the figures.

    Parameters
    ----------
    sentences
        See `map_sentences`.
    rows
        One per map.
    pictures
        Figures, in order.

    Returns
    -------
    str
    """
    live = [row for row in rows if not row["dead"]]
    shown = sorted(live, key=lambda row: -row["activation"])[:SHOWN]
    known = [(key, name) for key, name in _COLUMNS if shown and key in shown[0]]
    table = ChapterTable(
        f"The {len(shown)} maps that respond most",
        _NOTE,
        ["map", *(name for _, name in known)],
        [[str(row["map"]), *(_cell(row[key]) for key, _ in known)] for row in shown],
    )
    tables = [table] if shown else []
    return render_chapter("What the encoder's maps answer to", sentences, tables, pictures)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}".replace("-", "−") if np.isfinite(value) else "–"
    return str(value)
