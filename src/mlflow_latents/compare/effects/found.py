"""The effects of factors, and where they depend on each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlflow_latents.compare.effects.counted import CountedRuns, count_runs
from mlflow_latents.compare.effects.tables import interactions_of, table_of
from mlflow_latents.compare.words import counted, quoted
from mlflow_latents.plots.effects import CLEAR
from mlflow_latents.stats.factor_effects import ADDITIVE, BORROWED, NO_ERROR, REPLICATES

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Effects:
    """Effects of all factors on all measures that can be compared.

    Parameters
    ----------
    runs : CountedRuns
        Those that count.
    table : pandas.DataFrame
        Of `effects_table`.
    interactions : pandas.DataFrame
        Of `interactions_table`.
    within : pandas.DataFrame
        Effects of a factor at each level of another one on which they clearly depend: columns of
        `effects_table`, and `other`, `at`. Empty where they depend on none.
    """

    runs: CountedRuns
    table: pd.DataFrame
    interactions: pd.DataFrame
    within: pd.DataFrame

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on the runs."""
        return tuple(self.table.attrs["notes"])


def find_effects(
    frame: pd.DataFrame,
    factors: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    measures: Sequence[str] | None = None,
) -> Effects:
    """Judge what factors change, as a page and the script of effects both tell it.

    Parameters and errors are those of `effects_table`.
    """
    runs = count_runs(frame, factors, measures)
    pairs = interactions_of(runs)
    # An interaction of rounding errors is none: where a measure does not vary there is no test.
    clear = pairs[pairs["pvalue_holm"] < CLEAR]
    return Effects(runs, table_of(runs), pairs, _within(runs, clear))


def _within(runs: CountedRuns, clear: pd.DataFrame) -> pd.DataFrame:
    """Give the effects of the first factor of each pair at each level of the second."""
    import pandas as pd

    parts = []
    for pair in clear.to_dict("records"):
        factor, other, measure = pair["factor"], pair["other"], pair["measure"]
        if not runs.comparable(measure, factor):
            continue
        for level in runs.levels[other]:
            here = runs.at(other, level, [factor], measure)
            if here.labels[factor].nunique() > 1:
                parts.append(table_of(here).assign(other=other, at=f"{other} {quoted(level)}"))
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
UNTESTED = "No factor could be tested: there are no p-values."


def corrections(effects: Effects) -> list[str]:
    """Say how p-values and intervals are to be taken."""
    pairs = int(effects.interactions["pvalue"].notna().sum())
    families = effects.table.dropna(subset=["factor_pvalue_holm"])
    families = families.drop_duplicates(["measure", "factor"])
    tested, passed = len(families), int((families["factor_pvalue_holm"] < CLEAR).sum())
    errors = set(effects.table["error"])
    told = [
        "Effects compare means over the other factors, with equal weights for each combination. "
        "Of errors, distances and variance ratios they are ratios (×), of shares, counts and nats "
        "differences (+, −).",
        *(_ERRORS[error] for error in _ERRORS if error in errors),
        *(_stages(tested, passed) if tested else [UNTESTED]),
        "Intervals hold 95 % for one comparison each, not for all at once; `effects.csv` has the "
        "wider simultaneous ones (Bonferroni), too.",
    ]
    if pairs:
        told.append(
            f"Whether factors depend on each other was tested in {counted(pairs, 'pair')} of "
            "factors and measures, corrected among themselves (Holm)."
        )
    return told


def _stages(tested: int, passed: int) -> list[str]:
    """Say how p-values are corrected."""
    return [
        "p-values are corrected in two stages. First all levels of a factor are tested at once "
        f"(ANOVA-type statistic), corrected for the {counted(tested, 'test')} of factors and "
        f"measures (Holm); {passed} of them {'is' if passed == 1 else 'are'} below {CLEAR}. Within "
        "these, levels are compared with the first one, corrected for their number (Holm) and by "
        f"the factor {tested}/{max(passed, 1)} for the first stage (Heller and others 2009). The "
        "larger of both p-values is told.",
        "So, where no level of a factor changes a measure, a page says by mistake that one does "
        "with a probability of at most 5 %, for all such factors and measures together. Of the "
        "factors and measures of which changes are told, on average at most 5 % have a level "
        "among them that changes nothing (overall false discovery rate). It is not held that all "
        "sentences of a page are true at once: where many measures truly change at some levels, "
        "one of them may well name a level too many.",
    ]
