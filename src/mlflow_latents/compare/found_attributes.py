"""What a run says of its attributes, read back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.compare.probes import probed_runs, read_rows, require
from mlflow_latents.errors import InputError
from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.reader import download, has_artifact

if TYPE_CHECKING:
    from mlflow.entities import Run

AXES = f"{artifacts.ATTRIBUTES}/axes.npz"
MATRICES = ("cosines", "partial_cosines", "correlations")
SCORES = {"binary": "auc", "class": "auc", "continuous": "r2"}  # by kind


@dataclass(frozen=True)
class FoundAttributes:
    """One run.

    Parameters
    ----------
    names
        Of the attributes that all compared runs have, (a,).
    rows
        All that is known of each of them, in the same order.
    left_out
        Names of those that not every run has.
    metrics
        Of the run.
    matrices
        `cosines` of the axes, `partial_cosines`, and `correlations` of the labels, (a, a).
    places
        Rows of the table of sensitivities.
    """

    names: tuple[str, ...]
    rows: tuple[dict[str, object], ...]
    left_out: tuple[str, ...]
    metrics: dict[str, float]
    matrices: dict[str, np.ndarray]
    places: tuple[dict[str, object], ...]

    def values(self, measure: str) -> np.ndarray:
        """Give a measure of each attribute, (a,); NaN where not known."""
        given = [row.get(measure) for row in self.rows]
        return np.array([np.nan if value is None else value for value in given], float)


def in_common(found: Mapping[str, FoundAttributes], measure: str) -> dict[str, np.ndarray]:
    """Give a measure of the attributes of which every run knows it, so that means compare.

    Parameters
    ----------
    found
        Of each run, by label.
    measure
        Its name.

    Returns
    -------
    dict
        (a,) by label, NaN for all other attributes; without the runs that know it of none.
    """
    values = {label: each.values(measure) for label, each in found.items()}
    told = {label: each for label, each in values.items() if np.isfinite(each).any()}
    known = np.all([np.isfinite(each) for each in told.values()], axis=0)
    return {label: np.where(known, each, np.nan) for label, each in told.items()}


def read_attributes(runs: Mapping[str, str]) -> dict[str, FoundAttributes]:
    """Read what several runs found about the attributes that all of them have.

    Parameters
    ----------
    runs
        Id of each run by a label.

    Returns
    -------
    dict
        By label; attributes in the order of the first run.

    Raises
    ------
    InputError
        When runs have no findings, saw other images, or share no attribute.
    """
    found = probed_runs(runs, "attributes")
    for label, run in found.items():
        require(label, run, AXES)
    rows = {label: _rows(label, run) for label, run in found.items()}
    first = next(iter(rows))
    common = [key for key in rows[first] if all(key in each for each in rows.values())]
    if not common:
        raise InputError(
            f"The runs {', '.join(runs)} share no attribute: probe them with the same --attributes."
        )
    return {
        label: _found(run, rows[label], common, left_out=_left_out(rows, common))
        for label, run in found.items()
    }


def _rows(label: str, run: "Run") -> dict[tuple[str, str], dict[str, object]]:
    """Give all that is known of each attribute, by its name and the kind of its score."""
    folder = artifacts.ATTRIBUTES
    rows = read_rows(label, run, f"{folder}/attributes.json")
    path, moved = f"{folder}/arithmetic.json", {}
    if has_artifact(run.info.run_id, path):
        moved = {row["attribute"]: row for row in read_rows(label, run, path)}
    return {
        (row["attribute"], SCORES[row["kind"]]): row | moved.get(row["attribute"], {})
        for row in rows
    }


def _left_out(rows, common) -> tuple[str, ...]:
    every = dict.fromkeys(key for each in rows.values() for key in each)
    return tuple(dict.fromkeys(name for name, _ in every if (name, _) not in common))


def _found(run: "Run", rows, common, left_out) -> FoundAttributes:
    names = [name for name, _ in common]
    path = f"{artifacts.ATTRIBUTES}/sensitivity.json"
    places = read_rows("", run, path) if has_artifact(run.info.run_id, path) else []
    return FoundAttributes(
        tuple(names),
        tuple(rows[key] for key in common),
        left_out,
        dict(run.data.metrics),
        _matrices(run.info.run_id, names),
        tuple(places),
    )


def _matrices(run_id: str, names: Sequence[str]) -> dict[str, np.ndarray]:
    with download(run_id, AXES) as file, np.load(file, allow_pickle=False) as arrays:
        stored = {name: i for i, name in enumerate(arrays["names"].tolist())}
        matrices = {name: arrays[name] for name in MATRICES}
    chosen = [stored[name] for name in names]
    return {name: matrix[np.ix_(chosen, chosen)] for name, matrix in matrices.items()}
