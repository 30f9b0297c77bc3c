"""Where attributes lie in a latent distribution, and how well a linear reading finds them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from tqdm import tqdm

from mlflow_latents.data.labels import Kind, Label
from mlflow_latents.errors import InputError
from mlflow_latents.generate.quality import Estimate
from mlflow_latents.probes.axis_shares import explained_shares, share_of_all
from mlflow_latents.probes.class_alone import CloudAlone, judge_alone
from mlflow_latents.probes.label_choice import leave_out_rare
from mlflow_latents.probes.law_along import LawAlong, axis_laws, law_along
from mlflow_latents.stats import GaussianFit, fit_gaussian
from mlflow_latents.stats.blocks import as_vectors
from mlflow_latents.stats.class_distance import ClassDistance, class_distance
from mlflow_latents.stats.label_axes import LabelAxes, label_axes
from mlflow_latents.stats.readout import Readout, read_out

Measure = Literal["auc", "r2"]


@dataclass(frozen=True, eq=False)
class AttributeFound:
    """What the latent distribution knows of one label.

    Parameters
    ----------
    name, attribute, kind
        Those of the label.
    n : int
        Training images for which it is known.
    positives : int or None
        Those of them that have it; None for numbers.
    where : ClassDistance or None
        Where the class lies and how it is spread; None for numbers.
    shares : numpy.ndarray, shape (rank,)
        Share of the variance along each principal axis that the label explains by itself, unbiased.
    explained : float
        The same share of all variance.
    readout : Readout
        Linear reading of held-out latent vectors.
    controls : mapping of str to Readout
        The same from each control.
    law : LawAlong
        Of held-out vectors along the label's axis.
    alone : CloudAlone or None
        Whether the class by itself is a multivariate normal distribution; None for numbers, and
        for a class of fewer than 5 d training vectors.
    """

    name: str
    attribute: str
    kind: Kind
    n: int
    positives: int | None
    where: ClassDistance | None
    shares: np.ndarray
    explained: float
    readout: Readout
    controls: Mapping[str, Readout]
    law: LawAlong
    alone: CloudAlone | None

    @property
    def measure(self) -> Measure:
        """What a reading is scored with: area under the ROC curve, or R² of numbers."""
        return "r2" if self.kind == "continuous" else "auc"

    @property
    def score(self) -> Estimate:
        """Score of the reading from the latent vectors."""
        return _score(self.readout, self.measure)

    @property
    def readability(self) -> float:
        """Score from 0, chance, to 1, so that numbers and classes can be ranked together."""
        value = self.score.value
        return value if self.measure == "r2" else 2 * value - 1

    def score_of(self, control: str) -> Estimate:
        """Score of the reading from a control."""
        return _score(self.controls[control], self.measure)


def _score(readout, measure):
    return Estimate(getattr(readout, measure), getattr(readout, f"{measure}_error"))


@dataclass(frozen=True, eq=False)
class AttributesReport:
    """What the latent distribution knows of all labels.

    Parameters
    ----------
    found : tuple of AttributeFound
        In the order of the labels.
    axes : LabelAxes
        Their axes and the angles between them, in whitened coordinates of `fit`.
    fit : GaussianFit
        Of the training vectors.
    together : tuple of str
        Names of the labels that are known for every training image.
    shares : numpy.ndarray, shape (rank,)
        Share of the variance along each principal axis that these labels explain together. Others,
        such as those of one part of a combined image set, could only explain too little of it. NaN
        where there is no such label.
    explained : float
        The same share of all variance.
    whole : CloudAlone or None
        Whether all training vectors are a multivariate normal distribution, judged as the classes.
    positions : numpy.ndarray of float32, shape (m, a)
        Held-out vectors along the axis of each label, in sd from the mean of the fit.
    values : numpy.ndarray of float32, shape (m, a)
        Their labels.
    left_out : mapping of str to str
        Why labels were left out, by name.
    """

    found: tuple[AttributeFound, ...]
    axes: LabelAxes
    fit: GaussianFit
    together: tuple[str, ...]
    shares: np.ndarray
    explained: float
    whole: CloudAlone | None
    positions: np.ndarray
    values: np.ndarray
    left_out: Mapping[str, str]

    @property
    def has_partial_axes(self) -> bool:
        """Whether any differs from the plain one: classes of a single attribute have none."""
        return not np.allclose(self.axes.partial_axes, self.axes.axes, equal_nan=True)


def probe_attributes(
    z: np.ndarray,
    split: np.ndarray,
    labels: Sequence[Label],
    controls: Mapping[str, np.ndarray],
    seed: int = 0,
    fit: GaussianFit | None = None,
    left_out: Mapping[str, str] | None = None,
) -> AttributesReport:
    """Find labels in latent vectors: fit and axes from training, readings from test vectors.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
        Latent vectors.
    split : numpy.ndarray, shape (n,)
        Split of each.
    labels : sequence of Label
        At least one, with the values of the same n images: see `choose_labels`. Those known for too
        few training images are left out: see `leave_out_rare`.
    controls : mapping of str to numpy.ndarray, shape (n, any)
        Other vectors of the same images that are read in the same way, such as "pca" and
        "untrained". One to which no normal distribution can be fitted is left out, with a printed
        sentence.
    seed : int
        Seed of everything random.
    fit : GaussianFit, optional
        Of the training vectors, where it is known already.
    left_out : mapping of str to str, optional
        What `choose_labels` left out, for the report.

    Returns
    -------
    AttributesReport

    Raises
    ------
    InputError
        When the arrays do not belong together, no label is known for enough training images, or a
        normal distribution cannot be fitted to the training vectors (see `fit_gaussian`).
    """
    _check(z, split, labels, controls)
    labels, rare = leave_out_rare(labels, split, np.shape(z)[1])
    train, test = split == "train", split == "test"
    fit = fit_gaussian(z[train]) if fit is None else fit
    own = _Halves(fit.whiten(z[train]), fit.whiten(z[test]))
    others = dict(_fitted(controls, train, test))
    values = np.stack([label.values for label in labels], axis=1)
    axes = label_axes(own.train, values[train], [label.attribute for label in labels])
    positions = own.test @ axes.axes.T
    laws = axis_laws(positions)
    found = []
    bar = tqdm(labels, desc="attributes", unit=" attributes", disable=None)
    for i, label in enumerate(bar):
        known = values[train, i], values[test, i]
        law = law_along(positions[:, i], known[1], laws[i], label.kind == "continuous")
        found.append(_found(label, z[train], fit, own, others, known, law, seed))
    together = np.isfinite(values[train]).all(axis=0)
    shares = np.full(fit.rank, np.nan)
    if together.any():
        shares = explained_shares(own.train, values[train][:, together])
    return AttributesReport(
        found=tuple(found),
        axes=axes,
        fit=fit,
        together=tuple(labels[i].name for i in np.flatnonzero(together)),
        shares=shares,
        explained=share_of_all(shares, fit.variances),
        whole=judge_alone(z[train], seed),
        positions=positions.astype(np.float32),
        values=values[test].astype(np.float32),
        left_out={**(left_out or {}), **rare},
    )


@dataclass(frozen=True, eq=False)
class _Halves:
    """Whitened training and test vectors."""

    train: np.ndarray
    test: np.ndarray


def _fitted(controls, train, test) -> Iterator[tuple[str, _Halves]]:
    for name, vectors in controls.items():
        try:
            fit = fit_gaussian(vectors[train])
        except InputError as error:  # such as a constant one
            print(f"The control {name} is left out: {error}")
        else:
            yield name, _Halves(fit.whiten(vectors[train]), fit.whiten(vectors[test]))


def _found(label, z, fit, own, others, values, law, seed):
    known = np.isfinite(values[0])
    where = alone = positives = None
    if label.kind != "continuous":
        member = values[0] == 1
        positives = int(member.sum())
        where = class_distance(own.train[known], member[known])
        alone = judge_alone(z[member], seed)
    shares = explained_shares(own.train[known], values[0][known, None])
    return AttributeFound(
        name=label.name,
        attribute=label.attribute,
        kind=label.kind,
        n=int(known.sum()),
        positives=positives,
        where=where,
        shares=shares,
        explained=share_of_all(shares, fit.variances),
        readout=_read(own, values, label),
        controls={name: _read(halves, values, label) for name, halves in others.items()},
        law=law,
        alone=alone,
    )


def _read(halves, values, label):
    return read_out(halves.train, values[0], halves.test, values[1], label.kind)


def _check(z, split, labels, controls):
    n = len(as_vectors(z))
    columns = {"split": split} | {f"label {label.name!r}": label.values for label in labels}
    for name, values in (columns | dict(controls)).items():
        if len(values) != n:
            raise InputError(
                f"{name} has {len(values)} rows and z has {n}: give one for each vector."
            )
    if not labels:
        raise InputError("No labels are given: choose some with choose_labels.")
    if not (np.any(split == "train") and np.any(split == "test")):
        raise InputError("split has no training or no test vectors: give both.")
