"""What a free search has found: the trials that none surpasses, and what goes with what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mlflow_latents.compare.answers.blocks import Table
from mlflow_latents.compare.answers.material import Material
from mlflow_latents.compare.effects import CLEAR
from mlflow_latents.compare.runs import factor_columns
from mlflow_latents.compare.words import (
    counted,
    label_of,
    listed,
    number,
    pvalue,
    quoted,
    short_pvalue,
)
from mlflow_latents.plots.pareto import ParetoInfo, is_on_front, pareto_info
from mlflow_latents.stats.factor_effects import as_number, holm
from mlflow_latents.tracking.study_runs import TRIAL_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORT = 8  # letters of a run's id, which stands whole at the end of the page
LEAST = 4  # trials for a rank correlation


@dataclass(frozen=True)
class Relation:
    """How a parameter goes with a measure over all trials.

    Parameters
    ----------
    parameter, measure : str
    correlation : float
        Spearman's rank correlation; NaN for words, which Kruskal and Wallis' test compares.
    pvalue, pvalue_holm : float
        Uncorrected, and corrected for all relations.
    medians : tuple of (str, float)
        Of the measure by level, for words.
    """

    parameter: str
    measure: str
    correlation: float
    pvalue: float
    pvalue_holm: float
    medians: tuple[tuple[str, float], ...]


def front(material: Material) -> ParetoInfo | None:
    """Find the trials of the Pareto front of the two minimized measures; None where none has both.

    Trials are named by their numbers.
    """
    x, y = (material.values(name) for name in material.described["minimized"][:2])
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return None
    names = material.runs[f"tags.{TRIAL_TAG}"].to_numpy()[known]
    labels = tuple(label_of(name) for name in material.described["minimized"][:2])
    return pareto_info(x[known], y[known], names.tolist(), labels)


def front_table(material: Material) -> Table:
    """Give parameters, measures and run ids of the trials on the front, best by the first first."""
    names = list(material.described["minimized"][:2])
    x, y = (material.values(name) for name in names)
    on_front = is_on_front(x, y)
    order = [i for i in np.argsort(x, kind="stable") if on_front[i]]
    parameters = factor_columns(material.runs)
    rows = tuple(
        (
            str(material.runs[f"tags.{TRIAL_TAG}"].iloc[i]),
            number(x[i]),
            number(y[i]),
            *(_short(material.runs[column].iloc[i]) for column in parameters.values()),
            f"`{material.runs['run_id'].iloc[i][:SHORT]}`",
        )
        for i in order
    )
    return Table(("trial", *map(label_of, names), *parameters, "run"), rows)


def relations(material: Material) -> list[Relation]:
    """Relate each parameter that varies to each of the two measures."""
    found = []
    for parameter, column in factor_columns(material.runs).items():
        for measure in material.described["minimized"][:2]:
            y = material.values(measure)
            known = np.isfinite(y) & material.runs[column].notna().to_numpy()
            labels = material.runs[column][known].tolist()
            if known.sum() >= LEAST and len(set(labels)) > 1:
                found.append((parameter, measure, *_relate(labels, y[known])))
    corrected = holm([each[3] for each in found]) if found else []
    return [
        Relation(*each[:4], float(p), each[4]) for each, p in zip(found, corrected, strict=True)
    ]


def search_sentences(material: Material) -> list[str]:
    """Say what lies on the front, and which parameters go with which measure."""
    info = front(material)
    names = [label_of(name) for name in material.described["minimized"][:2]]
    if info is None:
        return [f"No finished trial has both {names[0]} and {names[1]}."]
    ends = info.front[0], info.front[-1]
    told = [
        f"Of {counted(len(info.x), 'finished trial')} {len(info.front)} "
        f"{'is' if len(info.front) == 1 else 'are'} on the Pareto front: no other trial is at "
        "least as good in both measures and better in one."
    ]
    if len(info.front) > 1:
        told.append(
            f"Along the front the {names[0]} goes from {number(info.x[ends[0]])} to "
            f"{number(info.x[ends[1]])} while the {names[1]} goes from {number(info.y[ends[0]])} "
            f"to {number(info.y[ends[1]])} (trials {info.names[ends[0]]} and "
            f"{info.names[ends[1]]})."
        )
    return [*told, *_relation_sentences(relations(material))]


def related(material: Material) -> list[str]:
    """Name the parameters that clearly go with each measure, in one sentence."""
    found = relations(material)
    told = []
    for measure in dict.fromkeys(each.measure for each in found):
        mine = [x.parameter for x in found if x.measure == measure and x.pvalue_holm < CLEAR]
        told.append(f"to the {label_of(measure)}: {listed(mine) or 'none'}")
    return [f"Parameters clearly related {'; '.join(told)}."] if told else []


def relation_table(found: list[Relation]) -> Table:
    """Give all relations."""
    rows = tuple(
        (
            each.parameter,
            label_of(each.measure),
            number(each.correlation) if np.isfinite(each.correlation) else _medians(each),
            short_pvalue(each.pvalue),
            short_pvalue(each.pvalue_holm),
        )
        for each in found
    )
    return Table(("parameter", "measure", "rank correlation, or medians", "p", "p (Holm)"), rows)


def _relation_sentences(found: list[Relation]) -> Iterator[str]:
    for parameter in dict.fromkeys(each.parameter for each in found):
        mine = [each for each in found if each.parameter == parameter]
        clear = [each for each in mine if each.pvalue_holm < CLEAR]
        if clear:
            yield f"{parameter} goes with {listed([_told(each) for each in clear])}."
        else:
            told = listed([label_of(each.measure) for each in mine])
            yield f"{parameter}: no relation with the {told} is shown."


def _told(each: Relation) -> str:
    if np.isnan(each.correlation):
        return (
            f"the {label_of(each.measure)} (medians: {_medians(each)}; {pvalue(each.pvalue_holm)})"
        )
    word = "more" if each.correlation > 0 else "less"
    return (
        f"{word} {label_of(each.measure)} (rank correlation {number(each.correlation)}, "
        f"{pvalue(each.pvalue_holm)})"
    )


def _medians(each: Relation) -> str:
    return ", ".join(f"{quoted(level)} {number(median)}" for level, median in each.medians)


def _relate(labels: list[str], y: np.ndarray):
    numbers = [as_number(label) for label in labels]
    if all(value is not None for value in numbers):
        result = stats.spearmanr(numbers, y)
        return float(result.statistic), float(result.pvalue), ()
    levels = sorted(set(labels))
    groups = [y[[label == level for label in labels]] for level in levels]
    medians = tuple(
        (level, float(np.median(group))) for level, group in zip(levels, groups, strict=True)
    )
    same = np.ptp(y) == 0
    return np.nan, 1.0 if same else float(stats.kruskal(*groups).pvalue), medians


def _short(label) -> str:
    number_ = as_number(str(label))
    return str(label) if number_ is None else f"{number_:.3g}" if "." in str(label) else str(label)
