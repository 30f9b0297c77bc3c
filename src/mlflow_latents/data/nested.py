"""Vectors as lists in lists, arrays of arrays, or text such as "[0.5, 1.2]"."""

import json
from collections.abc import Iterable

import numpy as np

from mlflow_latents.errors import InputError

_NUMBERS = "fiub"


def is_list(value) -> bool:
    """Whether a value of a table is a vector by itself."""
    if isinstance(value, str):
        return value.lstrip().startswith("[")
    return isinstance(value, (list, tuple, np.ndarray))


def stack_rows(rows: Iterable, what: str, start: int = 0) -> np.ndarray:
    """Stack vectors that are each a list, a tuple, an array or a JSON list.

    Parameters
    ----------
    rows
        The vectors.
    what
        What to call them in a message.
    start
        Number of the first one, for messages.

    Returns
    -------
    numpy.ndarray
        Real numbers (n, d).

    Raises
    ------
    InputError
        When a row is no vector of real numbers, or their lengths differ.
    """
    rows = list(rows)
    if any(isinstance(row, str) for row in rows[:1]):
        rows = _parsed(rows, what)
    try:
        stacked = np.array(rows)
    except (ValueError, TypeError):
        stacked = np.empty(0, object)
    if stacked.ndim == 2 and stacked.dtype.kind in _NUMBERS:
        return stacked
    raise InputError(_what_is_wrong(rows, what, start))


def _parsed(rows: list, what: str) -> list:
    if all(isinstance(row, str) for row in rows):
        try:
            return json.loads(f"[{','.join(rows)}]")  # at once: a call per row is slow
        except json.JSONDecodeError:
            pass
    raise InputError(
        f"{what} holds text that is no list of numbers such as [0.5, 1.2]: save it as Parquet, or "
        "with a column per dimension."
    )


def _what_is_wrong(rows: list, what: str, start: int) -> str:
    """Find the first row that is no vector like the others."""
    length = None
    for number, row in enumerate(rows, start):
        try:
            vector = np.array(row)
        except (ValueError, TypeError):
            vector = np.empty(0, object)
        if vector.ndim != 1 or vector.dtype.kind not in _NUMBERS:
            shown = f"shape {vector.shape}" if vector.dtype.kind in _NUMBERS else repr(row)[:60]
            return (
                f"{what} holds no vector in row {number} but {shown}: give a list of real numbers "
                "for each."
            )
        length = len(vector) if length is None else length
        if len(vector) != length:
            return (
                f"{what} is ragged: vector {number} has {len(vector)} numbers and vector {start} "
                f"has {length}; give vectors of one length."
            )
    return f"{what} holds no vectors: give one per row."
