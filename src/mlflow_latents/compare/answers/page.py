"""The page that answers a study's question: what stands on it, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from mlflow_latents.compare.answers import limits
from mlflow_latents.compare.answers.blocks import (
    Items,
    Picture,
    Section,
    Table,
    Text,
    marked,
)
from mlflow_latents.compare.answers.cells import (
    cell_table,
    level_tables,
    missing,
    state_sentences,
    verdict_table,
)
from mlflow_latents.compare.answers.controls import (
    control_sentences,
    control_tables,
    has_controls,
)
from mlflow_latents.compare.answers.images import BestImages
from mlflow_latents.compare.answers.material import Material
from mlflow_latents.compare.answers.provenance import again, design, run_ids, where
from mlflow_latents.compare.answers.search import (
    front_table,
    relation_table,
    relations,
    search_sentences,
)
from mlflow_latents.compare.effects import (
    Effects,
    corrections,
    effect_sentences,
    headline_sentences,
)
from mlflow_latents.compare.effects.shown import compared
from mlflow_latents.compare.words import AXES_NOTE, NORMAL_AXES, effect, label_of, short_pvalue


def detailed_sentences(
    material: Material, effects: Effects | None, images: list[BestImages]
) -> list[str]:
    """Give all of the answer in words with numbers, the most telling first."""
    found = state_sentences(material)
    if material.is_search:
        found += search_sentences(material)[2:]  # the first two are the answer
    if effects is not None:
        found += headline_sentences(effects)
    for each in images:
        found += each.sentences
    return [*found, *control_sentences(material)]


def sections(
    material: Material,
    effects: Effects | None,
    images: list[BestImages],
    pictures: Mapping[str, Picture],
) -> list[Section]:
    """Give everything below the answer, first its details."""
    return [
        _details(material, effects, images),
        *_controls(material, pictures),
        *_front(material, pictures),
        *_tables(material),
        *_verdicts(material, pictures),
        *_effects(effects, pictures),
        *_best_images(images),
        design(material),
        Section("What these numbers cannot say", (Items(tuple(limits.limits(material))),)),
        *([_corrected(effects)] if effects is not None else []),
        again(material),
        *_words(effects),
        run_ids(material),
    ]


def render(
    material: Material, sentences: list[str], below: list[Section], pngs: Mapping[str, str]
) -> str:
    """Write the page as one HTML file that needs no other file and no network.

    Parameters
    ----------
    material : Material
    sentences : list of str
        The answer.
    below : list of Section
    pngs : mapping
        Figures as base64 text, by name.

    Returns
    -------
    str
    """
    return _template().render(
        title=material.name,
        question=material.described["question"],
        expectation=material.described["expectation"],
        warnings=limits.warnings(material),
        sentences=sentences,
        sections=below,
        pngs=pngs,
        where=where(material),
        marked=marked,
    )


def top(material: Material, sentences: list[str]) -> list[Section]:
    """Give the beginning of the page in Markdown."""
    warnings = limits.warnings(material)
    return [
        *([Section("Before you read", (Items(tuple(warnings)),))] if warnings else []),
        Section("The question", (Text(material.described["question"]),)),
        Section("The answer", (Items(tuple(sentences)),)),
        Section("What was expected", (Text(material.described["expectation"]),)),
    ]


def _details(material, effects, images) -> Section:
    told = Items(tuple(detailed_sentences(material, effects, images)))
    note = Text("In brackets after effects (×, +, −): 95 % intervals, of one comparison each.")
    return Section("In detail", (told,) if effects is None else (note, told))


def _controls(material, pictures):
    if not has_controls(material):
        return
    parts = [
        Text(
            "Only what the controls do not show as well has emerged by training: an encoder of the "
            "same architecture with random weights, the principal components of the images, as "
            "many of them as latent dimensions, and single pixels, all judged in the same way. "
            "Vectors drawn from the fitted MND show what chance alone gives."
        ),
        *_shown(pictures, "controls"),
    ]
    for heading, table in control_tables(material):
        parts += [Text(heading), table]
    yield Section("Beside the controls", tuple(parts))


def _front(material, pictures):
    if not material.is_search:
        return
    found = relations(material)
    yield Section("The Pareto front", (*_shown(pictures, "pareto"), front_table(material)))
    if found:
        yield Section(
            "Which parameters go with what", (Text(limits.RELATIONS), relation_table(found))
        )


def _tables(material):
    lacking = [Items(tuple(told))] if (told := missing(material)) else []
    for factor in material.levels:
        note = (
            "Means over the other factors with equal weights for each combination, and their "
            "95 % intervals; of measures whose effects are ratios geometric means."
        )
        if NORMAL_AXES in material.measures:
            note += f" {AXES_NOTE}"
        yield Section(f"By {factor}", (Text(note), *lacking, *level_tables(material, factor)))
    if not material.is_search and (len(material.described["factors"]) > 1 or not material.levels):
        note = "Means ± standard deviations over the runs; `cells.csv` has all measures."
        yield Section("By cell", (Text(note), *lacking, cell_table(material)))


def _verdicts(material, pictures):
    table = verdict_table(material)
    if table is not None:
        yield Section("The verdicts", (*_shown(pictures, "verdicts"), table))


def _effects(effects: Effects | None, pictures):
    if effects is None:
        return
    names = ("effects", "interaction_", "means_")
    shown = [p for name, p in pictures.items() if name.startswith(names)]
    yield Section("The effects", tuple(shown))
    if not effects.within.empty:
        rows = tuple(
            (label_of(r["measure"]), r["factor"], r["at"], compared(r), effect(r))
            for r in effects.within.to_dict("records")
        )
        head = ("measure", "factor", "where", "comparison", "effect (95 % interval)")
        note = "Intervals and effects of one comparison each, not corrected for their number."
        yield Section("Where effects depend on each other", (Text(note), Table(head, rows)))


def _best_images(images: list[BestImages]):
    note = (
        "Within each image set, since neither the distances nor the judges of two image sets can "
        "be compared. The best mean is chosen after the fact, so that it is a little too good; not "
        "told from it: p ≥ 0.05 beside the best, corrected (Holm)."
    )
    for each in images:
        yield Section(f"Where generated images are best: {each.factor}", (Text(note), each.table))


def _corrected(effects: Effects) -> Section:
    return Section("How p-values and intervals were made", (Items(tuple(corrections(effects))),))


def _words(effects: Effects | None):
    if effects is None:
        return
    told = effect_sentences(effects)
    yield Section("All effects in words", (Items(tuple(told)),), folded=True)
    pairs = effects.interactions.dropna(subset=["pvalue"])
    if len(pairs):
        rows = tuple(
            (
                label_of(row["measure"]),
                f"{row['factor']} and {row['other']}",
                f"{row['statistic']:.3g}",
                short_pvalue(row["pvalue_holm"]),
            )
            for row in pairs.to_dict("records")
        )
        head = ("measure", "factors", "F", "p (Holm)")
        yield Section("Do the factors depend on each other?", (Table(head, rows),), folded=True)


def _shown(pictures: Mapping[str, Picture], name: str) -> list[Picture]:
    return [pictures[name]] if name in pictures else []


@cache
def _template():
    import jinja2

    text = Path(__file__).with_name("page.html.jinja").read_text(encoding="utf-8")
    return jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(text)
