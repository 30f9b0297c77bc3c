"""Files of vectors, from this package or from anywhere."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlflow_latents.data.image_set import SPLITS
from mlflow_latents.errors import InputError


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
        and optionally `split` (n,) and `name` (n,), as in latents/latents.npz of a run.

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
    if path.suffix not in (".npy", ".npz"):
        raise InputError(
            f"The file of vectors {path} is neither .npy nor .npz: save the vectors with "
            "numpy.save."
        )
    try:
        arrays = _load(path)
    except (ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"The file of vectors {path} cannot be read ({error}): save it again with numpy.save "
            "or numpy.savez, without pickled objects."
        ) from error
    z = _vectors_among(arrays, path)
    return Vectors(z, _splits(arrays, len(z), path), _names(arrays, len(z), path))


def _load(path: Path) -> dict[str, np.ndarray]:
    if path.suffix == ".npy":
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


def _splits(arrays: dict[str, np.ndarray], n: int, path: Path) -> np.ndarray:
    split = arrays.get("split", np.full(n, "train"))
    if split.shape != (n,) or not np.isin(split, SPLITS).all():
        raise InputError(
            f"The array split in {path} must say {', '.join(SPLITS)} for each of the {n} vectors: "
            "correct it or leave it away."
        )
    return split


def _names(arrays: dict[str, np.ndarray], n: int, path: Path) -> np.ndarray:
    names = arrays.get("name", np.arange(n))
    if names.shape != (n,):
        raise InputError(
            f"The array name in {path} has shape {names.shape}: give one name for each of the {n} "
            "vectors or leave it away."
        )
    return names.astype(str)


def join_held_out(vectors: Vectors, held_out: Vectors) -> Vectors:
    """Join two files: the vectors of the first, and all of the second as 'test'.

    Raises
    ------
    InputError
        When their dimensions differ, the second is empty, or the first has test vectors already.
    """
    if vectors.z.shape[1] != held_out.z.shape[1]:
        raise InputError(
            f"The held-out vectors have {held_out.z.shape[1]} dimensions and the others "
            f"{vectors.z.shape[1]}: give files of the same model."
        )
    if not len(held_out.z):
        raise InputError("The file of held-out vectors is empty: leave --held_out away.")
    if "test" in vectors.split:
        raise InputError(
            "The file of vectors has test vectors of its own, which are judged held-out: leave "
            "--held_out away, or take them out of the file."
        )
    return Vectors(
        np.concatenate([vectors.z, held_out.z]),
        np.concatenate([vectors.split, np.full(len(held_out.z), "test")]),
        np.concatenate([vectors.names, held_out.names]),
    )
