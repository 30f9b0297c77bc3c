"""What the tracking store holds of a study: its question and design, and its runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.compare.words import NORMAL_AXES, NORMAL_SHARE
from mlflow_latents.compare.runs import factor_columns, select_runs, study_parent
from mlflow_latents.errors import InputError
from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.comparison_runs import COMPARISON_TAG
from mlflow_latents.tracking.reader import download, find_run, has_artifact
from mlflow_latents.tracking.study_runs import (
    OBJECTIVE_TAG,
    REPLICATE_TAG,
    STUDY_TAG,
    TRIAL_TAG,
)
from mlflow_latents.tracking.writer import FAILURE_TAG, JUDGE_TAG

if TYPE_CHECKING:
    import pandas as pd

RANK = "metrics.latent/geometry/rank"
# What makes two image sets different ones.
IMAGES = ("dataset", "factor_law", "resolution", "images", "crop", "data_seed")
# What is measured in pixels, or by a judge of the images: not comparable across image sets.
BY_IMAGES = ("reconstruction/mse", "reconstruction/psnr", "train/loss", "validation/loss")


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
        name = f"metrics.{measure}"
        if name not in self.runs:
            return np.full(len(self.runs), np.nan)
        values = self.runs[name].to_numpy(dtype=np.float64)
        return np.where(np.isfinite(values), values, np.nan)

    def comparable(self, measure: str, factor: str) -> bool:
        """Whether a measure means the same at all levels of a factor.

        Errors in pixels and distances between images do not where the images differ; what a judge
        says does not where the judges differ.
        """
        of_images = measure in BY_IMAGES or measure.startswith("generation/")
        return not (of_images and (self._varies(IMAGES_COLUMNS, factor) or self._judged(factor)))

    def _judged(self, factor: str) -> bool:
        return self._varies((f"tags.{JUDGE_TAG}",), factor)

    def _varies(self, columns, factor: str) -> bool:
        """Whether columns differ between levels of a factor where the others stay the same."""
        others = [factor_columns(self.runs)[name] for name in self.levels if name != factor]
        for column in columns:
            if column in self.runs:
                groups = self.runs.groupby(others) if others else [((), self.runs)]
                if any(group[column].nunique() > 1 for _, group in groups):
                    return True
        return False

    def _has(self, measure: str) -> bool:
        known = np.isfinite(self.values(measure))
        if self.is_search or not self.levels:
            return bool(known.any())
        return any(
            len({x for x, k in zip(self.column(name), known, strict=True) if k}) > 1
            for name in self.levels
        )


IMAGES_COLUMNS = tuple(f"params.{name}" for name in IMAGES)


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
    parent = parent or _parent(study)
    described = _described(study, parent)
    started = select_runs(study=study, finished=False)
    if "tags.mlflow.parentRunId" in started:
        started = started[started["tags.mlflow.parentRunId"] == parent]
    started = _with_share(started, described["objective"])
    finished = started[started["status"] == "FINISHED"]
    if finished.empty:
        states = ", ".join(f"{n} {state}" for state, n in started["status"].value_counts().items())
        raise InputError(
            f"No trial of the study {study!r} has finished ({states or 'none was started'}): "
            "continue the study, then ask for its answer again."
        )
    runs = _once(finished, described["factors"])
    return Material(study, parent, described, started, runs, _levels(runs, described["factors"]))


def newest_study(objective: str) -> str:
    """Find the newest study of an objective.

    Raises
    ------
    InputError
        When the tracking store has none.
    """
    try:
        found = select_runs(filter=_OWN.format(tag=OBJECTIVE_TAG, value=objective), finished=False)
    except InputError as error:
        raise InputError(
            f"The tracking store has no study of {objective}: start one with `python -m "
            f"mlflow_latents study --objective {objective}`, name one by --study, or set "
            "MLFLOW_TRACKING_URI to its store."
        ) from error
    return found.iloc[-1][f"tags.{STUDY_TAG}"]


_OWN = (
    "tags.`{tag}` = '{value}' AND tags.`"
    + TRIAL_TAG
    + "` IS NULL AND tags.`"
    + COMPARISON_TAG
    + "` "
    "IS NULL"
)


def _parent(study: str) -> str:
    if "'" not in study:
        try:
            own = select_runs(filter=_OWN.format(tag=STUDY_TAG, value=study), finished=False)
        except InputError:
            pass  # study_parent says what there is
        else:
            return own.iloc[-1]["run_id"]
    return study_parent(study)


def _described(study: str, parent: str) -> dict:
    find_run(parent)
    if not has_artifact(parent, artifacts.DESIGN):
        raise InputError(
            f"The run {parent} of study {study!r} has no {artifacts.DESIGN}, so that its question "
            "is not known: compare its runs with analysis/factor_effects.py instead."
        )
    with download(parent, artifacts.DESIGN) as file:
        return json.loads(file.read_text(encoding="utf-8"))


def _once(finished, factors):
    """Keep the newest run of each cell and replicate, in the order of the trials."""
    columns = [f"tags.mlflow_latents.factor.{name}" for name in factors]
    if columns:
        same = [*columns, f"tags.{REPLICATE_TAG}"]
        finished = finished.dropna(subset=columns).drop_duplicates(
            [name for name in same if name in finished], keep="last"
        )
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
