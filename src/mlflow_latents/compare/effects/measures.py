"""Which measures are compared, and whether effects on them are ratios or differences."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

METRIC = "metrics."
LARGEST = 1e308  # MLflow stores infinity as the largest number of 64 bits, 1.797e308

MEASURES = (
    "latent/radial/variance_ratio",
    "latent/principal/ks_mean",
    "latent/negentropy/principal_mean",
    "latent/geometry/effective_dimension",
    "reconstruction/mse",
    "generation/ellipsoid/swd",
)
"""What is compared where nothing is chosen, as far as the runs have it."""

RATIOS = frozenset(
    [
        *("variance_ratio", "ks", "wasserstein", "ks_mean", "ks_median", "ks_p5", "ks_p95"),
        *("ks_worst", "displacement_worst", "center_distance", "center_distance_sd"),
        *("coverage_error_1sd", "coverage_error_2sd", "coverage_error_3sd"),
        *("radius_mean", "radius_sd", "norm_mean", "norm_sd", "radius", "moved"),
        *("condition_number", "effective_dimension", "correlation_mean_abs"),
        *("correlation_max_abs", "mse", "loss", "images_per_second", "learning_rate"),
        *("swd", "frechet", "diversity", "nearest"),
    ]
)
"""Last parts of the names of measures that are positive and whose effects multiply.

The others are compared by differences: shares, levels, correlations and counts, what is in nats or
decibels (logarithms already), and what chance may bring below 0, such as `kernel`.
"""


def is_ratio(measure: str) -> bool:
    """Tell whether effects on a measure are ratios, by the last part of its name."""
    return measure.rpartition("/")[2] in RATIOS


def finite_values(frame: pd.DataFrame, measure: str) -> np.ndarray:
    """Give a measure of each run; NaN where a run lacks it or its value is infinite."""
    if METRIC + measure not in frame:
        return np.full(len(frame), np.nan)
    values = frame[METRIC + measure].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.abs(values) < LARGEST, values, np.nan)


def chosen_measures(frame: pd.DataFrame, measures: Sequence[str] | None) -> tuple[str, ...]:
    """Give the names of the metrics that were asked for, or those of `MEASURES` that runs have.

    Raises
    ------
    InputError
        When none is asked for, or no run has one.
    """
    there = [
        column.removeprefix(METRIC)
        for column in frame.columns
        if column.startswith(METRIC) and frame[column].notna().any()
    ]
    if measures is None:
        found = tuple(name for name in MEASURES if name in there)
        if not found:
            raise InputError(
                "The runs have none of the usual measures: name some of "
                f"{', '.join(there[:8]) or 'their metrics, of which they have none'}."
            )
        return found
    names = tuple(dict.fromkeys(name.removeprefix(METRIC) for name in measures))
    if not names:
        raise InputError("measures is empty: name at least one, or none at all for the usual ones.")
    for name in names:
        if name not in there:
            raise InputError(
                f"No run has the measure {name!r}: choose among "
                f"{', '.join(alike(name, there)) or 'those of other runs'}."
            )
    return names


def alike(name: str, known: Sequence[str]) -> list[str]:
    """Give the names that are most like one, the nearest first."""
    return difflib.get_close_matches(name, known, n=5, cutoff=0.0)
