"""Vectors in tables: of columns of numbers, or with one column of lists."""

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.data.nested import is_list, stack_rows
from mlflow_latents.errors import InputError

if TYPE_CHECKING:
    from pandas import DataFrame

CHUNK = 4096  # rows that are held at a time beside the vectors
_BESIDE = ("split", "name")  # columns that say something of the vectors
_NUMBERS = "fiub"


def read_table(path: Path) -> dict[str, np.ndarray]:
    """Read a table of vectors, a few thousand rows at a time.

    Parameters
    ----------
    path
        .parquet, or .csv with commas between values and a full stop in numbers. A first row with
        other than numbers names the columns, and so does one of 0, 1, 2, …, as pandas writes it;
        every other first row is a vector. A first column without a name is the index that pandas
        writes, and left out.

    Returns
    -------
    dict
        `z` (n, d), and `split` and `name` (n,) where the table has such columns.

    Raises
    ------
    InputError
        When the table holds no vectors.
    """
    opened = _open_parquet if path.suffix.lower() == ".parquet" else _open_csv
    with opened(path) as (frames, rows):
        return table_arrays(frames, rows, f"The file of vectors {path}")


def table_arrays(frames: Iterable["DataFrame"], rows: int, what: str) -> dict[str, np.ndarray]:
    """Take vectors, and what is said of them, out of a table that comes in parts.

    Parameters
    ----------
    frames
        The parts, with equal columns. Where a single column holds lists, these are the vectors;
        else all columns but `split` and `name` are, and must hold numbers.
    rows
        How many rows there are, or more.
    what
        What to call the table in a message.

    Returns
    -------
    dict
        `z` (n, d), float32 where the table is, else float64; `split` and `name` (n,) where the
        table has such columns.

    Raises
    ------
    InputError
        When a column holds other than numbers, the lists differ in length, or there are no vectors.
    """
    frames = iter(frames)
    first = next(frames, None)
    if first is None or not len(first):
        raise InputError(f"{what} holds no vectors: give one per row.")
    columns = _columns(first, what)
    z, start, beside = None, 0, {name: [] for name in columns.beside}
    for frame in itertools.chain([first], frames):
        block = columns.block(frame, what, start)
        if z is None:
            z = np.empty((rows, block.shape[1]), block.dtype)
        if block.shape[1] != z.shape[1]:
            raise InputError(
                f"{what} is ragged: vector {start} has {block.shape[1]} numbers and the first has "
                f"{z.shape[1]}; give vectors of one length."
            )
        z[start : start + len(block)] = block
        for name, position in columns.beside.items():
            beside[name].append(frame.iloc[:, position].astype(str).to_numpy(dtype=str))
        start += len(block)
    return {"z": z[:start]} | {name: np.concatenate(parts) for name, parts in beside.items()}


@dataclass(frozen=True)
class _Columns:
    """Where the vectors stand in a table, by position: names may occur twice."""

    vectors: list[int]
    lists: bool
    beside: dict[str, int]

    def block(self, frame: "DataFrame", what: str, start: int) -> np.ndarray:
        """Give the vectors (m, d) of a part whose first row is number `start`."""
        if self.lists:
            (position,) = self.vectors
            column = f"{what}, column {frame.columns[position]!r},"
            block = stack_rows(frame.iloc[:, position], column, start)
            return block.astype(_float(block.dtype == np.float32), copy=False)
        for position in self.vectors:
            _check_numbers(frame, position, what, start)
        dtype = _float((frame.dtypes.iloc[self.vectors] == np.float32).all())
        return frame.iloc[:, self.vectors].to_numpy(dtype=dtype, na_value=np.nan)


def _float(single: bool) -> type:
    return np.float32 if single else np.float64


def _columns(frame: "DataFrame", what: str) -> _Columns:
    names = list(frame.columns)
    beside = {name: names.index(name) for name in _BESIDE if name in names}
    rest = [position for position in range(len(names)) if position not in beside.values()]
    lists = [position for position in rest if is_list(frame.iloc[0, position])]
    if len(lists) > 1:
        raise InputError(
            f"{what} has several columns of lists, {', '.join(repr(names[i]) for i in lists)}: "
            "leave one of them."
        )
    if not rest:
        raise InputError(
            f"{what} has no columns of numbers: give one per dimension, or one column of lists."
        )
    return _Columns(lists or rest, bool(lists), beside)


def _check_numbers(frame: "DataFrame", position: int, what: str, start: int) -> None:
    from pandas import to_numeric

    column = frame.iloc[:, position]
    if column.dtype.kind in _NUMBERS:
        return
    odd = (to_numeric(column, errors="coerce").isna() & column.notna()).to_numpy()
    row = int(np.argmax(odd))
    raise InputError(
        f"{what} holds {str(column.iloc[row])[:40]!r} in row {start + row} of column "
        f"{frame.columns[position]!r}, which is no number: leave out the columns that are no "
        "coordinates, except split and name."
    )


@contextmanager
def _open_csv(path: Path) -> Iterator[tuple[Iterator["DataFrame"], int]]:
    import pandas as pd

    try:
        # Two rows: pandas would take the surplus first values under too few names for an index.
        head = pd.read_csv(path, nrows=2, header=None, dtype=str, keep_default_na=False)
    except pd.errors.EmptyDataError as error:
        raise InputError(f"The file of vectors {path} is empty: save the vectors again.") from error
    first = head.iloc[0].tolist()
    options = {
        "header": 0 if _names_columns(first) else None,
        "index_col": 0 if first[0] == "" and _names_columns(first) else None,
        "dtype": dict.fromkeys(_BESIDE, str),  # a name 007 stays one
    }
    with pd.read_csv(path, chunksize=CHUNK, **options) as reader:
        yield reader, _lines(path)


@contextmanager
def _open_parquet(path: Path) -> Iterator[tuple[Iterator["DataFrame"], int]]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        batches = file.iter_batches(batch_size=CHUNK)
        yield (batch.to_pandas() for batch in batches), file.metadata.num_rows


def _names_columns(first: list[str]) -> bool:
    """Whether the first row of a table names its columns."""
    named = first[1:] if first[0] == "" else first
    counted = len(first) > 1 and named == [str(number) for number in range(len(named))]
    return counted or not all(_is_value(text) for text in first)


def _is_value(text: str) -> bool:
    if not text or is_list(text):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True


def _lines(path: Path) -> int:
    """Count lines, an upper bound of rows: a name in quotes may hold line ends."""
    with path.open("rb") as file:
        blocks = iter(lambda: file.read(2**20), b"")
        return 1 + sum(block.count(b"\n") + block.count(b"\r") for block in blocks)
