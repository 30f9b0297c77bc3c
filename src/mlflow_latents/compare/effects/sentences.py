"""Effects in words: what is shown, what chance explains as well, and what cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.compare.effects.found import Effects
from mlflow_latents.compare.words import (
    effect,
    effect_span,
    headline,
    label_of,
    listed,
    pvalue,
    quoted,
)
from mlflow_latents.plots.effects import CLEAR

if TYPE_CHECKING:
    import pandas as pd

MOST_NAMED = 4  # levels in one sentence


def headline_sentences(effects: Effects) -> list[str]:
    """Say what each factor changes of the most telling measures, and what is not shown."""
    sentences = []
    for factor in effects.runs.chosen:
        table, quiet = effects.table[effects.table["factor"] == factor], []
        for measure in headline(effects.runs.measures):
            rows = table[table["measure"] == measure].to_dict("records")
            further = list(_dependence(effects, factor, measure))
            if rows and not further and _is_quiet(rows):
                quiet.append(f"the {label_of(measure)} ({_range(rows)})")
            elif rows:
                sentences.append(" ".join([*_of_measure(factor, measure, rows), *further]))
        if quiet:
            sentences.append(
                f"No change with {factor} is shown of {listed(quiet)}; in brackets what "
                f"{_spanned(table)}."
            )
    return sentences


def effect_sentences(effects: Effects) -> list[str]:
    """Say what each factor changes of each measure, and what is to be known of the runs."""
    sentences = []
    for (factor, measure), rows in effects.table.groupby(["factor", "measure"], sort=False):
        told = _of_measure(factor, measure, rows.to_dict("records"))
        sentences.append(" ".join([*told, *_dependence(effects, factor, measure)]))
    return [*dict.fromkeys(sentences), *effects.notes]


def _is_quiet(rows) -> bool:
    """Whether chance explains all that a factor does to a measure."""
    return all(row["pvalue"] >= CLEAR and row["pvalue_corrected"] >= CLEAR for row in rows)


def _spanned(table: pd.DataFrame) -> str:
    """Say what stands in the brackets of a factor's measures."""
    levels = table[table["comparison"] == "level"]
    rows = levels.drop_duplicates("level").to_dict("records")
    what = "the interval spans" if len(rows) == 1 else "all intervals span"
    return f"{what}, {_names(rows)} beside {quoted(rows[0]['reference'])}"


def _of_measure(factor, measure, rows):
    levels = [row for row in rows if row["comparison"] == "level"]
    trend = [row for row in rows if row["comparison"] == "trend"]
    label = label_of(measure)
    if np.isfinite(rows[0]["value"]):
        yield f"The {label} is {rows[0]['value']:.4g} in all runs."
        return
    known = [row for row in levels if np.isfinite(row["effect"])]
    unjudged = [row for row in known if not np.isfinite(row["pvalue_corrected"])]
    clear = [row for row in known if row["pvalue_corrected"] < CLEAR]
    unclear = [row for row in known if row["pvalue_corrected"] >= CLEAR]
    reference = f"beside {factor} {quoted(levels[0]['reference'])}"
    if clear:
        yield f"The {label} changes with {factor}: {reference}, {_told(clear)}{_bound(clear)}."
    if unclear:
        start = "No change" if clear else f"With {factor} no change of the {label}"
        yield (f"{start} is shown at {_names(unclear)} ({compatible(unclear)}).{_alone(unclear)}")
    if unjudged:
        yield (
            f"The {label}: {reference}, {_told(unjudged)}; without replicates that vary, nothing "
            "can be said about chance."
        )
    if len(known) < len(levels):
        missing = [row for row in levels if not np.isfinite(row["effect"])]
        yield f"Nothing can be said of {_names(missing)}, since cells are empty."
    for row in trend:
        yield from _trend(factor, row)


def _told(rows) -> str:
    """Give all effects, or of many the least and the largest."""
    if len(rows) <= MOST_NAMED:
        return listed([f"{effect(row)} at {quoted(row['level'])}" for row in rows])
    ordered = sorted(rows, key=lambda row: row["effect"])
    least, most = (f"{effect(row)} at {quoted(row['level'])}" for row in (ordered[0], ordered[-1]))
    return f"at {len(rows)} levels (see the table), from {least} to {most}"


def _bound(rows) -> str:
    worst = max(row["pvalue_corrected"] for row in rows)
    sign = pvalue(worst)
    return f" ({sign if len(rows) == 1 or worst < 0.001 else sign.replace('=', '≤')})"


def _alone(rows) -> str:
    """Name the levels whose change the correction has turned into none."""
    rows = [row for row in rows if row["pvalue"] < CLEAR]
    if not rows:
        return ""
    return (
        f" Without correction there would be one at {_names(rows)} (as there is in one comparison "
        "of 20 by chance)."
    )


def _range(rows) -> str:
    """Give the effects from the least to the largest that any of the intervals holds."""
    rows = [row for row in rows if row["comparison"] == "level"] or rows
    if len(rows) == 1:
        return effect_span(rows[0])
    whole = rows[0] | {
        "low": min(row["low"] for row in rows),
        "high": max(row["high"] for row in rows),
    }
    return effect_span(whole)


def compatible(rows) -> str:
    """Say which effects the intervals hold."""
    if len(rows) == 1:
        return f"{_range(rows)} is compatible"
    return f"the intervals lie within {_range(rows)}"


def _names(rows) -> str:
    if len(rows) > MOST_NAMED:
        return f"{len(rows)} levels"
    return listed([quoted(row["level"]) for row in rows])


def _trend(factor, row):
    """Say the slope, and whether the means clearly turn."""
    if np.isfinite(row["pvalue"]):
        shown = "" if row["pvalue_corrected"] < CLEAR else "; no trend is shown"
        yield f"Per {row['level']} of {factor}: {effect(row)}{shown}."
    if row["turn_pvalue_corrected"] < CLEAR:
        told = f"{row['turn']} ({pvalue(row['turn_pvalue_corrected'])})"
        yield f"The means do not go one way: {told}."


def _dependence(effects: Effects, factor: str, measure: str):
    """Say that an effect differs between the levels of another factor, where it clearly does."""
    pairs = effects.interactions
    mine = pairs[
        (pairs["measure"] == measure)
        & ((pairs["factor"] == factor) | (pairs["other"] == factor))
        & (pairs["pvalue_holm"] < CLEAR)
    ]
    for row in mine.to_dict("records"):
        other = row["other"] if row["factor"] == factor else row["factor"]
        within = effects.within
        if not within.empty:
            within = within.query("measure == @measure and factor == @factor and other == @other")
            within = within[within["comparison"] == "level"]
        if 0 < len(within) <= MOST_NAMED:
            parts = [f"{effect(each)} at {each['at']}" for each in within.to_dict("records")]
            told = f": {listed(parts)}"
        else:
            told = ", so that this is a mean of unlike effects"
        yield f"But it depends on {other} ({pvalue(row['pvalue_holm'])}){told}."
