"""The chapter on an encoder's maps of a run's page."""

from collections.abc import Mapping, Sequence

import numpy as np

from mlflow_latents.probes.map_measures import metrics
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
    "excite it alike, 1 where one does. Pattern, best image: how far above its mean response to "
    "images they excite it, in sd over the images. By colour: share of the response that the mean "
    "colour (brightness) of an image predicts; 0 or less is none. Axis: the principal axis of the "
    "latent vectors in which the map has its largest part. Attribute: the one that its response "
    "goes with most; held-out is the correlation on images that did not choose it, positive where "
    "it has the sign of the choice."
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
    named = ", ".join(map(str, dead[:NAMED])) + (", …" if len(dead) > NAMED else "")
    constant = f"{len(dead)} {'does' if len(dead) == 1 else 'do'} not vary between images ({named})"
    count = f"{report.count} map" + ("" if report.count == 1 else "s")
    found = {name.removeprefix("maps/"): value for name, value in metrics(report).items()}
    return [
        f"Layer {report.layer} has {count}; {constant if len(dead) else 'all vary'}.",
        *_of_patterns(found),
        *_of_causes(found),
        *_of_attributes(report, found),
    ]


def _of_patterns(found):
    if "pattern_sd_median" in found:
        yield (
            "The pattern found by gradient ascent excites the median map by "
            f"{found['pattern_sd_median']:.0f} sd above its mean response to images, the best "
            f"held-out image by {found['image_sd_median']:.1f} sd."
        )


def _of_causes(found):
    causes = {
        "colour_r2_median": "the mean colour of an image alone",
        "labels_r2_median": "all attributes that are known of every image",
    }
    said = [f"{words} {found[name]:.2f}" for name, words in causes.items() if name in found]
    if said:
        yield (
            "Share of the response of the median map that is predicted (R², other images): by "
            f"{', by '.join(said)}."
        )


def _of_attributes(report, found):
    if "attributed" not in found:
        return
    live = ~report.responses.dead
    going = int(report.correlations.found[live].any(axis=1).sum())
    held_out = ""
    if "correlation_max_mean" in found:
        held_out = (
            "; the correlation with the best one, on other images than those that chose it, is "
            f"{found['correlation_max_mean']:.2f} in the mean map"
        )
    yield (
        f"{going} of {int(live.sum())} {'map goes' if live.sum() == 1 else 'maps go'} with at "
        f"least one attribute (false-discovery rate 5 %){held_out}."
    )


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
        "The map that responds" if len(shown) == 1 else f"The {len(shown)} maps that respond most",
        _NOTE,
        ["map", *(name for _, name in known)],
        [[str(row["map"]), *(_cell(row[key]) for key, _ in known)] for row in shown],
    )
    tables = [table] if shown else []
    return render_chapter("What the encoder's maps answer to", sentences, tables, pictures)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}".replace("-", "−") if np.isfinite(value) else "–"
    return "–" if value is None else str(value)
