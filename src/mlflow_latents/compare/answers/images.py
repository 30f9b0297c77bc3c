"""At which level of a factor the images from the ellipsoid are best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlflow_latents.compare.answers.blocks import Table
from mlflow_latents.compare.answers.material import Material
from mlflow_latents.compare.effects import CLEAR, effects_table
from mlflow_latents.compare.effects.measures import finite_values
from mlflow_latents.compare.runs import factor_columns
from mlflow_latents.compare.words import (
    FRECHET,
    RECALL,
    SWD,
    label_of,
    listed,
    quoted,
    with_spread,
)
from mlflow_latents.stats.factor_effects import as_number, holm

LESS_IS_BETTER = {SWD: True, FRECHET: True, RECALL: False}


@dataclass(frozen=True)
class BestImages:
    """Where generated images are best.

    Parameters
    ----------
    factor : str
        Among whose levels.
    sentences : tuple of str
        On the sliced Wasserstein distance, one for each combination of the other factors.
    table : Table
        One row for each combination and measure.
    best : tuple of (tuple of str, str)
        Levels of the other factors, and the level with the least sliced Wasserstein distance.
    """

    factor: str
    sentences: tuple[str, ...]
    table: Table
    best: tuple[tuple[tuple[str, ...], str], ...]


def best_images(material: Material) -> list[BestImages]:
    """Find at which level of each numeric factor generated images are best."""
    numeric = [
        name
        for name, levels in material.levels.items()
        if all(as_number(level) is not None for level in levels)
    ]
    found = [_best(material, name) for name in numeric]
    return [each for each in found if each is not None]


def _best(material: Material, factor: str) -> BestImages | None:
    others = [name for name in material.described["factors"] if name != factor]
    sentences, rows, least = [], [], []
    measures = {m: less for m, less in LESS_IS_BETTER.items() if material.comparable(m, factor)}
    for cell, here in _groups(material, others).items():
        for measure, less in measures.items():
            means = _means(material, factor, measure, here)
            if len(means) < 2:
                continue
            best = (min if less else max)(means, key=lambda level: means[level][0])
            apart = _apart(
                material, factor, measure, here, [best, *(x for x in means if x != best)]
            )
            near = None if apart is None else [x for x in means if x != best and x not in apart]
            cell = tuple(map(quoted, cell))
            where = f"{' / '.join(cell)}: " if cell else ""
            at = quoted(best)
            rows.append((*cell, label_of(measure), at, with_spread(*means[best]), _told(near)))
            if measure == SWD:
                least.append((cell, best))
                sentences.append(
                    f"{where}images from the ellipsoid have the least SWD at {factor} {at} "
                    f"(mean {with_spread(*means[best])}{', sd' if means[best][1] > 0 else ''}); "
                    f"{_sentence(near)}."
                )
    columns = (*others, "measure", f"best {factor}", "mean ± sd there", "not told from it")
    if not rows:
        return None
    told = tuple(each[:1].upper() + each[1:] for each in sentences)
    return BestImages(factor, told, Table(columns, tuple(rows)), tuple(least))


def _groups(material, others) -> dict[tuple[str, ...], np.ndarray]:
    labels = list(zip(*(material.column(name) for name in others), strict=True)) if others else None
    if labels is None:
        return {(): np.arange(len(material.runs))}
    order = dict.fromkeys(
        tuple(cell[list(material.described["factors"]).index(name)] for name in others)
        for cell in material.cells
    )
    return {group: np.flatnonzero([label == group for label in labels]) for group in order}


def _means(material, factor, measure, here) -> dict[str, tuple[float, float]]:
    values = material.values(measure)[here]
    levels = np.array(material.column(factor))[here]
    found = {}
    for level in material.levels[factor]:
        mine = values[(levels == level) & np.isfinite(values)]
        if len(mine):
            found[level] = (float(mine.mean()), mine.std(ddof=1) if len(mine) > 1 else np.nan)
    return found


def _apart(material, factor, measure, here, levels) -> set[str] | None:
    """Levels that clearly differ from the first; None where there is no error to judge by."""
    runs = material.runs.iloc[here]
    column = factor_columns(runs)[factor]
    runs = runs[runs[column].isin(levels) & np.isfinite(finite_values(runs, measure))]
    table = effects_table(runs, {factor: levels}, [measure])
    table = table[table["comparison"] == "level"]
    if not np.isfinite(table["pvalue"]).any():
        return None
    return set(table.loc[holm(table["pvalue"]) < CLEAR, "level"])


def _told(near) -> str:
    if near is None:
        return "no replicates"
    return ", ".join(map(quoted, near)) or "none"


def _sentence(near) -> str:
    if near is None:
        return "without replicates that vary, chance cannot be told"
    return (
        f"{listed(map(quoted, near))} cannot be told from it"
        if near
        else "all others are clearly worse"
    )
