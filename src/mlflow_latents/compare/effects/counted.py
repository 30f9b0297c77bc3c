"""Runs that count, each once, with their factors and measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mlflow_latents.compare.effects.comparable import is_comparable
from mlflow_latents.compare.effects.factors import (
    background_factors,
    chosen_columns,
    labels_of,
    level_order,
)
from mlflow_latents.compare.effects.measures import chosen_measures, finite_values, is_ratio
from mlflow_latents.compare.runs import factor_columns
from mlflow_latents.errors import InputError
from mlflow_latents.tracking.study_runs import REPLICATE_TAG, REUSED_TAG, SCALE_TAG

if TYPE_CHECKING:
    import pandas as pd

REPLICATE, REUSED, SCALE = (f"tags.{tag}" for tag in (REPLICATE_TAG, REUSED_TAG, SCALE_TAG))


class Values(NamedTuple):
    """One measure of the n runs that have it: values, labels by factor, whether ratios count."""

    y: np.ndarray
    labels: dict[str, list[str]]
    is_ratio: bool


@dataclass(frozen=True)
class CountedRuns:
    """Runs that count, each once, and the factors by which they are told apart.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per run.
    labels : pandas.DataFrame
        One column per factor; those that nobody asked for come last.
    levels : dict of str to tuple of str
        Of each factor, in order.
    chosen : tuple of str
        The factors that were asked for and vary.
    measures : tuple of str
        Names of metrics.
    planned : int
        How many runs there should be: all replicate seeds that occur in each cell.
    notes : tuple of str
        Sentences on the runs that do not count.
    """

    frame: pd.DataFrame
    labels: pd.DataFrame
    levels: dict[str, tuple[str, ...]]
    chosen: tuple[str, ...]
    measures: tuple[str, ...]
    planned: int
    notes: tuple[str, ...]

    def values(self, measure: str) -> Values:
        """Give the finite values of a measure."""
        y = finite_values(self.frame, measure)
        known = np.isfinite(y)
        y, labels = y[known], self.labels[known]
        return Values(y, labels.to_dict("list"), is_ratio(measure) and bool(np.all(y > 0)))

    def at(self, factor: str, level: str, chosen: Sequence[str], measure: str) -> CountedRuns:
        """Give the runs at one level of a factor that have a measure."""
        here = (self.labels[factor] == level) & np.isfinite(finite_values(self.frame, measure))
        frame, labels = self.frame[here], self.labels[here]
        more = {"chosen": tuple(chosen), "measures": (measure,), "planned": len(frame), "notes": ()}
        return replace(self, frame=frame, labels=labels, **more)

    def comparable(self, measure: str, factor: str) -> bool:
        """Tell whether a measure means the same at all levels of a factor."""
        return is_comparable(self.frame, self.labels, measure, factor)


def count_runs(
    frame: pd.DataFrame,
    factors: Sequence[str] | Mapping[str, Sequence[str]] | None,
    measures: Sequence[str] | None,
) -> CountedRuns:
    """Choose the runs that count, and label them by all factors that vary.

    Parameters and errors as for `mlflow_latents.compare.effects.effects_table`.
    """
    columns = chosen_columns(frame, factors)
    planned = frame.dropna(subset=list(columns.values()))
    finished = planned[planned["status"] == "FINISHED"]
    if finished.empty:
        raise InputError(
            f"None of the {len(frame)} runs is finished and has a level of {', '.join(columns)}: "
            "choose other runs or factors, or wait."
        )
    _check_one_scale(finished, columns.values())
    tagged = {n: c for n, c in factor_columns(frame).items() if c not in columns.values()}
    everything = columns | tagged
    used = once(finished, list(everything.values()))
    labels = labels_of(used, everything)
    labels = labels[[*columns, *background_factors(labels, list(columns))]]
    chosen = _varying(labels, list(columns), asked=factors is not None)
    levels = {name: level_order(labels[name], used) for name in labels}
    if isinstance(factors, Mapping):
        levels |= {name: tuple(map(str, order)) for name, order in factors.items()}
    return CountedRuns(
        used,
        labels,
        levels,
        chosen,
        chosen_measures(used, measures),
        _planned(planned, {name: everything[name] for name in labels}, labels),
        tuple(_notes(frame, finished, used)),
    )


def _check_one_scale(frame: pd.DataFrame, columns: Iterable[str]) -> None:
    if SCALE not in frame or SCALE in columns:
        return
    scales = sorted(frame[SCALE].dropna().unique())
    if len(scales) > 1:
        raise InputError(
            f"The runs come from studies of the scales {' and '.join(scales)}, which differ in "
            "more than their factors: choose one."
        )


def once(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Of runs that are the same (a cell's replicate, or a run and its repetition) the newest."""
    frame = frame.sort_values("start_time", ascending=False, kind="stable")
    origin = frame[REUSED].fillna(frame["run_id"]) if REUSED in frame else frame["run_id"]
    frame = frame[~origin.duplicated()]
    if REPLICATE in frame:
        same = frame.duplicated(subset=[*columns, REPLICATE]) & frame[REPLICATE].notna()
        frame = frame[~same]
    return frame


def _varying(labels: pd.DataFrame, names: list[str], asked: bool) -> tuple[str, ...]:
    """Factors of two levels or more; all of them must have these if they were asked for."""
    varying = labels.columns[labels.nunique() > 1]
    found = tuple(name for name in names if name in varying)
    if asked and len(found) < len(names):
        name = next(name for name in names if name not in varying)
        others = f", or among {', '.join(varying)}" if len(varying) else ""
        raise InputError(
            f"The factor {name} has one level only, {labels[name].iloc[0]!r}, in the "
            f"{len(labels)} finished runs: choose more runs{others}."
        )
    if not found:
        raise InputError(
            f"No factor varies among the {len(labels)} finished runs ({', '.join(names)}): choose "
            "runs of different levels, or name a parameter that differs as factor."
        )
    return found


def _planned(started, columns: dict[str, str], labels) -> int:
    """How many runs there should be: all replicate seeds that occur, where runs have some."""
    replicates = started.get(REPLICATE)
    if replicates is None or replicates.isna().any():
        return len(labels)
    return len(labels_of(started, columns).drop_duplicates()) * replicates.nunique()


def _notes(frame, finished, used):
    done = int((frame["status"] == "FINISHED").sum())
    if lost := len(frame) - done:
        yield f"{lost} of {len(frame)} runs did not finish and do not count."
    if without := done - len(finished):
        yield f"{without} finished runs have no level of a factor and do not count."
    if twice := len(finished) - len(used):
        yield (
            f"{twice} runs repeat another one (same cell and replicate, or reused): only the "
            "newest of each counts."
        )
