"""What a reader of an image set knows before any pixel is decoded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

ALL = slice(None)


class Block(NamedTuple):
    """Consecutive images of a plan.

    Attributes
    ----------
    images : numpy.ndarray
        (k, height, width, channels) uint8, those of the m images that could be read.
    readable : numpy.ndarray
        (m,) bool.
    enlarged : int
        How many images were smaller than the resolution.
    """

    images: np.ndarray
    readable: np.ndarray
    enlarged: int = 0


@dataclass(frozen=True, eq=False)
class Plan:
    """An image set that is still to be decoded or drawn.

    Parameters
    ----------
    name, source
        As in ImageSet.
    shape
        Height, width and channels.
    split, names, attributes
        As in ImageSet, for all images that were chosen, readable or not.
    blocks
        Makes the images, in order; given ascending rows, those and no others.
    key
        Everything but shape, names and split that determines the images, as values for JSON.
    costly
        Whether reading again is so slow that the images are worth their place on the disk.
    """

    name: str
    source: str
    shape: tuple[int, int, int]
    split: np.ndarray
    names: np.ndarray
    blocks: Callable[..., Iterator[Block]]
    key: dict
    attributes: dict[str, np.ndarray] = field(default_factory=dict)
    costly: bool = True

    def __len__(self) -> int:
        """Return the number of images that were chosen."""
        return len(self.names)

    @property
    def nbytes(self) -> int:
        """Size of all images in bytes."""
        return len(self) * int(np.prod(self.shape))
