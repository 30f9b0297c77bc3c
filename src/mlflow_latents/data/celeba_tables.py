"""The tables of CelebA: one row of whole numbers per image."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlflow_latents.errors import InputError


@dataclass(frozen=True, eq=False)
class Table:
    """One row of whole numbers per image.

    Parameters
    ----------
    rows : dict of str to int
        Row of each image by its name.
    columns : list of str
        Names of the columns; empty when the file names none.
    values : numpy.ndarray
        (rows, columns) int8.
    """

    rows: dict[str, int]
    columns: list[str]
    values: np.ndarray

    def of(self, names: np.ndarray) -> np.ndarray:
        """Return the rows of some images.

        Parameters
        ----------
        names : numpy.ndarray
            (m,) names.

        Returns
        -------
        numpy.ndarray
            (m, columns) int8.
        """
        return self.values[[self.rows[name] for name in names.tolist()]]


def read_table(root: Path, stem: str, wanted: str) -> Table:
    """Read a table as ``.txt`` (official edition) or ``.csv`` (Kaggle edition).

    Parameters
    ----------
    root : pathlib.Path
        Folder of the file.
    stem : str
        Name of the file without suffix.
    wanted : str
        What to download, for the message.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        When there is no such file, or it is no such table.
    """
    path = _find(root, stem, wanted)
    text = path.read_text(encoding="utf-8", errors="replace").replace(",", " ")
    lines = [line for line in text.splitlines() if line.strip()]
    first = next((i for i, line in enumerate(lines) if ".jpg" in line), 0)
    columns = lines[first - 1].split() if first else []
    names, values = [], []
    for line in lines[first:]:
        name, _, rest = line.partition(" ")
        names.append(name)
        values.append(rest)
    return Table(
        rows={name: i for i, name in enumerate(names)},
        columns=[column for column in columns if column != "image_id"],
        values=_numbers(values, path),
    )


def _find(root, stem, wanted):
    for suffix in (".txt", ".csv"):
        if (path := root / (stem + suffix)).is_file():
            return path
    raise InputError(f"There is neither {stem}.txt nor {stem}.csv in {root}: {wanted}.")


def _numbers(rows, path):
    # One call for eight million numbers: a Python object for each would take half a gigabyte.
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # how NumPy says "not a number"
        try:
            width = len(rows[0].split())
            values = np.fromstring(" ".join(rows), np.int8, sep=" ")
            return values.reshape(len(rows), width)
        except (IndexError, ValueError, DeprecationWarning) as error:
            raise InputError(
                f"{path} is not a table with the same whole numbers for each image ({error}): "
                "download it again."
            ) from error
