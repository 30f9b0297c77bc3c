"""What each factor does to the most telling measure, in one sentence each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mlflow_latents.compare.effects.found import Effects
from mlflow_latents.compare.effects.sentences import compatible
from mlflow_latents.compare.words import VARIANCE_RATIO, effect, headline, label_of, listed, quoted
from mlflow_latents.plots.effects import CLEAR

MOST_FACTORS = 3


def brief_sentences(effects: Effects) -> list[str]:
    """Say of each factor whether it clearly changes the first measure, which way and how much.

    Of more than three factors only the first ones are told.
    """
    told = [_brief(effects, factor) for factor in effects.runs.chosen[:MOST_FACTORS]]
    return [each for each in told if each]


def _brief(effects: Effects, factor: str) -> str:
    table = effects.table[effects.table["factor"] == factor]
    measures = [*headline(effects.runs.measures), *effects.runs.measures]
    measure = next((m for m in measures if m in set(table["measure"])), None)
    if measure is None:
        return ""
    rows = table[table["measure"] == measure].to_dict("records")
    depends = _others(effects, factor, measure)
    further = f"; how much depends on {listed(depends)}" if depends else ""
    clear = [row for row in rows if row["pvalue_corrected"] < CLEAR]
    if clear:
        return f"{factor} changes the {label_of(measure)}: {_most(effects, rows, clear)}{further}."
    return f"{factor}: {_unclear(rows, label_of(measure))}{further}."


def _most(effects: Effects, rows, clear) -> str:
    """Tell the largest change; levels before the trend over them."""
    levels = [row for row in clear if row["comparison"] == "level"]
    row = max(levels or clear, key=_size)
    way = _way(effects, row)
    if not levels:
        return f"{effect(row)} per {row['level']}{way}"
    beside = f"at {quoted(row['level'])} beside {quoted(row['reference'])}{way}"
    if len(levels) == 1:
        return f"{effect(row)} {beside}"
    count = sum(row["comparison"] == "level" for row in rows)
    return f"at {len(levels)} of {count} levels, most {effect(row)} {beside}"


def _unclear(rows, label: str) -> str:
    if np.isfinite(rows[0]["value"]):
        return f"the {label} is {rows[0]['value']:.4g} in all runs"
    levels = [row for row in rows if row["comparison"] == "level"]
    judged = [row for row in levels if np.isfinite(row["low"])]
    if judged:
        lost = any(row["pvalue"] < CLEAR for row in judged)
        shown = "remains after the correction for many tests" if lost else "is shown"
        return f"no change of the {label} {shown} ({compatible(judged)})"
    known = [row for row in levels if np.isfinite(row["effect"])]
    if not known:
        return f"nothing can be said of the {label}, since cells are empty"
    row = max(known, key=_size)
    at = f"{quoted(row['level'])} beside {quoted(row['reference'])}"
    return f"the {label} is {effect(row)} at {at}; without replicates that vary, chance is unknown"


def _size(row: Mapping) -> float:
    if not np.isfinite(row["effect"]):
        return -1.0
    return abs(np.log(row["effect"])) if row["scale"] == "ratio" else abs(row["effect"])


def _way(effects: Effects, row: Mapping) -> str:
    """Say whether a variance ratio goes away from 1, where all are on the same side of it."""
    values = effects.runs.values(row["measure"]).y
    if row["measure"] != VARIANCE_RATIO or row["effect"] == 1:
        return ""
    if not (np.all(values > 1) or np.all(values < 1)):
        return ""
    return ", away from an MND" if (row["effect"] > 1) == (values[0] > 1) else ", towards an MND"


def _others(effects: Effects, factor: str, measure: str) -> list[str]:
    """Name the factors on which an effect clearly depends."""
    pairs = effects.interactions
    pairs = pairs[(pairs["measure"] == measure) & (pairs["pvalue_holm"] < CLEAR)]
    return [
        row["other"] if row["factor"] == factor else row["factor"]
        for row in pairs.to_dict("records")
        if factor in (row["factor"], row["other"])
    ]
