"""What latent arithmetic finds."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.generate.quality import Estimate
from mlflow_latents.probes.looks import Looks


@dataclass(frozen=True, eq=False)
class Moves:
    """What the judge says of images that were moved, one way, along each axis.

    Logits are in standard deviations of that logit over held-out images that were decoded without
    being moved; means are over the moved images, and errors are standard errors of these means.
    NaN where there is no axis.

    Parameters
    ----------
    change, change_error : numpy.ndarray, shape (a, t)
        Change of the logit of each target per sd moved along each axis: the slope over all steps.
    curve, curve_error : numpy.ndarray, shape (a, s)
        Change of the axis's own logit at each step, beside the unmoved image.
    probability : numpy.ndarray, shape (a, s)
        Mean of the sigmoid of the own logit at each step: how surely the judge sees the attribute.
        NaN for numbers.
    """

    change: np.ndarray
    change_error: np.ndarray
    curve: np.ndarray
    curve_error: np.ndarray
    probability: np.ndarray


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """Moves along the axes of attributes.

    Parameters
    ----------
    names : tuple of str
        Label of each axis.
    given : tuple of str
        Labels whose axes were given: those too that the judge does not know.
    targets : tuple of str
        What the judge knows.
    attributes : tuple of str
        Attribute of each target: classes of one attribute change together by necessity.
    own : numpy.ndarray of int, shape (a,)
        Target of each axis.
    steps : numpy.ndarray, shape (s,)
        How far images were moved, in sd.
    n : int
        Number of moved images.
    plain : Moves
        Along the axis of each label.
    partial : Moves
        Along its partial axis, on which all other labels stay as they are.
    restored : Moves
        Along the axis; then the whitened vector is scaled to the radius, hence level, that it had.
    looks : Looks or None
        How far the images, plain and restored, are from photographs; None without features.
    """

    names: tuple[str, ...]
    given: tuple[str, ...]
    targets: tuple[str, ...]
    attributes: tuple[str, ...]
    own: np.ndarray
    steps: np.ndarray
    n: int
    plain: Moves
    partial: Moves
    restored: Moves
    looks: Looks | None = None

    def response(self, moves: Moves) -> list[Estimate]:
        """Give the change of each axis's own logit, in its sd, per sd moved."""
        rows = np.arange(len(self.own))
        pairs = zip(moves.change[rows, self.own], moves.change_error[rows, self.own], strict=True)
        return [Estimate(float(value), float(error)) for value, error in pairs]

    def leakage(self, moves: Moves) -> np.ndarray:
        """Give how much other attributes change beside the own one: shape (a,).

        Root mean square over the targets of other attributes of the change of their logits, over
        the change of the own logit, all in sd. The squares of the errors are taken off the squares,
        so that chance gives 0 on average; negative where they are larger. Targets whose logit never
        varies do not count. NaN where the own logit changes by less than two errors, or there is no
        other attribute.
        """
        squares = np.square(moves.change) - np.square(moves.change_error)
        attributes = np.array(self.attributes)
        others = (attributes[self.own][:, None] != attributes) & np.isfinite(squares)
        mean = np.where(others, squares, 0).sum(axis=1) / np.where(others.any(1), others.sum(1), 1)
        own = np.array([[each.value, each.error] for each in self.response(moves)])
        known = others.any(axis=1) & (np.abs(own[:, 0]) > 2 * own[:, 1])
        root = np.sign(mean) * np.sqrt(np.abs(mean))
        return np.where(known, root / np.where(known, np.abs(own[:, 0]), 1), np.nan)
