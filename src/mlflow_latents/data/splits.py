"""Who trains, who validates, who tests; and which images to take when fewer are asked for."""

import warnings

import numpy as np

from mlflow_latents.data.image_set import SPLITS
from mlflow_latents.errors import InputError

# Of 20 consecutive images
ALL_THREE = {"train": 15, "validation": 1, "test": 4}
WITHOUT_TEST = {"train": 19, "validation": 1}


def seeded_split(n: int, seed: int, shares: dict[str, int] = ALL_THREE) -> np.ndarray:
    """Split images that have no official split: 75 % train, 5 % validation, 20 % test.

    Every 20 consecutive images are permuted on their own, so the split of an image does not depend
    on how many follow, and images sorted by label are split evenly within each label. The first
    three images get one split each: even the smallest set has all three.

    Parameters
    ----------
    n : int
        Number of images.
    seed : int
        Seed of the permutations.
    shares : dict of str to int
        How many of 20 images go into which split.

    Returns
    -------
    numpy.ndarray
        (n,) strings.
    """
    rng = np.random.default_rng([seed, 0x5B117])
    block = np.repeat(list(shares), list(shares.values()))
    split = rng.permuted(np.tile(block, (-(-n // 20), 1)), axis=1)
    if n:
        split[0] = _one_of_each_first(split[0], np.random.default_rng([seed, 0xF125]))
    return split.reshape(-1)[:n]


def _one_of_each_first(block, rng):
    first = rng.permutation([np.flatnonzero(block == split)[0] for split in np.unique(block)])
    return np.concatenate([block[first], np.delete(block, first)])


def choose(split: np.ndarray, images: int | None, seed: int, name: str) -> np.ndarray:
    """Choose a random subset that keeps every split in proportion.

    The choice of fewer images is a part of the choice of more, up to the rounding of the shares.

    Parameters
    ----------
    split : numpy.ndarray
        (n,) strings.
    images : int or None
        How many; None for all.
    seed : int
        Seed of the choice.
    name : str
        Name of the image set, for messages.

    Returns
    -------
    numpy.ndarray
        (min(images, n),) integers, ascending.

    Raises
    ------
    InputError
        When a split would stay empty.
    """
    n = len(split)
    if n < len(SPLITS):
        raise InputError(
            f"Image set {name!r} has {n} images, but training, validation and test need at least "
            f"one image each: give {len(SPLITS)} or more."
        )
    if images is not None and images > n:
        warnings.warn(
            f"Image set {name!r} has {n} images, fewer than the {images} asked for: all are taken.",
            stacklevel=2,
        )
    members = {s: np.flatnonzero(split == s) for s in SPLITS}
    if empty := [s for s in SPLITS if len(members[s]) == 0]:
        raise InputError(
            f"Image set {name!r} has {n} images and none for {empty[0]}: "
            "give more images, at least one for each split."
        )
    if images is None or images >= n:
        return np.arange(n)
    counts = _proportional([len(m) for m in members.values()], images)
    rng = np.random.default_rng([seed, 0xC4005E])
    parts = [rng.permutation(m)[:k] for m, k in zip(members.values(), counts, strict=True)]
    return np.sort(np.concatenate(parts))


def _proportional(sizes, total):
    """Share out `total` in proportion to sizes by largest remainders, at least one to each."""
    exact = np.array(sizes) * total / sum(sizes)
    counts = np.maximum(np.floor(exact).astype(int), 1)
    while counts.sum() < total:
        counts[np.argmax(exact - counts)] += 1
    while counts.sum() > total:
        counts[np.argmax(counts - exact - np.where(counts == 1, np.inf, 0))] -= 1
    return counts
