"""Levels of a factor, as text: their order, and the numbers that they write."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from mlflow_latents.errors import InputError

MOST_LEVELS = 50


def ordered_levels(labels: Sequence[str]) -> tuple[str, ...]:
    """Put levels in order: numbers (and lists of numbers) ascending, then words by alphabet."""

    def key(label: str):
        numbers = [as_number(part) for part in re.split(r"[,\s]+", label.strip("()[] "))]
        is_word = any(number is None for number in numbers)
        return is_word, [] if is_word else numbers, label

    return tuple(sorted({str(label) for label in labels}, key=key))


def as_number(label: str) -> float | None:
    """Give the finite number that a label writes, or None."""
    try:
        number = float(label)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def trend_scale(levels: Sequence[str]) -> tuple[np.ndarray, str] | None:
    """Place the levels of a numeric factor on an axis: by doublings where all are above 0.

    Parameters
    ----------
    levels : sequence of str

    Returns
    -------
    tuple of numpy.ndarray and str, or None
        Places, and "doubling" or "unit"; None where a level is no number.
    """
    numbers = [as_number(label) for label in levels]
    if any(number is None for number in numbers):
        return None
    places = np.array(numbers, dtype=np.float64)
    return (np.log2(places), "doubling") if np.all(places > 0) else (places, "unit")


def present_levels(
    name: str, labels: Sequence[str], orders: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """Give the levels of a factor that occur, in order.

    Parameters
    ----------
    name : str
        The factor.
    labels : sequence of str
        One per value.
    orders : mapping of str to sequence of str
        Order of the levels by factor; `ordered_levels` where the factor has none.

    Raises
    ------
    InputError
        When there are more than 50, or a label is not in the order.
    """
    found = set(labels)
    if len(found) > MOST_LEVELS:
        raise InputError(
            f"The factor {name} has {len(found)} levels, and at most {MOST_LEVELS} can be "
            "compared: leave it out, or group its values."
        )
    if name not in orders:
        return ordered_levels(labels)
    order = tuple(dict.fromkeys(str(level) for level in orders[name]))
    if unknown := found - set(order):
        raise InputError(
            f"The factor {name} has values at {min(unknown)!r}, which is not among its levels "
            f"{', '.join(order)}: name all of them."
        )
    return tuple(level for level in order if level in found)
