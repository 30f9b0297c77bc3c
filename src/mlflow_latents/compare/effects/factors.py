"""Which columns of a table of runs are factors, and the order of their levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.compare.effects.measures import alike
from mlflow_latents.compare.runs import factor_columns
from mlflow_latents.errors import InputError
from mlflow_latents.stats.factor_effects import as_number, ordered_levels
from mlflow_latents.tracking.study_runs import TRIAL_TAG

if TYPE_CHECKING:
    import pandas as pd

PARAMETER = "params."
TRIAL = f"tags.{TRIAL_TAG}"


def chosen_columns(
    frame: pd.DataFrame, factors: Sequence[str] | Mapping[str, Sequence[str]] | None
) -> dict[str, str]:
    """Give the column of each factor, by its name: those asked for, or all tags that vary.

    Raises
    ------
    InputError
        When there is no such factor, or none at all.
    """
    tagged = factor_columns(frame)
    if factors is None:
        varying = {name: c for name, c in tagged.items() if frame[c].nunique() > 1}
        if not varying:
            raise InputError(
                f"No factor of a study varies among these {len(frame)} runs: name the parameters "
                "to compare as factors."
            )
        return varying
    if not factors:
        raise InputError("factors is empty: name at least one, or none at all for those tagged.")
    return {name: _column(name, frame, tagged) for name in factors}


def labels_of(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Give the levels of factors as text, one column per factor; "none" where a run has none."""
    labels = frame[list(columns.values())].fillna("none").astype(str)
    return labels.set_axis(list(columns), axis="columns")


def background_factors(labels: pd.DataFrame, chosen: Sequence[str]) -> list[str]:
    """Find the factors nobody asked for that vary while those asked for stay the same."""
    found = []
    for name in labels.columns.difference(chosen, sort=False):
        if (labels.groupby([*chosen, *found])[name].nunique() > 1).any():
            found.append(name)
    return found


def level_order(labels: pd.Series, frame: pd.DataFrame) -> tuple[str, ...]:
    """Order levels: numbers and yes or no ascending, other words by their first trial."""
    order = ordered_levels(labels.tolist())
    is_word = any(as_number(part) is None for level in order for part in level.split(","))
    if not is_word or set(order) <= {"True", "False"} or TRIAL not in frame:
        return order
    trial = frame[TRIAL].map(lambda value: as_number(str(value)), na_action="ignore")
    first = trial.astype(float).groupby(labels).min()
    return tuple(sorted(order, key=lambda level: first.fillna(np.inf)[level]))


def _column(name: str, frame: pd.DataFrame, tagged: Mapping[str, str]) -> str:
    """Find a factor among the tags of the study, the parameters, or all columns."""
    for column in (tagged.get(name), PARAMETER + name, name):
        if column in frame:
            return column
    parameters = [c.removeprefix(PARAMETER) for c in frame.columns if c.startswith(PARAMETER)]
    near = dict.fromkeys([*tagged, *alike(name, parameters)])
    raise InputError(
        f"The runs have no factor {name!r}: choose among "
        f"{', '.join(near) or 'the columns of the table of runs'}."
    )
