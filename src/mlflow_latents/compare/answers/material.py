"""What the tracking store holds of a study: its question and design, and its runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.compare.effects import Effects, find_effects
from mlflow_latents.compare.effects.comparable import is_comparable
from mlflow_latents.compare.effects.counted import once
from mlflow_latents.compare.effects.factors import labels_of
from mlflow_latents.compare.effects.measures import finite_values
from mlflow_latents.compare.runs import factor_columns, select_runs, study_parent
from mlflow_latents.compare.words import NORMAL_AXES, NORMAL_SHARE
from mlflow_latents.errors import InputError
from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.reader import download, find_run, has_artifact
from mlflow_latents.tracking.study_runs import FACTOR_TAG, TRIAL_TAG
from mlflow_latents.tracking.writer import FAILURE_TAG

if TYPE_CHECKING:
    import pandas as pd

RANK = "metrics.latent/geometry/rank"


@dataclass(frozen=True)
class Material:
    """A study as the tracking store holds it.

    Parameters
    ----------
    name : str
        Of the study.
    parent : str
        Id of its own run.
    described : mapping
        What `design.json` says: objective, question, expectation, scale, measures, minimized,
        factors, design, and, where it is known, trials.
    started : pandas.DataFrame
        All runs of its trials, as `select_runs` gives them.
    runs : pandas.DataFrame
        Those that count: finished, and of each cell and replicate the newest.
    levels : dict of str to tuple of str
        Levels of each factor that finished runs have, in the order of the design; factors with one
        level are left out. Empty for a search.
    """

    name: str
    parent: str
    described: Mapping
    started: pd.DataFrame
    runs: pd.DataFrame
    levels: dict[str, tuple[str, ...]]

    @property
    def objective(self) -> str:
        """Which question."""
        return self.described["objective"]

    @property
    def scale(self) -> str:
        """How large the design is: smoke, small or paper."""
        return self.described["scale"]

    @property
    def is_search(self) -> bool:
        """Whether it has no factors."""
        return not self.described["factors"]

    @property
    def measures(self) -> list[str]:
        """Measures of the answer that the runs have, first the most telling.

        Measures that only one level of every factor has are left out: there is nothing beside.
        """
        wanted = list(self.described["measures"])
        if f"metrics.{NORMAL_SHARE}" in self.runs and NORMAL_AXES in wanted:
            wanted.insert(wanted.index(NORMAL_AXES) + 1, NORMAL_SHARE)
        return [name for name in wanted if self._has(name)]

    @property
    def planned_cells(self) -> list[tuple[str, ...]]:
        """All combinations of the levels of the design."""
        return list(product(*self.described["factors"].values()))

    @property
    def cells(self) -> dict[tuple[str, ...], np.ndarray]:
        """Positions of the runs of each combination of levels, in the order of the design."""
        names = list(self.described["factors"])
        labels = list(zip(*(self.column(name) for name in names), strict=True))
        found = {}
        for cell in self.planned_cells:
            here = np.flatnonzero([label == cell for label in labels])
            if len(here):
                found[cell] = here
        return found

    def column(self, factor: str) -> list[str]:
        """Give the level of a factor of each run that counts."""
        return self.runs[factor_columns(self.runs)[factor]].tolist()

    def values(self, measure: str) -> np.ndarray:
        """Give a measure of each run that counts; NaN where there is none."""
        return finite_values(self.runs, measure)

    def comparable(self, measure: str, factor: str) -> bool:
        """Whether a measure means the same at all levels of a factor."""
        columns = factor_columns(self.runs)
        labels = labels_of(self.runs, {name: columns[name] for name in self.levels})
        return is_comparable(self.runs, labels, measure, factor)

    def _has(self, measure: str) -> bool:
        known = np.isfinite(self.values(measure))
        if self.is_search or not self.levels:
            return bool(known.any())
        return any(
            len({x for x, k in zip(self.column(name), known, strict=True) if k}) > 1
            for name in self.levels
        )


def read_material(study: str, parent: str | None = None) -> Material:
    """Read a study from the tracking store.

    Parameters
    ----------
    study
        Its name.
    parent
        Id of its own run, where that is known.

    Returns
    -------
    Material

    Raises
    ------
    InputError
        When there is no such study, it was not described, or none of its trials has finished.
    """
    parent = parent or study_parent(study)
    described = _described(study, parent)
    started = select_runs(study=study, parent=parent, finished=False)
    started = _with_share(started, described["objective"])
    finished = started[started["status"] == "FINISHED"]
    if finished.empty:
        states = ", ".join(f"{n} {state}" for state, n in started["status"].value_counts().items())
        raise InputError(
            f"No trial of the study {study!r} has finished ({states or 'none was started'}): "
            "continue the study, then ask for its answer again."
        )
    runs = _that_count(finished, described["factors"])
    return Material(study, parent, described, started, runs, _levels(runs, described["factors"]))


def is_search(study: str) -> bool:
    """Whether a study is known to be a free search, without factors.

    Raises
    ------
    InputError
        When there is no such study.
    """
    parent = study_parent(study)
    return has_artifact(parent, artifacts.DESIGN) and not _described(study, parent)["factors"]


def _described(study: str, parent: str) -> dict:
    find_run(parent)
    if not has_artifact(parent, artifacts.DESIGN):
        raise InputError(
            f"The run {parent} of study {study!r} has no {artifacts.DESIGN}, so that its question "
            "is not known: compare its runs with analysis/factor_effects.py --measures instead."
        )
    with download(parent, artifacts.DESIGN) as file:
        return json.loads(file.read_text(encoding="utf-8"))


def _that_count(finished, factors):
    """Keep the newest run of each cell and replicate, in the order of the trials."""
    columns = [f"tags.{FACTOR_TAG}{name}" for name in factors]
    if columns:
        finished = once(finished.dropna(subset=columns), columns)
    order = finished[f"tags.{TRIAL_TAG}"].astype(int).sort_values(kind="stable").index
    return finished.loc[order].reset_index(drop=True)


def _with_share(runs, objective):
    """Count normal axes as a share, too, where their number is capped by what the study varies."""
    axes = f"metrics.{NORMAL_AXES}"
    if objective != "latent_dimension" or axes not in runs or RANK not in runs:
        return runs
    return runs.assign(**{f"metrics.{NORMAL_SHARE}": runs[axes] / runs[RANK]})


def _levels(runs, factors) -> dict[str, tuple[str, ...]]:
    columns = factor_columns(runs)
    found = {
        name: tuple(level for level in levels if level in set(runs[columns[name]]))
        for name, levels in factors.items()
        if name in columns
    }
    return {name: levels for name, levels in found.items() if len(levels) > 1}


def study_effects(material: Material) -> Effects | None:
    """Judge the factors of a study; None for a search, or where nothing can be compared yet."""
    if not any(material.comparable(m, f) for m in material.measures for f in material.levels):
        return None
    return find_effects(material.started, material.levels, material.measures)


def failures(material: Material) -> list[tuple[str, str, str]]:
    """Give name, id and reason of each run that failed or was killed."""
    reason = f"tags.{FAILURE_TAG}"
    gone = material.started[material.started["status"].isin(["FAILED", "KILLED"])]
    rows = gone.to_dict("records")
    return [
        (row["run_name"], row["run_id"], row["status"] + _because(row.get(reason))) for row in rows
    ]


def _because(reason) -> str:
    return f": {reason}" if isinstance(reason, str) and reason else ""
