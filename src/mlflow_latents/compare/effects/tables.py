"""Tables of effects and of interactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.compare.effects.counted import CountedRuns, Values, count_runs
from mlflow_latents.compare.words import counted, label_of, listed, quoted
from mlflow_latents.errors import InputError
from mlflow_latents.stats.factor_effects import (
    BORROWED,
    FactorEffects,
    factor_effects,
    holm,
    stagewise,
    turn_of,
)

if TYPE_CHECKING:
    import pandas as pd

    Factors = Sequence[str] | Mapping[str, Sequence[str]] | None

_BOTH = ("simultaneous_low", "simultaneous_high")
_COLUMNS = (
    *("measure", "factor", "comparison", "level", "reference", "scale", "effect", "low", "high"),
    *(*_BOTH, "standard_error", "df", "pvalue", "pvalue_corrected", "factor_pvalue_holm"),
    *("turn", "turn_pvalue_corrected", "n", "cells", "empty_cells", "lost", "error", "value"),
)
_TESTED = ("measure", "factor", "other", "scale", "statistic", "df", "error_df", "pvalue")


def effects_table(
    frame: pd.DataFrame, factors: Factors = None, measures: Sequence[str] | None = None
) -> pd.DataFrame:
    """Give the effect of each level of each factor on each measure.

    Runs that did not finish do not count. Of runs of the same cell and replicate, and of a run and
    those that repeat it, only the newest counts. Factors of the study (its tags) that vary but are
    not asked for stay in the model, so that the error is that of the replicate seeds alone.
    Measures that mean something else at each level of a factor (errors in pixels of other images)
    are not compared there.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per run, columns as those of `mlflow.search_runs`.
    factors : sequence of str, or mapping of str to levels, optional
        Names of factors (`batch_norm`, for the tag of the study, else the parameter) or of whole
        columns; with their levels in order, the first being the reference, as a mapping. All tagged
        factors that vary where not given, with numbers ascending, and words by first trial.
    measures : sequence of str, optional
        Names of metrics; those of `MEASURES` that the runs have where not given.

    Returns
    -------
    pandas.DataFrame
        One row per comparison: `measure`, `factor`, `comparison` ("level" or "trend"), `level`,
        `reference`, `scale` ("ratio" or "difference"), `effect`, `low`, `high` (95 % interval of
        this comparison alone), `simultaneous_low`, `simultaneous_high` (95 % for all comparisons
        of the table at once, Bonferroni), `standard_error` (of the logarithm for ratios), `df`,
        `pvalue`, `factor_pvalue_holm` (test of all levels of the factor at once, corrected over
        factors and measures), `pvalue_corrected` (in two stages by
        `mlflow_latents.stats.factor_effects.stagewise`, to be compared with 0.05), `turn` (of a
        trend: which three means go up and down most clearly) and `turn_pvalue_corrected` (of the
        same family), `n` (runs that have the measure), `cells`, `empty_cells`, `lost` (runs that
        should have it and have not), `error` (where the error comes from), `value` (of a measure
        that is constant).
        `attrs["notes"]` has sentences on the runs.

    Raises
    ------
    InputError
        When a factor or a measure does not exist or a factor does not vary, no run is finished, or
        runs of several scales are mixed.
    """
    return table_of(count_runs(frame, factors, measures))


def table_of(runs: CountedRuns) -> pd.DataFrame:
    """Make the table of `effects_table`."""
    import pandas as pd

    rows, tests, notes = [], {}, []
    for measure in runs.measures:
        factors = [name for name in runs.chosen if runs.comparable(measure, name)]
        values = runs.values(measure)
        effects = _effects(runs, measure, values)
        rows += _rows(runs, measure, factors, values, effects)
        tests |= {
            (measure, test.factors[0]): test.pvalue
            for test in effects.omnibus
            if test.factors[0] in factors
        }
        notes += _notes(runs, measure, factors, values, effects)
    if not rows:
        raise InputError(
            f"{listed(runs.measures)} cannot be compared between levels of {listed(runs.chosen)}, "
            "which have other images: choose other measures or factors."
        )
    table = pd.DataFrame(rows)
    count = max(int(table["pvalue"].notna().sum()), 1)
    table[["low", "high"]] = _intervals(table, 0.05)
    table[list(_BOTH)] = _intervals(table, 0.05 / count)
    _correct(table, tests)
    table = table[list(_COLUMNS)]
    table.attrs["notes"] = (*dict.fromkeys(notes), *runs.notes)
    return table


def _correct(table: pd.DataFrame, tests: Mapping[tuple[str, str], float]) -> None:
    """Add the p-values corrected in two stages: a factor on a measure, then within these."""
    families = dict(list(table.groupby(["measure", "factor"], sort=False)))
    within = {key: [*rows["pvalue"], *rows["turn_pvalue"]] for key, rows in families.items()}
    screened, corrected = stagewise(tests, within)
    for key, rows in families.items():
        own, turns = np.split(corrected[key], 2)
        columns = ["factor_pvalue_holm", "pvalue_corrected", "turn_pvalue_corrected"]
        table.loc[rows.index, columns] = np.column_stack(
            [np.full(len(rows), screened[key]), own, turns]
        )


def _notes(runs: CountedRuns, measure: str, factors, values: Values, effects: FactorEffects):
    """Say what is to be known of the runs that have a measure."""
    label, fit, all_runs = label_of(measure), effects.fit, len(runs.frame)
    if without := all_runs - len(values.y):
        yield (
            f"{without} of {counted(all_runs, 'run')} lack the {label} or have no finite value of "
            "it: its means are of the others."
        )
    for name in factors:
        if name not in fit.names:
            yield f"The {label} is there at one level of {name} only."
    if fit.error == BORROWED:
        yield (
            f"Of the {label} cells with a single run are taken to vary like the mean of the others."
        )
    if fit.empty and len(fit.names) > 1:
        yield (
            f"Of the {label} {fit.empty} of {len(fit.means) + fit.empty} cells are empty: effects "
            "and means by level hold where the factors act independently of each other."
        )
    if apart := [name for name in runs.chosen if name not in factors]:
        yield (
            f"Levels of {listed(apart)} have other images, so that the {label} is not compared "
            "between them."
        )


def interactions_table(
    frame: pd.DataFrame, factors: Factors = None, measures: Sequence[str] | None = None
) -> pd.DataFrame:
    """Test, for each measure, whether the effect of one factor depends on another.

    Parameters and errors are those of `effects_table`.

    Returns
    -------
    pandas.DataFrame
        One row per measure and pair of factors: `measure`, `factor`, `other`, `scale`, `statistic`,
        `df`, `error_df`, `pvalue`, `pvalue_holm` (corrected over the table); NaN where it cannot be
        tested (no replicates, or too many empty cells).
    """
    return interactions_of(count_runs(frame, factors, measures))


def interactions_of(runs: CountedRuns) -> pd.DataFrame:
    """Make the table of `interactions_table`."""
    import pandas as pd

    rows = []
    for measure in runs.measures:
        values = runs.values(measure)
        rows += [
            (measure, *t.factors, _scale(values), t.statistic, t.df, t.error_df, t.pvalue)
            for t in _effects(runs, measure, values).interactions
            if set(t.factors) <= set(runs.chosen)
        ]
    table = pd.DataFrame(rows, columns=list(_TESTED))
    table["pvalue_holm"] = holm(table["pvalue"])
    return table


def _effects(runs: CountedRuns, measure: str, values: Values) -> FactorEffects:
    if all(len(set(values.labels[name])) < 2 for name in runs.chosen):
        raise InputError(
            f"The measure {measure} is there at one level of {', '.join(runs.chosen)} only: "
            "leave it out, or choose more runs."
        )
    y = np.log(values.y) if values.is_ratio else values.y
    return factor_effects(y, values.labels, runs.levels)


def _rows(
    runs: CountedRuns, measure: str, factors, values: Values, effects: FactorEffects
) -> list[dict]:
    y, fit = values.y, effects.fit
    of_all = {
        "measure": measure,
        "scale": _scale(values),
        "n": len(y),
        "cells": len(fit.means),
        "empty_cells": fit.empty,
        "lost": runs.planned - len(y),
        "error": fit.error,
        "value": float(y[0]) if np.all(y == y[0]) else np.nan,
    }
    return [
        of_all
        | {
            "factor": contrast.factor,
            "comparison": "trend" if contrast.is_trend else "level",
            "level": contrast.level,
            "reference": contrast.reference,
            "effect": float(np.exp(contrast.estimate)) if values.is_ratio else contrast.estimate,
            "standard_error": contrast.standard_error,
            "df": contrast.df,
            "pvalue": contrast.pvalue,
            "contrast": contrast,
        }
        | _turn(effects, contrast)
        for contrast in effects.contrasts
        if contrast.factor in factors
    ]


def _turn(effects: FactorEffects, contrast) -> dict[str, object]:
    turn = turn_of(effects.fit, contrast.factor) if contrast.is_trend else None
    if turn is None:
        return {"turn": "", "turn_pvalue": np.nan}
    word = "higher" if turn.is_top else "lower"
    ends = f"{quoted(turn.first)} and at {quoted(turn.last)}"
    told = f"{word} at {quoted(turn.level)} than at {ends}"
    return {"turn": told, "turn_pvalue": turn.pvalue}


def _scale(values: Values) -> str:
    return "ratio" if values.is_ratio else "difference"


def _intervals(table: pd.DataFrame, outside: float) -> np.ndarray:
    """Give the ends of the confidence intervals, shape (rows, 2), on the scale of the effects."""
    ends = np.array([contrast.interval(outside) for contrast in table["contrast"]])
    ratios = (table["scale"] == "ratio").to_numpy()
    with np.errstate(over="ignore"):
        ends[ratios] = np.exp(ends[ratios])
    return ends
