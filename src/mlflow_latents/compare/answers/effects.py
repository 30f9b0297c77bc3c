"""The effects of a study's factors, and where they depend on each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.compare.answers.material import Material
from mlflow_latents.compare.words import counted, quoted
from mlflow_latents.compare.effects import CLEAR, effects_table, interactions_table
from mlflow_latents.compare.runs import factor_columns
from mlflow_latents.stats.factor_effects import (
    ADDITIVE,
    BORROWED,
    NO_ERROR,
    REPLICATES,
    as_number,
    holm,
)

if TYPE_CHECKING:
    import pandas as pd

TWO_STEPS = "pvalue_two_steps"


@dataclass(frozen=True)
class Effects:
    """Effects of all factors on all measures that can be compared.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `effects_table`, without what means something else at each level of the factor, and
        with `pvalue_two_steps`.
    interactions : pandas.DataFrame
        Of `interactions_table`.
    within : pandas.DataFrame
        Effects of a factor at each level of another one on which they clearly depend: columns of
        `effects_table`, and `other`, `at`. Empty where they depend on none.
    families : int
        How many tests of a factor on a measure the first step of the correction counts.
    """

    table: pd.DataFrame
    interactions: pd.DataFrame
    within: pd.DataFrame
    families: int

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on the runs."""
        return tuple(self.table.attrs.get("notes", ()))


def study_effects(material: Material) -> Effects | None:
    """Judge the factors of a study; None for a search, or where no factor varies yet."""
    if not material.levels or not material.measures:
        return None
    found = effects_table(material.started, material.levels, material.measures)
    notes = found.attrs.get("notes", ())
    families = found.dropna(subset=["factor_pvalue_holm"]).groupby(["measure", "factor"]).ngroups
    found = _comparable(material, found)
    if found.empty:
        return None
    found[TWO_STEPS] = _two_steps(found)
    found.attrs["notes"] = notes
    pairs = interactions_table(material.started, material.levels, material.measures)
    # An interaction of rounding errors is none: where a measure does not vary there is no test.
    clear = pairs[pairs["pvalue_holm"] < CLEAR]
    within = _within(material, clear)
    return Effects(found, pairs, within, families)


def _two_steps(table: pd.DataFrame) -> np.ndarray:
    """Correct p-values in two steps, as many levels and few replicates need.

    Corrected for all comparisons at once, of ten levels with three replicates nothing would ever
    be shown. So all levels of a factor are tested at once first, corrected for the number of such
    tests; and only within what that shows are the levels corrected among themselves.
    """
    within = table.groupby(["measure", "factor"])["pvalue"].transform(
        lambda p: holm(p) if len(p) > 1 else p
    )
    return np.fmax(within.to_numpy(), table["factor_pvalue_holm"].to_numpy())


def _comparable(material: Material, table: pd.DataFrame) -> pd.DataFrame:
    keep = [
        material.comparable(measure, factor)
        for measure, factor in zip(table["measure"], table["factor"], strict=True)
    ]
    return table[keep].reset_index(drop=True)


def _within(material: Material, clear: pd.DataFrame) -> pd.DataFrame:
    """Give the effects of the first factor of each pair at each level of the second."""
    import pandas as pd

    columns, parts = factor_columns(material.started), []
    for pair in clear.to_dict("records"):
        factor, other, measure = pair["factor"], pair["other"], pair["measure"]
        if not material.comparable(measure, factor):
            continue
        for level in material.levels[other]:
            here = material.started[material.started[columns[other]] == level]
            there = here[(here["status"] == "FINISHED") & here[f"metrics.{measure}"].notna()]
            present = set(there[columns[factor]])
            levels = [each for each in material.levels[factor] if each in present]
            if len(levels) > 1:
                table = effects_table(here, {factor: levels}, [measure])
                parts.append(table.assign(other=other, at=f"{other} {quoted(level)}"))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


_ERRORS = {
    REPLICATES: "The error is the scatter of replicates within each combination, which need not be "
    "the same in all (Welch, Satterthwaite).",
    BORROWED: "Of some measures combinations with a single run are taken to vary like the mean of "
    "the others.",
    ADDITIVE: "There are no replicates: the error is what is left when the factors are taken to "
    "act independently of each other, and is true only if they do.",
    NO_ERROR: "Of some measures there is nothing to take an error from: nothing is said about "
    "chance there.",
}


def corrections(effects: Effects) -> list[str]:
    """Say how p-values and intervals are to be taken."""
    pairs = int(effects.interactions["pvalue"].notna().sum())
    errors = set(effects.table["error"])
    told = [
        "Effects compare means over the other factors, with equal weights for each combination. "
        "Of errors, distances and variance ratios they are ratios (×), of shares, counts and nats "
        "differences (+, −).",
        *(_ERRORS[error] for error in _ERRORS if error in errors),
        "p-values are corrected in two steps. First all levels of a factor are tested at once "
        "(ANOVA-type statistic), corrected for the "
        f"{counted(effects.families, 'test')} of factors and measures (Holm); where that p-value "
        f"is below {CLEAR}, levels are compared with the first one, corrected for their number "
        "(Holm). The larger of both p-values is told. `effects.csv` has those corrected for all "
        "comparisons at once, too.",
        "Intervals hold 95 % for one comparison each, not for all at once; `effects.csv` has the "
        "wider simultaneous ones (Bonferroni), too.",
    ]
    if pairs:
        told.append(
            f"Whether factors depend on each other was tested in {counted(pairs, 'pair')} of "
            "factors and measures, corrected among themselves (Holm)."
        )
    return told


def is_numeric(levels) -> bool:
    """Whether all levels of a factor are numbers."""
    return all(as_number(level) is not None for level in levels)
