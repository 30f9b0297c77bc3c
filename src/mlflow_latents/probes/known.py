"""Numbers of which some are not known: NaN where they are counted, nothing in a table."""

from collections.abc import Iterable

import numpy as np


def mean_of_known(values: Iterable[float]) -> float:
    """Mean of the numbers that are known; NaN where none is."""
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else np.nan


def or_none(value: float) -> float | None:
    """Give a number for the cell of a table: None where it is not known."""
    return float(value) if np.isfinite(value) else None
