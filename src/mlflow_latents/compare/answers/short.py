"""The answer in a few short sentences, which stand above all others."""

from __future__ import annotations

from collections import Counter

from mlflow_latents.compare.answers.cells import extent, state_sentences, verdicts_of
from mlflow_latents.compare.answers.controls import NAMED, RIVALS, paired
from mlflow_latents.compare.answers.images import BestImages
from mlflow_latents.compare.answers.material import Material
from mlflow_latents.compare.answers.search import related, search_sentences
from mlflow_latents.compare.effects import Effects, brief_sentences
from mlflow_latents.compare.words import VARIANCE_RATIO, counted, label_of, listed, quoted


def short_answer(
    material: Material, effects: Effects | None, images: list[BestImages]
) -> list[str]:
    """Give the answer in at most six sentences: how far from an MND, and what changes that."""
    told = [*_state(material)]
    if material.is_search:
        told = [*search_sentences(material)[:2], *related(material), *told]
    if effects is not None:
        told += brief_sentences(effects)
    return [*told, *_best(images), *_controls(material)]


def _state(material: Material) -> list[str]:
    kinds = Counter(verdicts_of(material))
    lies = extent(material, VARIANCE_RATIO)
    if not kinds or not lies:
        return state_sentences(material)[:1]
    lies = f"the {label_of(VARIANCE_RATIO)} {lies}, an MND has 1."
    total, normal = sum(kinds.values()), kinds["normal"]
    if total == 1:
        return [f"The verdict on the one run is {_word(next(iter(kinds)))}; {lies}"]
    several = f"All {total} runs have" if normal == total else f"{normal} of {total} runs have"
    have = several if normal else f"None of {total} runs has"
    others = [f"{_word(kind)} in {n}" for kind, n in kinds.most_common() if kind != "normal"]
    told = f" ({listed(others)})" if others else ""
    return [f"{have} the verdict normal{told}; {lies}"]


def _best(images: list[BestImages]) -> list[str]:
    """Say where generated images are best, for one factor."""
    found = [each for each in images if each.best]
    if not found:
        return []
    where = [
        f"{quoted(level)} ({' / '.join(cell)})" if cell else quoted(level)
        for cell, level in found[0].best
    ]
    return [
        f"The least mean SWD of generated images is at {found[0].factor} {listed(where)}; below "
        "stands which other levels cannot be told from it."
    ]


def _controls(material: Material) -> list[str]:
    pairs = [p for name in RIVALS if (p := paired(material, VARIANCE_RATIO, name)) is not None]
    if not pairs:
        return []
    told = [
        f"than {NAMED[each.control]} in {each.nearer.sum()} of {counted(len(each.nearer), 'run')}"
        for each in pairs
    ]
    by = label_of(VARIANCE_RATIO)
    return [f"By the {by} the trained encoder is nearer to normal {listed(told)}."]


def _word(kind: str) -> str:
    return kind.replace("_", " ")
