"""Latent arithmetic: images moved along the axis of an attribute, judged by what they show.

A judge that has learnt from images says whether a decoded image changes as meant, and what else
changes with it. Lengths are in whitened coordinates: moving by t sd adds t times a unit vector.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy import special
from tqdm import tqdm

from mlflow_latents.errors import InputError
from mlflow_latents.probes.arithmetic_found import Arithmetic, Moves
from mlflow_latents.probes.looks import compare_looks
from mlflow_latents.stats import GaussianFit

STEPS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
MOVED = 60  # images
MOST_UNMOVED = 1000  # images, which tell how far a logit varies; more where more are moved


def probe_arithmetic(
    white: np.ndarray,
    decode: Callable[[np.ndarray], np.ndarray],
    fit: GaussianFit,
    axes: np.ndarray,
    partial_axes: np.ndarray,
    judge,
    names: Sequence[str],
    steps: Sequence[float] = STEPS,
    seed: int = 0,
    features: Callable[[np.ndarray], np.ndarray] | None = None,
    photographs: np.ndarray | None = None,
    moved: int = MOVED,
) -> Arithmetic:
    """Move held-out images along the axes of labels, and ask a judge what has changed.

    Parameters
    ----------
    white : numpy.ndarray, shape (m, rank)
        Whitened vectors of held-out images. Of up to 1000, or as many as are moved, the
        reconstructions tell how far each logit varies.
    decode : callable
        Takes vectors (n, d), gives images of uint8 (n, height, width, channels).
    fit : GaussianFit
        What the vectors were whitened with.
    axes, partial_axes : numpy.ndarray, shape (a, rank)
        Unit vectors in whitened coordinates; NaN where there is none.
    judge : callable
        Takes such images, gives logits (n, t); `labels` names them: see `attribute_judge`.
    names : sequence of str
        Label of each axis. Those that the judge does not know are left out.
    steps : sequence of float
        How far to move, in sd; 0 among them.
    seed : int
        Of the choice of images.
    features : callable, optional
        Takes images, gives the features (n, f) in which they are compared with photographs.
    photographs : numpy.ndarray of uint8, shape (r, height, width, channels), optional
        Held-out images.
    moved : int
        How many of the vectors are moved, at most.

    Returns
    -------
    Arithmetic

    Raises
    ------
    InputError
        When the steps lack 0 or another one, there are fewer than two vectors, or the judge knows
        none of the labels.
    """
    steps = _checked_steps(steps)
    if len(white) < 2:
        raise InputError(
            f"white holds {len(white)} vectors, and at least 2 are moved: take more held-out "
            "images."
        )
    targets = [label.name for label in judge.labels]
    known = [i for i, name in enumerate(names) if name in targets]
    if not known:
        raise InputError(
            "The judge knows none of the labels whose axes are given: give the judge of this image "
            "set, or labels that are known of all its images."
        )
    own = np.array([targets.index(names[i]) for i in known])
    unmoved = np.random.default_rng(seed).permutation(white)[: max(MOST_UNMOVED, moved)]
    bench = _Bench(unmoved, moved, decode, fit, judge, steps, features)
    with tqdm(total=3 * len(known), desc="arithmetic", unit=" axes", disable=None) as bar:
        plain, partial, restored = (
            _moves(bench, unit_axes[known], own, restore, bar)
            for unit_axes, restore in ((axes, False), (partial_axes, False), (axes, True))
        )
    looks = None
    if features is not None and photographs is not None:
        looks = compare_looks(
            features(photographs), bench.features_unmoved(), plain[1], restored[1]
        )
    return Arithmetic(
        tuple(names[i] for i in known),
        tuple(names),
        tuple(targets),
        tuple(label.attribute for label in judge.labels),
        own,
        steps,
        len(bench.white),
        plain[0],
        partial[0],
        restored[0],
        looks,
    )


def moved_along(white: np.ndarray, axis: np.ndarray, steps, restore: bool = False) -> np.ndarray:
    """Move whitened vectors along an axis.

    Parameters
    ----------
    white : numpy.ndarray, shape (m, rank)
    axis : numpy.ndarray, shape (rank,)
        Unit vector.
    steps : array_like, shape (s,)
        In sd.
    restore : bool
        Whether to scale each moved vector to the radius that it had.

    Returns
    -------
    numpy.ndarray, shape (s, m, rank)
    """
    moved = white + np.asarray(steps)[:, None, None] * axis
    if restore:
        radii = np.linalg.norm(moved, axis=2, keepdims=True)
        own = np.linalg.norm(white, axis=1)[:, None]
        # Only a vector at the centre can be moved to the centre by an opposite step.
        moved *= own / np.where(radii > 0, radii, 1)
    return moved


class _Bench:
    """Moves the same images along one axis after the other."""

    def __init__(self, unmoved, moved, decode, fit, judge, steps, features):
        self._decode, self._fit, self._judge, self._features = decode, fit, judge, features
        self.steps, self._others = steps, np.flatnonzero(steps)
        self.white = unmoved[:moved]
        images = decode(fit.unwhiten(unmoved))
        logits = np.asarray(judge(images), np.float64)
        self._unmoved, self._unmoved_images = logits[: len(self.white)], images[: len(self.white)]
        self.seen = np.array([label.kind != "continuous" for label in judge.labels])
        spread = logits.std(axis=0, ddof=1)
        self.scale = np.where(spread > 0, spread, np.nan)

    def judged(self, axis, restore):
        """Logits (s, m, t) of the images moved along an axis, and features (2, m, f) of the ends.

        The ends are the images moved farthest down and up.
        """
        points = moved_along(self.white, axis, self.steps[self._others], restore)
        images = self._decode(self._fit.unwhiten(points.reshape(-1, points.shape[2])))
        logits = np.empty((len(self.steps), *self._unmoved.shape))
        logits[self.steps == 0] = self._unmoved
        logits[self._others] = np.asarray(self._judge(images)).reshape(-1, *self._unmoved.shape)
        return logits, self._of_ends(images)

    def features_unmoved(self):
        """Features (m, f) of the images where they are."""
        return np.asarray(self._features(self._unmoved_images), np.float64)

    def _of_ends(self, images):
        if self._features is None:
            return None
        order, m = np.argsort(self.steps[self._others]), len(self.white)
        ends = [images[i * m : (i + 1) * m] for i in (order[0], order[-1])]
        return np.asarray(self._features(np.concatenate(ends)), np.float64).reshape(2, m, -1)


def _moves(bench: _Bench, axes, own, restore, bar) -> tuple[Moves, np.ndarray]:
    """Give the moves along all axes, and the features (a, 2, m, f) of their ends."""
    found, features = [], []
    for axis, target in zip(axes, own, strict=True):
        if np.isfinite(axis).all():
            logits, of_ends = bench.judged(axis, restore)
        else:
            shape = len(bench.steps), len(bench.white), len(bench.scale)
            logits, of_ends = np.full(shape, np.nan), None
        found.append(tuple(_measured(logits, bench, target)))
        features.append(of_ends)
        bar.update()
    return Moves(*(np.stack(each) for each in zip(*found, strict=True))), features


def _measured(logits, bench: _Bench, target) -> Iterator[np.ndarray]:
    """Give the fields of `Moves` for one axis, of its logits (s, m, t)."""
    steps, scale = bench.steps, bench.scale
    centred = steps - steps.mean()
    slopes = np.tensordot(centred, logits, axes=1) / (centred @ centred) / scale
    yield from _mean(slopes)
    own = logits[:, :, target]
    curve, error = _mean(((own - own[steps == 0]) / scale[target]).T)
    yield curve
    yield error
    yield special.expit(own).mean(axis=1) if bench.seen[target] else np.full(len(steps), np.nan)


def _mean(values):
    """Mean over the images, and its standard error, of values (m, ...)."""
    return values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values))


def _checked_steps(steps):
    steps = np.asarray(steps, np.float64)
    if np.count_nonzero(steps == 0) != 1 or len(np.unique(steps)) != len(steps) or len(steps) < 2:
        raise InputError(
            f"steps are {steps.tolist()}: give different numbers of sd, 0 among them, such as "
            f"{list(STEPS)}."
        )
    return steps
