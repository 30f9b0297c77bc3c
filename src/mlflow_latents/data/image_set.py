"""The images that everything else starts from."""

from dataclasses import dataclass, field

import numpy as np

from mlflow_latents.errors import InputError

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images with their splits, names and attributes.

    Parameters
    ----------
    name : str
        Name in the registry, such as ``"faces"``.
    images : numpy.ndarray
        uint8, shape (n, height, width, channels) with 1 or 3 channels; read-only, and a memory map
        where the set is large, so read it in batches.
    split : numpy.ndarray
        (n,) of ``"train"``, ``"validation"`` and ``"test"``.
    names : numpy.ndarray
        (n,) of strings, one unique name per image.
    digest : str
        32 hexadecimal digits that identify images, names and splits.
    source : str
        Where the images come from.
    attributes : dict of str to numpy.ndarray
        Per attribute (n,) numbers, booleans or strings.
    skipped : tuple of str
        Names of images that could not be read and are left out.

    Raises
    ------
    InputError
        When these do not fit together.
    """

    name: str
    images: np.ndarray
    split: np.ndarray
    names: np.ndarray
    digest: str
    source: str
    attributes: dict[str, np.ndarray] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()

    def __post_init__(self):
        _check_images(self.name, self.images)
        n = len(self.images)
        columns = {"split": self.split, "names": self.names, **self.attributes}
        for column, values in columns.items():
            if np.shape(values) != (n,):
                raise InputError(
                    f"Image set {self.name!r} has {n} images, but {column!r} has shape "
                    f"{np.shape(values)}: give one value per image."
                )
        if unknown := set(self.split.tolist()) - set(SPLITS):
            raise InputError(
                f"Image set {self.name!r} has the unknown split {min(unknown)!r}: "
                f"use {', '.join(SPLITS)}."
            )
        if len(set(self.names.tolist())) < n:
            raise InputError(
                f"Image set {self.name!r} has several images of the same name: give each its own."
            )

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.images)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of one image."""
        return self.images.shape[1:]

    def indices(self, split: str) -> np.ndarray:
        """Return where the images of a split are.

        Parameters
        ----------
        split : {"train", "validation", "test"}

        Returns
        -------
        numpy.ndarray
            (m,) integers, ascending.

        Raises
        ------
        InputError
            When there is no such split.
        """
        if split not in SPLITS:
            raise InputError(f"There is no split {split!r}: choose one of {', '.join(SPLITS)}.")
        return np.flatnonzero(self.split == split)


def _check_images(name, images):
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3):
        raise InputError(
            f"Image set {name!r} has images of type {images.dtype} and shape {images.shape}: "
            "give uint8 of shape (n, height, width, 1 or 3)."
        )
    if images.size == 0:
        raise InputError(f"Image set {name!r} is empty: give at least one image.")
