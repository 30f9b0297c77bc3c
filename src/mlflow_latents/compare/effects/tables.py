"""Tables of effects, of interactions, and of the means of cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.compare.effects.counted import CountedRuns, Values, count_runs
from mlflow_latents.errors import InputError
from mlflow_latents.stats.factor_effects import FactorEffects, factor_effects, holm

if TYPE_CHECKING:
    import pandas as pd

    Factors = Sequence[str] | Mapping[str, Sequence[str]] | None

_BOTH = ("simultaneous_low", "simultaneous_high")
_COLUMNS = (
    *("measure", "factor", "comparison", "level", "reference", "scale", "effect", "low", "high"),
    *(*_BOTH, "standard_error", "df", "pvalue", "pvalue_holm", "factor_pvalue_holm"),
    *("n", "cells", "empty_cells", "lost", "error", "value"),
)
_TESTED = ("measure", "factor", "other", "scale", "statistic", "df", "error_df", "pvalue")


def effects_table(
    frame: pd.DataFrame, factors: Factors = None, measures: Sequence[str] | None = None
) -> pd.DataFrame:
    """Give the effect of each level of each factor on each measure.

    Runs that did not finish do not count. Of runs of the same cell and replicate, and of a run and
    those that repeat it, only the newest counts. Factors of the study (its tags) that vary but are
    not asked for stay in the model, so that the error is that of the replicate seeds alone.

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
        `pvalue`, `pvalue_holm` (corrected over all comparisons of the table), `factor_pvalue_holm`
        (test of all levels of the factor at once, corrected over factors and measures), `n` (runs
        that have the measure), `cells`, `empty_cells`, `lost` (runs that should have it and have
        not), `error` (where the error comes from), `value` (of a measure that is constant).
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
        values = runs.values(measure)
        effects = _effects(runs, measure, values)
        rows += _rows(runs, measure, values, effects)
        tests |= {
            (measure, test.factors[0]): test.pvalue
            for test in effects.omnibus
            if test.factors[0] in runs.chosen
        }
        notes += [
            f"{measure} is there at one level of {name} only."
            for name in runs.chosen
            if name not in effects.fit.names
        ]
    table = pd.DataFrame(rows)
    count = max(int(table["pvalue"].notna().sum()), 1)
    table[["low", "high"]] = _intervals(table, 0.05)
    table[list(_BOTH)] = _intervals(table, 0.05 / count)
    table["pvalue_holm"] = holm(table["pvalue"])
    corrected = dict(zip(tests, holm(list(tests.values())), strict=True))
    pairs = zip(table["measure"], table["factor"], strict=True)
    table["factor_pvalue_holm"] = [corrected[pair] for pair in pairs]
    table = table[list(_COLUMNS)]
    table.attrs["notes"] = (*notes, *runs.notes)
    return table


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
    import pandas as pd

    runs = count_runs(frame, factors, measures)
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


def cell_means(
    frame: pd.DataFrame, factors: Factors = None, measures: Sequence[str] | None = None
) -> pd.DataFrame:
    """Give mean and scatter of each measure in each cell that any run was started for.

    Parameters and errors are those of `effects_table`; the cells are those of these factors alone.

    Returns
    -------
    pandas.DataFrame
        One column per factor, then `measure`, `mean`, `sd` (divided by n-1; NaN for one run), `n`,
        and `lost`: runs of the cell that failed, never ran, or lack the measure.
    """
    import pandas as pd

    runs = count_runs(frame, factors, measures)
    rows = []
    for measure in runs.measures:
        y, labels, _ = runs.values(measure)
        by_cell = defaultdict(list)
        for value, *cell in zip(y, *(labels[name] for name in runs.chosen), strict=True):
            by_cell[tuple(cell)].append(value)
        for cell, planned in runs.chosen_cells().items():
            here = pd.Series(by_cell[cell], dtype=np.float64)
            rows.append((*cell, measure, here.mean(), here.std(), len(here), planned - len(here)))
    return pd.DataFrame(rows, columns=[*runs.chosen, "measure", "mean", "sd", "n", "lost"])


def _effects(runs: CountedRuns, measure: str, values: Values) -> FactorEffects:
    if all(len(set(values.labels[name])) < 2 for name in runs.chosen):
        raise InputError(
            f"The measure {measure} is there at one level of {', '.join(runs.chosen)} only: "
            "leave it out, or choose more runs."
        )
    y = np.log(values.y) if values.is_ratio else values.y
    return factor_effects(y, values.labels, runs.levels)


def _rows(runs: CountedRuns, measure: str, values: Values, effects: FactorEffects) -> list[dict]:
    y, fit = values.y, effects.fit
    of_all = {
        "measure": measure,
        "scale": _scale(values),
        "n": len(y),
        "cells": len(fit.means),
        "empty_cells": fit.empty,
        "lost": sum(runs.planned.values()) - len(y),
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
        for contrast in effects.contrasts
        if contrast.factor in runs.chosen
    ]


def _scale(values: Values) -> str:
    return "ratio" if values.is_ratio else "difference"


def _intervals(table: pd.DataFrame, outside: float) -> np.ndarray:
    """Give the ends of the confidence intervals, shape (rows, 2), on the scale of the effects."""
    ends = np.array([contrast.interval(outside) for contrast in table["contrast"]])
    ratios = (table["scale"] == "ratio").to_numpy()
    with np.errstate(over="ignore"):
        ends[ratios] = np.exp(ends[ratios])
    return ends
