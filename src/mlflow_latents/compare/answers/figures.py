"""The figures of an answer."""

from __future__ import annotations

from collections.abc import Iterator

from mlflow_latents.compare.answers.blocks import Picture
from mlflow_latents.compare.answers.cells import present_kinds, verdict_shares, verdicts_of
from mlflow_latents.compare.answers.controls import cell_name, cells_or_all, has_controls
from mlflow_latents.compare.answers.material import Material
from mlflow_latents.compare.answers.search import front
from mlflow_latents.compare.effects import Effects, effect_figures
from mlflow_latents.compare.words import KS_PRINCIPAL, VARIANCE_RATIO, label_of
from mlflow_latents.plots import Caption, pareto, verdicts
from mlflow_latents.plots import cells_beside_controls as beside
from mlflow_latents.plots.style import to_png

MEASURES = (VARIANCE_RATIO, KS_PRINCIPAL)


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
        yield from effect_figures(effects)


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
