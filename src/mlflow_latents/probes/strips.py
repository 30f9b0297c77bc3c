"""Strips of images along the axes of attributes: what adding and removing looks like."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlflow_latents.probes.arithmetic import STEPS, moved_along
from mlflow_latents.stats import GaussianFit

PREFERRED = ("Eyeglasses", "Smiling", "Mustache", "Blond_Hair", "Male")
STRIPS = 5  # labels
FACES = 2  # images of each


@dataclass(frozen=True, eq=False)
class AttributeStrips:
    """Images along the axes of labels.

    Parameters
    ----------
    names : tuple of str
        Label of each axis, a of them.
    steps : numpy.ndarray, shape (s,)
        How far the images are moved, in sd, ascending.
    plain : numpy.ndarray of uint8, shape (a, f, s, height, width, channels)
        f images moved along each axis.
    restored : numpy.ndarray of uint8, shape (a, f, 2, height, width, channels)
        The ends of the strips, those vectors being brought back to the level that they had.
    """

    names: tuple[str, ...]
    steps: np.ndarray
    plain: np.ndarray
    restored: np.ndarray


def attribute_strips(
    white: np.ndarray,
    decode: Callable[[np.ndarray], np.ndarray],
    fit: GaussianFit,
    axes: np.ndarray,
    names: Sequence[str],
    steps: Sequence[float] = STEPS,
) -> AttributeStrips:
    """Decode vectors moved along the axes of labels.

    Parameters
    ----------
    white : numpy.ndarray, shape (f, rank) or (a, f, rank)
        Whitened vectors of images, or drawn ones: the same for all axes, or those of each.
    decode : callable
        Takes vectors (n, d), gives images of uint8 (n, height, width, channels).
    fit : GaussianFit
        What the vectors were whitened with.
    axes : numpy.ndarray, shape (a, rank)
        Unit vectors in whitened coordinates.
    names : sequence of str
        Label of each axis.
    steps : sequence of float
        How far to move, in sd.

    Returns
    -------
    AttributeStrips
    """
    steps = np.sort(np.asarray(steps, np.float64))
    of_each = np.broadcast_to(white, (len(axes), *np.shape(white)[-2:]))
    ends = steps[[0, -1]]

    def decoded(where, restore):
        points = [
            moved_along(vectors, axis, where, restore).swapaxes(0, 1)
            for vectors, axis in zip(of_each, axes, strict=True)
        ]
        points = np.stack(points)
        images = decode(fit.unwhiten(points.reshape(-1, points.shape[-1])))
        return images.reshape(*points.shape[:-1], *images.shape[1:])

    return AttributeStrips(tuple(names), steps, decoded(steps, False), decoded(ends, True))


def strip_labels(scores: Mapping[str, float]) -> list[str]:
    """Choose the labels to show: glasses, smile, moustache, blond hair, gender where they are.

    Parameters
    ----------
    scores : mapping of str to float
        How well each label is read in the latent space, such as AUC or R².

    Returns
    -------
    list of str
        At most five; the best read ones where the image set has none of these.
    """
    preferred = [name for name in PREFERRED if name in scores]
    known = [name for name in scores if np.isfinite(scores[name])]
    return preferred or sorted(known, key=lambda name: -scores[name])[:STRIPS]


def with_and_without(values: np.ndarray, rows: np.ndarray, n: int = FACES) -> np.ndarray:
    """Choose images to add an attribute to, and, last, one to remove it from.

    Parameters
    ----------
    values : numpy.ndarray, shape (m,)
        The label of all images: 0 and 1, or numbers, of which the lowest and highest quarter count.
    rows : numpy.ndarray of int
        Which images may be taken, in the order of preference.
    n : int
        How many.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        n - 1 without the attribute, then one with it; fewer where there are not enough.
    """
    rows = rows[np.isfinite(values[rows])]
    low, high = np.quantile(values[rows], [0.25, 0.75])
    if set(np.unique(values[rows])) <= {0.0, 1.0}:
        low, high = 0.0, 1.0
    return np.concatenate([rows[values[rows] <= low][: n - 1], rows[values[rows] >= high][:1]])
