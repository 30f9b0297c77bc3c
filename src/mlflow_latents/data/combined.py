"""Several image sets as one, such as celebrities and other faces.

A dataset is written ``NAME+NAME`` or ``NAME:SHARE+NAME:SHARE``; `ImagesConfig` says what users may
rely on. The parts stay one behind the other, each in its own order; nothing is decoded before the
images are chosen. What was decoded is kept in the cache under the combination, so other shares are
decoded anew.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from mlflow_latents.data.config import ImagesConfig
from mlflow_latents.data.image_set import SPLITS
from mlflow_latents.data.plan import Block, Plan
from mlflow_latents.errors import InputError


@dataclass(frozen=True)
class Part:
    """One image set of a dataset.

    Parameters
    ----------
    name
        As written, without its share: ``celeba`` or ``faces/bimodal``.
    share
        Exact share of all images, or None when the dataset has no shares.
    config
        How to open all images of the part.
    """

    name: str
    share: Fraction | None
    config: ImagesConfig

    @property
    def endless(self) -> bool:
        """Whether there are as many images as one asks for."""
        return self.config.dataset == "faces"


def combine(config: ImagesConfig, parts: list[Part], plans: list[Plan]) -> Plan:
    """Plan one image set from several.

    Names start with the name of the part, as in ``celeba/000001.jpg``, and the attribute ``origin``
    is that name. Attributes are those of all parts:

    - Numbers and booleans that a part lacks are NaN there (and booleans 0 and 1 as floats), so that
      they are missing, never wrong. Judges of images leave such attributes out.
    - Classes (``label``, and texts) start with the name of the part, since class 3 of two image
      sets is not the same; the images of a part without classes are one class, the name of the
      part.

    Parameters
    ----------
    config : ImagesConfig
    parts : list of Part
        Two or more, as `parts_of` gives them.
    plans : list of Plan
        One of all images of each part.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        When the parts differ in resolution, or `images` are so few that a part has none.
    """
    height, width = _common_sides(config, parts, plans)
    channels = max(plan.shape[2] for plan in plans)
    available = [[np.count_nonzero(plan.split == split) for split in SPLITS] for plan in plans]
    counts = share_out(config, available, [part.share for part in parts])
    _check_all_there(config, parts, counts)
    rows = [
        _rows(part, plan, k, config.data_seed)
        for part, plan, k in zip(parts, plans, counts, strict=True)
    ]
    chosen = list(zip(parts, plans, rows, strict=True))
    return Plan(
        name="".join(config.dataset.split()),
        source="; ".join(f"{part.name}: {plan.source}" for part, plan, _ in chosen),
        shape=(height, width, channels),
        split=np.concatenate([plan.split[i] for _, plan, i in chosen]),
        names=np.concatenate([_prefixed(part, plan.names[i]) for part, plan, i in chosen]),
        attributes=_attributes(chosen),
        blocks=lambda: _blocks(chosen, channels),
        key={"parts": [[part.name, plan.key, plan.shape] for part, plan, _ in chosen]},
        costly=any(plan.costly for plan in plans),
    )


def share_out(
    config: ImagesConfig, available: list[list[int]], shares: list[Fraction | None]
) -> list[list[int]]:
    """Say how many images each part gives to each split.

    Parameters
    ----------
    config : ImagesConfig
        ``images`` of it: fewer are taken from all splits in proportion.
    available : list of list of int
        How many images each part has of each split, at least one.
    shares : list
        Shares of the parts, which sum to 1; or None for each, for as many as they have.

    Returns
    -------
    list of list of int
        One row per part, one column per split. The rows share out each column by largest
        remainders.

    Warns
    -----
    UserWarning
        When there are fewer images than asked for.
    """
    columns = list(zip(*available, strict=True))
    if shares[0] is None:
        weights, totals = columns, [sum(column) for column in columns]
    else:
        weights = [shares] * len(columns)
        totals = [
            int(min(n / share for n, share in zip(column, shares, strict=True)))
            for column in columns
        ]
    totals = _fewer(config, totals)
    taken = [largest_remainders(w, total) for w, total in zip(weights, totals, strict=True)]
    return [list(row) for row in zip(*taken, strict=True)]


def largest_remainders(weights: list, total: int) -> list[int]:
    """Share out a whole number in proportion to weights, rounded by largest remainders.

    Parameters
    ----------
    weights : list of int or fractions.Fraction
    total : int

    Returns
    -------
    list of int
        They sum to total; of equal remainders the first are rounded up.
    """
    exact = [Fraction(weight) * total / sum(weights) for weight in weights]
    counts = [int(value) for value in exact]
    order = sorted(range(len(exact)), key=lambda i: counts[i] - exact[i])
    for i in order[: total - sum(counts)]:
        counts[i] += 1
    return counts


def _fewer(config, totals):
    """Take `images` of all, at least one in each split."""
    n = sum(totals)
    if config.images is None or config.images == n:
        return totals
    if config.images > n:
        warnings.warn(
            f"Image set {config.dataset!r} has {n} images, fewer than the {config.images} asked "
            "for: all are taken.",
            stacklevel=4,
        )
        return totals
    fewer = largest_remainders(totals, config.images)
    while 0 in fewer:
        fewer[fewer.index(max(fewer))] -= 1
        fewer[fewer.index(0)] += 1
    return fewer


def _common_sides(config, parts, plans):
    sides = {part.name: plan.shape[:2] for part, plan in zip(parts, plans, strict=True)}
    if len(set(sides.values())) > 1:
        each = ", ".join(f"{name} {h} x {w}" for name, (h, w) in sides.items())
        raise InputError(
            f"The parts of {config.dataset!r} differ in size ({each} pixels): give resolution, "
            "such as 64, to which all are scaled."
        )
    return plans[0].shape[:2]


def _check_all_there(config, parts, counts):
    for part, count in zip(parts, counts, strict=True):
        if not any(count):
            raise InputError(
                f"{sum(map(sum, counts))} images of {config.dataset!r} hold none of {part.name!r}: "
                "ask for more images, or leave that part out."
            )


def _rows(part, plan, counts, seed):
    """Choose images of each split; the choice of fewer is a part of the choice of more."""
    rng = np.random.default_rng([seed, 0xC4005E])
    rows = []
    for split, count in zip(SPLITS, counts, strict=True):
        members = np.flatnonzero(plan.split == split)
        # Faces are drawn at random already, and how many depends on how many are asked for.
        order = members if part.endless else rng.permutation(members)
        rows.append(order[:count])
    return np.sort(np.concatenate(rows))


def _prefixed(part, values):
    return np.char.add(f"{part.name}/", values.astype(str))


def _attributes(chosen):
    names = dict.fromkeys(name for _, plan, _ in chosen for name in plan.attributes)
    origin = np.repeat([part.name for part, _, _ in chosen], [len(rows) for _, _, rows in chosen])
    return {name: _attribute(name, chosen) for name in names} | {"origin": origin}


def _attribute(name, chosen):
    known = [plan.attributes[name] for _, plan, _ in chosen if name in plan.attributes]
    columns = [
        (part, plan.attributes[name][rows] if name in plan.attributes else None, len(rows))
        for part, plan, rows in chosen
    ]
    if name == "label" or any(values.dtype.kind not in "biuf" for values in known):
        return np.concatenate(
            [
                np.full(n, part.name) if values is None else _prefixed(part, values)
                for part, values, n in columns
            ]
        )
    kind = np.result_type(*known)
    if len(known) < len(chosen):
        kind = np.result_type(kind, np.float32)
    return np.concatenate(
        [np.full(n, np.nan, kind) if v is None else v.astype(kind) for _, v, n in columns]
    )


def _blocks(chosen, channels) -> Iterator[Block]:
    for _, plan, rows in chosen:
        for block in plan.blocks(rows):
            grey = block.images.shape[3] < channels
            images = np.repeat(block.images, channels, axis=3) if grey else block.images
            yield block._replace(images=images)
