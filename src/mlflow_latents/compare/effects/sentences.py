"""Effects in words: what is shown, what chance explains as well, and what cannot be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.compare.effects.shown import shown_effect, shown_interval, shown_pvalue
from mlflow_latents.plots.effects import CLEAR
from mlflow_latents.stats.factor_effects import ADDITIVE, BORROWED, NO_ERROR

if TYPE_CHECKING:
    import pandas as pd


def effect_sentences(table: pd.DataFrame) -> list[str]:
    """Say each row of `effects_table` in words; what chance explains as well is never an effect.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `effects_table`.

    Returns
    -------
    list of str
        By measure, in the order of the table; what concerns all of them comes last.
    """
    count = int(table["pvalue"].notna().sum())
    among = f", corrected for {count} comparisons" if count > 1 else ""
    sentences, about_error = [], {}
    for measure, rows in table.groupby("measure", sort=False):
        first = rows.iloc[0]
        if np.isfinite(first["value"]):
            sentences.append(f"{measure} is {first['value']:.4g} in all {first['n']} runs.")
            continue
        for factor, of_factor in rows.groupby("factor", sort=False):
            sentences += _of_factor(measure, factor, of_factor.to_dict("records"), among)
        for told in _about_error(first):
            about_error.setdefault(told, []).append(measure)
    everywhere = table["measure"].nunique()
    for told, names in about_error.items():
        where = "" if len(names) == everywhere else f" ({', '.join(names)})"
        sentences.append(f"{told}{where}.")
    return sentences + list(table.attrs.get("notes", ()))


def _of_factor(measure: str, factor: str, rows: list[dict], among: str) -> Iterator[str]:
    """Say what one factor changes, what it is not shown to change, and what cannot be told."""
    reference = next(row["reference"] for row in rows if row["comparison"] == "level")
    beside = f"beside {factor} {_quoted(reference)}"
    known = [row for row in rows if np.isfinite(row["effect"])]
    if clear := [row for row in known if row["pvalue_holm"] < CLEAR]:
        yield f"{measure} changes with {factor}: {beside}, {_changes(clear, among)}"
    if unclear := [row for row in known if row["pvalue_holm"] >= CLEAR]:
        pvalue = _bound([row["pvalue_holm"] for row in unclear], "≥")
        yield (
            f"{measure}: no change with {factor} is shown ({pvalue}{among}); {beside}, "
            f"{_compatible(unclear)} are compatible with the runs.{_alone(unclear)}"
        )
    if unjudged := [row for row in known if not np.isfinite(row["pvalue"])]:
        told = ", ".join(f"{shown_effect(row)} {_where(row)}" for row in unjudged)
        without = unjudged[0]["error"] == NO_ERROR
        reason = "without replicates" if without else "where replicates do not vary"
        yield f"{measure}: {beside}, {told}; {reason} nothing can be said about chance."
    if unknown := [row for row in rows if not np.isfinite(row["effect"])]:
        yield (
            f"{measure}: {beside}, the effect {_places(unknown)} cannot be told apart from those "
            "of other factors; fill the empty cells."
        )


def _changes(rows: list[dict], among: str) -> str:
    told = [f"{shown_effect(row)} ({shown_interval(row)}) {_where(row)}" for row in rows]
    pvalue = _bound([row["pvalue_holm"] for row in rows], "≤")
    return f"{', '.join(told)} (95 % intervals; {pvalue}{among})."


def _compatible(rows: list[dict]) -> str:
    """Give the effects from the least to the largest that any of the intervals holds."""
    told = []
    for kind in ("level", "trend"):
        some = [row for row in rows if row["comparison"] == kind]
        if some:
            low, high = min(row["low"] for row in some), max(row["high"] for row in some)
            where = _places(some).replace(", at ", ", ")
            told.append(f"{shown_interval(some[0] | {'low': low, 'high': high})} {where}")
    return f"effects of {' and of '.join(told)}"


def _alone(rows: list[dict]) -> str:
    """Name the comparisons that the correction turned into none."""
    alone = [row for row in rows if row["pvalue"] < CLEAR]
    if not alone:
        return ""
    return (
        f" Judged alone there would be one {_places(alone)}; so it looks in one comparison of 20 "
        "by chance."
    )


def _bound(pvalues: Sequence[float], sign: str) -> str:
    """Write the p-value of one, or the bound on those of several."""
    worst = max(pvalues) if sign == "≤" else min(pvalues)
    if worst < 0.001 or worst == 1 or len(pvalues) == 1:
        sign = "="
    return f"p {sign} {shown_pvalue(worst)}".replace("= <", "<")


def _places(rows: list[dict]) -> str:
    return ", ".join(map(_where, rows))


def _where(row: dict) -> str:
    is_trend = row["comparison"] == "trend"
    return f"per {row['level']}" if is_trend else f"at {_quoted(row['level'])}"


def _quoted(level: str) -> str:
    """Quote a level that would fall apart within a sentence."""
    return f"“{level}”" if any(c in level for c in ", ") else level


def _about_error(row: pd.Series) -> Iterator[str]:
    if row["error"] == ADDITIVE:
        yield (
            "There are no replicates: the error is what an additive model leaves, and interactions "
            "count as chance"
        )
    elif row["error"] == BORROWED:
        yield "Cells with a single run are taken to vary like the mean of the others"
    if row["empty_cells"]:
        cells = row["cells"] + row["empty_cells"]
        yield (
            f"{row['empty_cells']} of {cells} cells are empty: the effects hold where the factors "
            "act independently of each other"
        )
    if row["lost"]:
        yield f"{row['lost']} replicates are lost or not done yet: {row['n']} runs count"
