"""Which labels can be probed."""

from collections.abc import Mapping, Sequence

import numpy as np

from mlflow_latents.data.labels import LEAST_SHOWN, Label
from mlflow_latents.errors import InputError

LEAST_TRAINING = 50  # training images of each class, or with a known number
LEAST_HELD_OUT = 10  # the same, test images
MORE_THAN_DIMENSIONS = 6  # known training images: see `class_distance`


def choose_labels(
    labels: Sequence[Label],
    split: np.ndarray,
    names: Sequence[str] | None = None,
    attributes: Mapping[str, np.ndarray] | None = None,
) -> tuple[list[Label], dict[str, str]]:
    """Choose the labels that enough images show.

    Parameters
    ----------
    labels : sequence of Label
        All labels of the image set: see `labels_of`.
    split : numpy.ndarray, shape (n,)
        Split of each image.
    names : sequence of str, optional
        Names of labels, or of attributes for all labels of these; all where not given.
    attributes : mapping of str to numpy.ndarray, optional
        All attributes of the image set, so that of those without a label it is said why.

    Returns
    -------
    chosen : list of Label
    left_out : dict of str to str
        By the name of each label or attribute that is left out, a sentence that says why.

    Raises
    ------
    InputError
        When a name is unknown, when too few images show a label asked for by its name, or when no
        label is left.
    """
    attributes = attributes or {}
    why = _without_label(labels, attributes, split == "train")
    why |= {label.name: reason for label in labels if (reason := _reason(label, split))}
    wanted = list(labels) if names is None else _named(labels, names, why)
    chosen = [label for label in wanted if label.name not in why]
    known = {label.name for label in wanted} | (set(attributes) if names is None else set())
    left_out = {name: reason for name, reason in why.items() if name in known}
    if not chosen:
        raise InputError(_nothing_left(left_out))
    return chosen, left_out


def leave_out_rare(
    labels: Sequence[Label], split: np.ndarray, d: int
) -> tuple[list[Label], dict[str, str]]:
    """Leave out labels that are known for too few training images to be found in d dimensions.

    Parameters
    ----------
    labels : sequence of Label
        See `choose_labels`.
    split : numpy.ndarray, shape (n,)
        Split of each image.
    d : int
        Dimensions of the latent vectors.

    Returns
    -------
    labels : list of Label
        Those known for at least d + 6 training images.
    left_out : dict of str to str
        By the name of each label that is left out, a sentence that says why.

    Raises
    ------
    InputError
        When no label is left.
    """
    least, left_out = d + MORE_THAN_DIMENSIONS, {}
    for label in labels:
        known = int(np.isfinite(label.values[split == "train"]).sum())
        if known < least:
            left_out[label.name] = (
                f"Attribute {label.name!r} is known for {known} training images, and {least} are "
                f"needed with {d} latent dimensions: choose another one, or more images."
            )
    kept = [label for label in labels if label.name not in left_out]
    if left_out and not kept:
        raise InputError(_nothing_left(left_out))
    return kept, left_out


def _without_label(labels, attributes, train):
    found = {label.attribute for label in labels}
    return {
        name: f"Attribute {name!r} {_lack(values[train])}: choose another one, or more images."
        for name, values in attributes.items()
        if name not in found
    }


def _lack(values):
    """Say what an attribute lacks, of its values in training images."""
    known = np.isfinite(values) if values.dtype.kind == "f" else np.ones(len(values), bool)
    different = len(np.unique(values[known]))
    if different == 0:
        return "is unknown in all training images"
    if different == 1:
        return "is the same in all training images"
    return f"varies too little: none of its classes has {LEAST_SHOWN} training images"


def _named(labels, names, why):
    wanted = {}
    for name in names:
        found = [label for label in labels if label.name == name]
        if name in why:
            raise InputError(why[name])
        found = found or [label for label in labels if label.attribute == name]
        if not found:
            raise InputError(
                f"There is no attribute {name!r}: choose among {_listed(labels)}."
                if labels
                else f"There is no attribute {name!r}: the image set has none that varies."
            )
        wanted |= {label.name: label for label in found}
    return list(wanted.values())


def _listed(labels):
    return ", ".join(dict.fromkeys(label.attribute for label in labels))


def _reason(label, split):
    """Say why a label cannot be probed; nothing where it can."""
    for part, least in (("train", LEAST_TRAINING), ("test", LEAST_HELD_OUT)):
        values = label.values[split == part]
        values = values[np.isfinite(values)]
        called = "training" if part == "train" else "test"
        if len(values) and np.all(values == values[0]):
            return (
                f"Attribute {label.name!r} is the same in all {called} images: choose another one, "
                "or more images."
            )
        number = label.kind == "continuous"
        shown = len(values) if number else int(min(values.sum(), (1 - values).sum()))
        if shown < least:
            what = "whose value is known" if number else f"{_rarer(label, values)} it"
            return (
                f"Attribute {label.name!r} has {shown} {called} images {what}, and {least} are "
                "needed: choose another one, or more images."
            )
    return ""


def _rarer(label, values):
    return "with" if 2 * values.sum() <= len(values) else "without"


def _nothing_left(left_out):
    if not left_out:
        return (
            "The image set has no attributes that vary among its training images: choose one that "
            "has, such as celeba, faces or digits; generation, controls and maps need none."
        )
    first = next(iter(left_out.values()))
    return f"None of the {len(left_out)} attributes can be probed; the first one: {first}"
