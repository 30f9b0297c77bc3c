"""What is known of images, as columns of numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

LEAST_SHOWN = 5  # training images of a class
MOST_CLASSES = 100  # of whole numbers; more are a quantity

Kind = Literal["binary", "class", "continuous"]


@dataclass(frozen=True, eq=False)
class Label:
    """One column of what is known of images.

    Parameters
    ----------
    name : str
        That of the attribute; of a class the value as well, such as ``"label 3"``.
    attribute : str
        Attribute of the image set that it belongs to.
    kind : {"binary", "class", "continuous"}
        An attribute of two values, one class of an attribute of several, or a number.
    values : numpy.ndarray of float64, shape (n,)
        0 and 1, or the numbers; NaN where nothing is known.
    """

    name: str
    attribute: str
    kind: Kind
    values: np.ndarray


def labels_of(attributes: Mapping[str, np.ndarray], train: np.ndarray) -> list[Label]:
    """Turn attributes into columns of numbers.

    Attributes of two values are 0 for the first in order and 1 for the other; other values that
    only images of another split have are not known. Classes (texts, and
    whole numbers of up to 100 values) are one column each, the 100 commonest of those that at least
    5 training images show. All others are numbers. Attributes that are equal in all training images
    are left out.

    Parameters
    ----------
    attributes : mapping of str to numpy.ndarray, shape (n,)
        Those of an image set.
    train : numpy.ndarray of int, shape (m,)
        Which images are training images.

    Returns
    -------
    list of Label
    """
    return [each for name, values in attributes.items() for each in _columns(name, values, train)]


def _columns(name: str, values: np.ndarray, train: np.ndarray) -> Iterator[Label]:
    numbers = values.dtype.kind == "f"
    known = np.isfinite(values) if numbers else np.ones(len(values), bool)
    seen, counts = np.unique(values[train][known[train]], return_counts=True)
    if len(seen) < 2:
        return
    if len(seen) == 2:
        known &= np.isin(values, seen)  # a value that no training image has says nothing
        yield Label(name, name, "binary", np.where(known, values == seen[1], np.nan))
    elif numbers or (values.dtype.kind in "iu" and len(seen) > MOST_CLASSES):
        yield Label(name, name, "continuous", np.where(known, values, np.nan).astype(np.float64))
    else:
        commonest = seen[np.argsort(-counts, kind="stable")[:MOST_CLASSES]]
        for value in np.intersect1d(commonest, seen[counts >= LEAST_SHOWN]):
            yield Label(f"{name} {value}", name, "class", (values == value).astype(np.float64))
