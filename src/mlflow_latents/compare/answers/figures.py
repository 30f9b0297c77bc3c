"""The figures of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from mlflow_latents.compare.answers.blocks import Picture
from mlflow_latents.compare.answers.cells import present_kinds, verdict_shares, verdicts_of
from mlflow_latents.compare.answers.controls import cell_name, cells_or_all, has_controls
from mlflow_latents.compare.answers.effects import TWO_STEPS, Effects
from mlflow_latents.compare.answers.material import Material
from mlflow_latents.compare.answers.search import front
from mlflow_latents.compare.words import (
    KS_PRINCIPAL,
    MSE,
    VARIANCE_RATIO,
    label_of,
)
from mlflow_latents.compare.effects import is_ratio
from mlflow_latents.plots import Caption, interactions, pareto, verdicts
from mlflow_latents.plots import cells_beside_controls as beside
from mlflow_latents.plots import effects as forest
from mlflow_latents.plots.style import to_png

MEASURES = (VARIANCE_RATIO, KS_PRINCIPAL)
PANELS = 6  # of one forest plot
FOREST = Caption(
    forest.CAPTION.title,
    "Each level beside the first level of its factor, with 95 % confidence intervals of one "
    "comparison; the dashed line is no change. Filled points are changes that remain beyond chance "
    "when p-values are corrected in two steps, see below. An arrow: the interval goes on.",
)
LONE = "Means with 95 % confidence intervals, and single runs as faint points."
NOTE = "95 % intervals of one comparison; filled: beyond chance, corrected in two steps"


def draw_figures(
    material: Material, effects: Effects | None
) -> tuple[dict[str, Picture], dict[str, bytes]]:
    """Draw the figures of a study.

    Returns
    -------
    pictures : dict of Picture
        By name, in the order in which they are read.
    pngs : dict of bytes
        PNG files by the same names.
    """
    pictures, pngs = {}, {}
    for name, caption, png in _all(material, effects):
        pictures[name] = Picture(name, caption.title, caption.how_to_read)
        pngs[name] = png
    return pictures, pngs


def _all(material: Material, effects: Effects | None) -> Iterator[tuple[str, Caption, bytes]]:
    if has_controls(material):
        yield "controls", beside.CAPTION, to_png(_beside(material))
    if material.is_search and (info := front(material)) is not None:
        yield "pareto", pareto.CAPTION, to_png(pareto.draw_pareto(info))
    if shares := verdict_shares(material):
        info = verdicts.verdicts_info(shares, present_kinds(verdicts_of(material)))
        if info.counts.sum():
            yield "verdicts", verdicts.CAPTION, to_png(verdicts.draw_verdicts(info))
    if effects is not None:
        yield from _effects(material, effects)


def _effects(material: Material, effects: Effects) -> Iterator[tuple[str, Caption, bytes]]:
    names = list(dict.fromkeys(effects.table["measure"]))
    for page, start in enumerate(range(0, len(names), PANELS), start=1):
        rows = effects.table[effects.table["measure"].isin(names[start : start + PANELS])]
        rows = rows.assign(pvalue_holm=rows[TWO_STEPS]).to_dict("records")
        figure = forest.draw_effects(forest.effects_info(rows))
        figure.supxlabel(NOTE, x=0.01, ha="left", fontsize=8)
        ending = f"_{page}" if page > 1 else ""
        caption = FOREST if page == 1 else _further(forest)
        yield f"effects{ending}", caption, to_png(figure)
    yield from _means(material, names if len(material.levels) == 1 else material.measures)


def _means(material: Material, measures: list[str]) -> Iterator[tuple[str, Caption, bytes]]:
    """Draw means by each pair of factors, or by the only one.

    Means of what cannot be compared between the levels of the only factor would mislead; lines
    beside each other do not.
    """
    factors = list(material.levels)
    pairs = list(combinations(factors, 2)) or [(factors[0], None)]
    for pair in pairs:
        word = "means" if pair[1] is None else "interaction"
        name = "_".join([word, *filter(None, pair)])
        for page, start in enumerate(range(0, len(measures), PANELS), start=1):
            drawn = {m: _drawn(material, m) for m in measures[start : start + PANELS]}
            info = interactions.interactions_info(drawn, *pair, levels=material.levels)
            caption = _means_caption(material, pair) if page == 1 else _further(interactions)
            ending = f"_{page}" if page > 1 else ""
            yield f"{name}{ending}", caption, to_png(interactions.draw_interactions(info))


def _drawn(material: Material, measure: str):
    values = material.values(measure)
    known = np.isfinite(values)
    labels = {name: np.array(material.column(name))[known].tolist() for name in material.levels}
    return values[known], labels, is_ratio(measure) and bool(np.all(values[known] > 0))


def _means_caption(material: Material, pair) -> Caption:
    factors = [name for name in pair if name is not None]
    title = interactions.CAPTION.title.format(factors=" and ".join(factors))
    text = interactions.CAPTION.how_to_read if len(factors) > 1 else LONE
    apart = [name for name in factors if not material.comparable(MSE, name)]
    if apart and len(factors) > 1:
        text += (
            f" Between levels of {' and '.join(apart)}, errors in pixels and measures of generated "
            "images cannot be compared: there only the course of each line counts."
        )
    return Caption(title, text)


def _further(figure) -> Caption:
    return Caption(figure.CAPTION.title.partition(" by ")[0], "The same for further measures.")


def _beside(material: Material):
    cells = cells_or_all(material)
    panels = {}
    for measure in MEASURES:
        rows = {}
        for name in beside.MARKERS:
            of = measure if name == "trained" else measure.replace("latent/", f"control/{name}/")
            values = material.values(of)
            if (values > 0).any():
                rows[name] = [values[here] for _, here in cells]
        if rows:
            panels[label_of(measure)] = rows
    names = ["all trials" if not cell else cell_name(material, cell) for cell, _ in cells]
    return beside.draw_cells_beside_controls(
        beside.cells_info(names, panels, {label_of(VARIANCE_RATIO): 1.0})
    )
