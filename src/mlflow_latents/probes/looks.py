"""Whether moved images look better when they are brought back to their own level."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlflow_latents.generate.quality import Estimate
from mlflow_latents.generate.quality.frechet import plain_frechet_distance
from mlflow_latents.generate.quality.jackknife import GROUPS, UNKNOWN, group_of

LEAST = 2 * GROUPS  # images


@dataclass(frozen=True)
class Looks:
    """Fréchet distances of images to photographs, in features of a judge.

    Of each axis the images at both ends are taken, those moved farthest down and up, so that the
    set as a whole shows the attribute about as often as before. Errors are those of choosing the
    images to be moved, somewhat too large (a plain jackknife); the photographs are the same for
    all.

    Parameters
    ----------
    moved, restored : tuple of Estimate
        Of the images moved along each axis; and of those brought back to their own level.
    unmoved : Estimate
        Of the same images where they were: what decoding alone costs.
    difference : Estimate
        Of the images of all axes together, restored less moved: below 0 where images that are
        brought back look better.
    """

    moved: tuple[Estimate, ...]
    restored: tuple[Estimate, ...]
    unmoved: Estimate
    difference: Estimate


def compare_looks(
    photographs: np.ndarray,
    unmoved: np.ndarray,
    moved: Sequence[np.ndarray | None],
    restored: Sequence[np.ndarray | None],
) -> Looks | None:
    """Compare moved images with photographs.

    Parameters
    ----------
    photographs : numpy.ndarray, shape (r, f)
        Features of held-out images.
    unmoved : numpy.ndarray, shape (m, f)
        Features of decoded images.
    moved, restored : sequence of numpy.ndarray, shape (2, m, f)
        Features of the same images, moved down and up, of each axis; None where there is none.

    Returns
    -------
    Looks or None
        None where there are fewer than 20 images, or no axis.
    """
    if min(len(unmoved), len(photographs)) < LEAST or all(each is None for each in moved):
        return None
    photographs = np.asarray(photographs, np.float64)
    ways = moved, restored
    return Looks(
        *(tuple(_distance(photographs, each) for each in way) for way in ways),
        _jackknifed(lambda kept: _between(photographs, unmoved[kept]), len(unmoved)),
        _difference(photographs, *(np.stack([e for e in way if e is not None]) for way in ways)),
    )


def _distance(photographs, ends):
    """Of the features (2, m, f) of both ends, with its error over the images."""
    if ends is None:
        return UNKNOWN
    return _jackknifed(lambda kept: _between(photographs, ends[:, kept]), ends.shape[1])


def _difference(photographs, moved, restored):
    """Restored less moved, of features (a, 2, m, f), with its error over the images."""

    def statistic(kept):
        before, after = (_between(photographs, way[:, :, kept]) for way in (moved, restored))
        return after - before

    return _jackknifed(statistic, moved.shape[2])


def _between(photographs, features):
    return plain_frechet_distance(photographs, features.reshape(-1, features.shape[-1]))


def _jackknifed(statistic, m):
    """Give a statistic of m images and its error; photographs, the same for all, stay.

    The jackknife that leaves out groups: see `mlflow_latents.generate.quality.jackknife`. That of
    pairs of groups would take most of a probe's time.
    """
    left = [statistic(np.flatnonzero(group_of(m) != group)) for group in range(GROUPS)]
    error = np.sqrt((GROUPS - 1) / GROUPS * np.sum((left - np.mean(left)) ** 2))
    return Estimate(statistic(np.arange(m)), float(error))
