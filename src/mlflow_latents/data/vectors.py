"""Files of vectors, from this package or from anywhere."""

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from mlflow_latents.data.image_set import SPLITS
from mlflow_latents.data.nested import stack_rows
from mlflow_latents.data.tables import read_table, table_arrays
from mlflow_latents.errors import InputError
from mlflow_latents.stats.blocks import as_vectors

_SAVED_AGAIN = {
    ".npy": "with numpy.save, without pickled objects",
    ".npz": "with numpy.savez, without pickled objects",
    ".parquet": "as Parquet",
    ".csv": "as UTF-8, with commas between values and as many of them in each row",
}


@dataclass(frozen=True)
class Vectors:
    """Vectors of a file.

    Parameters
    ----------
    z
        Vectors (n, d).
    split
        Split of each vector, (n,): 'train', 'validation' or 'test'; all 'train' where the file
        says nothing.
    names
        Name of each vector, (n,); its number where the file says nothing.
    """

    z: np.ndarray
    split: np.ndarray
    names: np.ndarray

    def of(self, split: str) -> np.ndarray:
        """Give the vectors (m, d) of a split."""
        return self.z[self.split == split]


def read_vectors(path: str | Path) -> Vectors:
    """Read a file of vectors.

    Parameters
    ----------
    path
        .npy with an array (n, d), or .npz with an array `z` (n, d), or a single array of any name,
        and optionally `split` (n,) and `name` (n,), as in latents/latents.npz of a run; or .parquet
        or .csv with a column per dimension, or one column of lists, and optionally columns `split`
        and `name`: see `read_table`.

    Returns
    -------
    Vectors
        The vectors of a .npy file are a read-only memory map.

    Raises
    ------
    InputError
        When the file is missing or is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no file of vectors {path.absolute()}: correct the path.")
    kind = path.suffix.lower()
    if kind not in _SAVED_AGAIN:
        raise InputError(
            f"The file of vectors {path} is none of {', '.join(_SAVED_AGAIN)}: save the vectors "
            "with numpy.save."
        )
    try:
        arrays = _load(path) if kind in (".npy", ".npz") else read_table(path)
    except (ValueError, TypeError, OSError, EOFError, NotImplementedError, BadZipFile) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"The file of vectors {path} cannot be read ({reason}): save it again "
            f"{_SAVED_AGAIN[kind]}."
        ) from error
    z = _vectors_among(arrays, path)
    what = f"The file of vectors {path}"
    return Vectors(z, _splits(arrays, len(z), what), _names(arrays, len(z), what))


def vectors_in(data, what: str) -> Vectors:
    """Find the vectors in what a model or a person gives.

    Parameters
    ----------
    data
        Array or list of vectors, column of vectors, or DataFrame: see `table_arrays`.
    what
        What to call it in a message.

    Returns
    -------
    Vectors
        Finite real numbers.

    Raises
    ------
    InputError
        When these are no vectors.
    """
    if hasattr(data, "to_pandas"):  # tables of Arrow and Polars
        data = data.to_pandas()
    if hasattr(data, "columns"):
        arrays = table_arrays([data], len(data), what)
    else:
        arrays = {"z": _array_of(data, what)}
    z = as_vectors(arrays["z"], what)
    return Vectors(z, _splits(arrays, len(z), what), _names(arrays, len(z), what))


def _array_of(data, what: str) -> np.ndarray:
    if isinstance(data, list | tuple):
        return stack_rows(data, what)
    if not hasattr(data, "__array__"):
        raise InputError(
            f"{what} is a {type(data).__name__}: give an array, a list or a table of vectors, and "
            "of several of these the name of one."
        )
    array = data if isinstance(data, np.ndarray) else np.asarray(data)
    if array.dtype == object:
        return stack_rows(array, what)
    if array.ndim == 1:
        raise InputError(
            f"{what} has one {array.dtype} value per row, no vectors: give a model that gives "
            "vectors; of a transformer of scikit-learn its method, such as pca.transform."
        )
    return array


def _load(path: Path) -> dict[str, np.ndarray]:
    if path.suffix.lower() == ".npy":
        arrays = {"z": np.load(path, mmap_mode="r", allow_pickle=False)}
    else:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise ValueError("it holds something else than arrays")
    return arrays


def _vectors_among(arrays: dict[str, np.ndarray], path: Path) -> np.ndarray:
    if "z" not in arrays and len(arrays) != 1:
        raise InputError(
            f"The file of vectors {path} holds the arrays {', '.join(arrays) or 'none'}: name the "
            "one of the vectors z."
        )
    z = arrays.get("z", next(iter(arrays.values())))
    if z.ndim != 2 or not np.issubdtype(z.dtype, np.number) or np.iscomplexobj(z):
        raise InputError(
            f"The vectors in {path} have shape {z.shape} and type {z.dtype}: give real numbers "
            "(n, d), one row per vector."
        )
    return z


def _splits(arrays: dict[str, np.ndarray], n: int, what: str) -> np.ndarray:
    split = arrays.get("split", np.full(n, "train"))
    if split.shape != (n,) or not np.isin(split, SPLITS).all():
        raise InputError(
            f"{what} has a split that does not say {', '.join(SPLITS)} for each of the {n} "
            "vectors: correct it or leave it out."
        )
    return split


def _names(arrays: dict[str, np.ndarray], n: int, what: str) -> np.ndarray:
    names = arrays.get("name", np.arange(n))
    if names.shape != (n,):
        raise InputError(
            f"{what} has an array name of shape {names.shape}: give one name for each of the {n} "
            "vectors or leave it out."
        )
    return names.astype(str)


def join_held_out(vectors: Vectors, held_out: Vectors) -> Vectors:
    """Join two sets: the vectors of the first, and all of the second as 'test'.

    Raises
    ------
    InputError
        When their dimensions differ, the second is empty, or the first has test vectors already.
    """
    if vectors.z.shape[1] != held_out.z.shape[1]:
        raise InputError(
            f"The held-out vectors have {held_out.z.shape[1]} dimensions and the others "
            f"{vectors.z.shape[1]}: give those of the same model."
        )
    if not len(held_out.z):
        raise InputError("There are no held-out vectors in what was given: leave held_out out.")
    if "test" in vectors.split:
        raise InputError(
            "The vectors have test vectors of their own, which are judged held-out: omit held_out, "
            "or take them out."
        )
    return Vectors(
        np.concatenate([vectors.z, held_out.z]),
        np.concatenate([vectors.split, np.full(len(held_out.z), "test")]),
        np.concatenate([vectors.names, held_out.names]),
    )
