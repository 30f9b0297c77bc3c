"""Which labels can be probed."""

from collections.abc import Iterable, Sequence

import numpy as np

from mlflow_latents.data.labels import Label
from mlflow_latents.errors import InputError

LEAST_TRAINING = 50  # training images of each class, or with a known number
LEAST_HELD_OUT = 10  # the same, test images


def choose_labels(
    labels: Sequence[Label],
    split: np.ndarray,
    names: Sequence[str] | None = None,
    attributes: Iterable[str] = (),
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
    attributes : iterable of str
        Names of all attributes of the image set: those without a label are the same in all
        training images.

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
    why = _constant(labels, attributes)
    why |= {label.name: reason for label in labels if (reason := _reason(label, split))}
    wanted = list(labels) if names is None else _named(labels, names, why)
    chosen = [label for label in wanted if label.name not in why]
    known = {label.name for label in wanted} | (set(attributes) if names is None else set())
    left_out = {name: reason for name, reason in why.items() if name in known}
    if not chosen:
        raise InputError(_nothing_left(left_out))
    return chosen, left_out


def _constant(labels, attributes):
    varying = {label.attribute for label in labels}
    return {
        name: f"Attribute {name!r} is the same in all training images: choose another one, or more "
        "images."
        for name in attributes
        if name not in varying
    }


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
