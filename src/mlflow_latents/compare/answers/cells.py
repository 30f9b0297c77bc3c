"""Means by level and by cell, and the verdicts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.compare.answers.blocks import Items, Table
from mlflow_latents.compare.answers.material import Material
from mlflow_latents.compare.effects import is_ratio
from mlflow_latents.compare.words import (
    NORMAL,
    NORMAL_AXES,
    NORMAL_SHARE,
    counted,
    headline,
    label_of,
    listed,
    number,
    quoted,
    span,
    with_span,
    with_spread,
)
from mlflow_latents.stats.factor_effects import BORROWED, fit_cells, mean_table

if TYPE_CHECKING:
    import pandas as pd

SIDE_BY_SIDE = 4  # measures in one table
KINDS = (
    *("normal", "normal_core", "elliptical", "normal_margins"),
    *("undecided", "skewed", "clustered", "other"),
)


def state_sentences(material: Material) -> list[str]:
    """Say within which bounds the most telling measures lie, and what the verdicts are."""
    sentences = []
    for measure in [m for m in headline(material.measures) if m.startswith("latent/")]:
        n = int(np.isfinite(material.values(measure)).sum())
        sentences.append(
            f"The {label_of(measure)} {extent(material, measure)} in "
            f"{_all_or(n, len(material.runs))}{_if_normal(material, measure)}."
        )
    verdicts = Counter(verdicts_of(material))
    if verdicts:
        told = [f"{_kind(kind)} in {n}" for kind, n in verdicts.most_common()]
        none = [_kind(kind) for kind in ("normal",) if kind not in verdicts]
        sentences.append(
            f"The verdict on the latent vectors is {listed(told)} of "
            f"{counted(sum(verdicts.values()), 'run')}" + (f", {none[0]} in none." if none else ".")
        )
    return sentences


def extent(material: Material, measure: str) -> str:
    """Say between which bounds a measure lies; nothing where no run has it."""
    values = material.values(measure)
    values = values[np.isfinite(values)]
    if not len(values):
        return ""
    ends = [number(values.min()), number(values.max())]
    return f"is {ends[0]}" if ends[0] == ends[1] else f"lies between {ends[0]} and {ends[1]}"


def verdicts_of(material: Material) -> list[str]:
    """Give the verdict of each run that has one."""
    if "tags.verdict" not in material.runs:
        return []
    return material.runs["tags.verdict"].dropna().tolist()


def level_tables(material: Material, factor: str) -> list[Table | Items]:
    """Give the mean of each measure at each level of a factor, with its 95 % interval."""
    measures = [m for m in material.measures if _is_known(material, m, factor)]
    counts, blocks, notes = Counter(material.column(factor)), [], []
    for start in range(0, len(measures), SIDE_BY_SIDE):
        chosen = measures[start : start + SIDE_BY_SIDE]
        cells = {measure: _by_level(material, factor, measure, notes) for measure in chosen}
        rows = tuple(
            (quoted(level), str(counts[level]), *(cells[m].get(level, "–") for m in chosen))
            for level in material.levels[factor]
        )
        heads = [_head(material, measure, factor) for measure in chosen]
        blocks.append(Table((factor, "runs", *heads), rows))
    return [*blocks, *([Items(_merged(notes))] if notes else [])]


def _merged(notes: list[tuple[str, str]]) -> tuple[str, ...]:
    """Say what is to be known of several measures once."""
    about: dict[str, list[str]] = {}
    for label, note in notes:
        about.setdefault(note, []).append(label)
    return tuple(f"{listed(labels)}: {note}" for note, labels in about.items())


def missing(material: Material) -> list[str]:
    """Say which measures some runs lack."""
    known = {m: int(np.isfinite(material.values(m)).sum()) for m in material.measures}
    n = len(material.runs)
    return [
        f"{n - there} of {counted(n, 'run')} lack the {label_of(measure)} or have no finite value "
        "of it: its means are of the others."
        for measure, there in known.items()
        if there < n
    ]


def cell_table(material: Material) -> Table:
    """Give mean ± standard deviation of the most telling measures in each cell."""
    measures = headline(material.measures)
    columns = (*material.described["factors"], "runs", *map(label_of, measures))
    rows = []
    for cell, here in material.cells.items():
        told = []
        for measure in measures:
            values = material.values(measure)[here]
            values = values[np.isfinite(values)]
            sd = values.std(ddof=1) if len(values) > 1 else np.nan
            mean = with_spread(values.mean(), sd) if len(values) else "–"
            told.append(mean + _of(len(values), len(here)))
        rows.append((*map(quoted, cell), str(len(here)), *told))
    return Table(columns, tuple(rows))


def cells_frame(material: Material) -> pd.DataFrame:
    """Give mean, sd and n of each measure in each cell, and the ids of its runs."""
    import pandas as pd

    names, rows = list(material.described["factors"]), []
    for cell, here in material.cells.items():
        ids = " ".join(material.runs["run_id"].iloc[here])
        for measure in material.measures:
            values = material.values(measure)[here]
            values = values[np.isfinite(values)]
            mean = values.mean() if len(values) else np.nan
            sd = values.std(ddof=1) if len(values) > 1 else np.nan
            rows.append((*cell, measure, mean, sd, len(values), ids))
    return pd.DataFrame(rows, columns=[*names, "measure", "mean", "sd", "n", "run_ids"])


def verdict_shares(material: Material) -> dict[str, dict[str, Counter]]:
    """Count verdicts by factor and level."""
    if "tags.verdict" not in material.runs:
        return {}
    kinds = material.runs["tags.verdict"].tolist()
    counts: dict[str, dict[str, Counter]] = {}
    for factor, levels in material.levels.items():
        counts[factor] = {level: Counter() for level in levels}
        for level, kind in zip(material.column(factor), kinds, strict=True):
            if isinstance(kind, str):
                counts[factor][level][kind] += 1
    return counts


def verdict_table(material: Material) -> Table | None:
    """Give the share of each verdict at each level of each factor."""
    shares = verdict_shares(material)
    kinds = present_kinds(verdicts_of(material))
    rows = []
    for factor, levels in shares.items():
        for level, counts in levels.items():
            total = sum(counts.values())
            told = [f"{counts[k]} of {total}" if counts[k] else "–" for k in kinds]
            if not total:
                told = ["no verdict", *["–"] * (len(kinds) - 1)]
            rows.append((factor, quoted(level), *told))
    return Table(("factor", "level", *map(_kind, kinds)), tuple(rows)) if kinds and rows else None


def present_kinds(kinds) -> list[str]:
    """Put the verdicts that occur in order, the nearest to normal first."""
    return sorted(set(kinds), key=lambda k: (KINDS.index(k) if k in KINDS else len(KINDS), k))


def _by_level(material, factor, measure, notes: list[tuple[str, str]]) -> dict[str, str]:
    """Write the means by level; what is to be known of them goes to the notes."""
    values = material.values(measure)
    known = np.isfinite(values)
    ratio = is_ratio(measure) and bool(np.all(values[known] > 0))
    labels = {name: np.array(material.column(name))[known].tolist() for name in material.levels}
    y = np.log(values[known]) if ratio else values[known]
    fit = fit_cells(y, labels, material.levels)
    if fit.error == BORROWED:
        note = (
            "cells with a single run have none of their own scatter; in intervals they are taken "
            "to vary like the mean of the others."
        )
        notes.append((label_of(measure), note))
    if fit.empty and len(fit.names) > 1:
        note = (
            f"{fit.empty} of {len(fit.means) + fit.empty} cells are empty; means are those of a "
            "model in which the factors act independently of each other."
        )
        notes.append((label_of(measure), note))
    table = mean_table(fit, [factor])
    numbers = np.array([table.means, table.low, table.high])
    if ratio:
        with np.errstate(over="ignore"):
            numbers = np.exp(numbers)
    if measure == NORMAL_SHARE:
        numbers = numbers.clip(0, 1)
    runs, have = Counter(material.column(factor)), Counter(labels[factor])
    told = {}
    for i, level in enumerate(table.levels[0]):
        if measure == NORMAL_AXES:
            mine = y[np.array(labels[factor]) == level]
            mean = with_ends(numbers[0, i], mine)
        else:
            mean = with_span(*numbers[:, i], ratio)
        told[level] = mean + _of(have[level], runs[level])
    return told


def with_ends(mean: float, values: np.ndarray) -> str:
    """Write the mean of counts with the least and the largest of them."""
    least, most = number(values.min()), number(values.max())
    ends = f"each {least}" if least == most else f"{least} to {most}"
    return f"{number(mean)} (runs: {ends})"


def _of(n: int, runs: int) -> str:
    """Say of how many runs a mean is, where not of all."""
    return "" if n in (0, runs) else f" [{counted(n, 'run')}]"


def _head(material, measure, factor) -> str:
    label = label_of(measure)
    if material.comparable(measure, factor):
        return label
    return f"{label} (other images in each row: not to be compared)"


def _is_known(material, measure, factor) -> bool:
    known = np.isfinite(material.values(measure))
    return len({x for x, k in zip(material.column(factor), known, strict=True) if k}) > 1


def _if_normal(material, measure) -> str:
    if measure in NORMAL:
        return f"; an MND has {NORMAL[measure]}"
    drawn = material.values(measure.replace("latent/", "control/mnd/"))
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return ""
    return f"; vectors drawn from an MND have {span(drawn.min(), drawn.max())}"


def _all_or(n: int, of: int) -> str:
    if n == of == 2:
        return "both runs"
    return f"all {counted(n, 'run')}" if n == of and n > 1 else counted(n, "run")


def _kind(kind: str) -> str:
    return kind.replace("_", " ")
