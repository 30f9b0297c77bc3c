"""Image sets by name, alone or combined, with the folder of each."""

import difflib
import os
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import get_args

from mlflow_latents.data.celeba import plan_celeba
from mlflow_latents.data.combined import Part, combine
from mlflow_latents.data.config import LARGEST_SEED, FactorLaw, ImagesConfig
from mlflow_latents.data.faces import FACES, plan_faces
from mlflow_latents.data.folder import plan_folder
from mlflow_latents.data.idx import plan_mnist
from mlflow_latents.data.image_set import ImageSet
from mlflow_latents.data.plan import Plan
from mlflow_latents.data.sklearn_sets import plan_digits, plan_lfw, plan_olivetti
from mlflow_latents.data.store import materialise
from mlflow_latents.errors import InputError

IMAGE_SETS: dict[str, Callable[[ImagesConfig], Plan]] = {
    "faces": plan_faces,
    "celeba": plan_celeba,
    "mnist": plan_mnist,
    "fashion_mnist": plan_mnist,
    "digits": plan_digits,
    "lfw": plan_lfw,
    "olivetti": plan_olivetti,
    "folder": plan_folder,
}
WITHOUT_FILES = ("faces", "digits")
SLACK = Fraction(1, 10**6)  # of the sum of shares
FOLDER_OF = r"\s*\w+\s*="  # how an entry of data_dir begins


def open_configured(config: ImagesConfig) -> ImageSet:
    """Open the image set that a configuration describes.

    Parameters
    ----------
    config : ImagesConfig

    Returns
    -------
    ImageSet

    Raises
    ------
    InputError
        When an image set is unknown, image sets do not combine, or files are missing or broken.
    """
    return materialise(_planned(config), config.cache_dir)


def prepare_configured(config: ImagesConfig) -> str | None:
    """Find the files of an image set, and decode it into the cache where it is worth that.

    Parameters
    ----------
    config : ImagesConfig

    Returns
    -------
    str or None
        Digest of the images, unless they are quickly drawn or read again and were not now.

    Raises
    ------
    InputError
        As `open_configured`.
    """
    plan = _planned(config)
    return materialise(plan, config.cache_dir).digest if plan.costly else None


def open_images(
    name: str,
    *,
    data_dir: str | None = None,
    images: int | None = None,
    resolution: int | None = None,
    crop: float = 1.0,
    factor_law: FactorLaw = "normal",
    data_seed: int = 0,
    cache_dir: str | None = None,
) -> ImageSet:
    """Open an image set by its name.

    Parameters
    ----------
    name : str
        A key of `IMAGE_SETS`, or several, such as ``"celeba:0.7+lfw:0.3"``; see `ImagesConfig`.
    data_dir, images, resolution, crop, factor_law, data_seed, cache_dir
        See `ImagesConfig`.

    Returns
    -------
    ImageSet

    Raises
    ------
    InputError
        When an image set is unknown, image sets do not combine, an option is out of its range, or
        files are missing or broken.
    """
    return open_configured(
        ImagesConfig(
            dataset=name,
            data_dir=data_dir,
            images=images,
            resolution=resolution,
            crop=crop,
            factor_law=factor_law,
            data_seed=data_seed,
            cache_dir=cache_dir,
        )
    )


def _planned(config: ImagesConfig) -> Plan:
    parts = parts_of(config)
    plans = [IMAGE_SETS[part.config.dataset](part.config) for part in parts]
    return plans[0] if len(plans) == 1 else combine(config, parts, plans)


def parts_of(config: ImagesConfig) -> list[Part]:
    """Read the parts of ``dataset``, with the folder of each from ``data_dir``.

    Several laws of faces are drawn with ``data_seed``, ``data_seed`` + 1, and so on: with the same
    seed the faces of one law would resemble those of the other, one by one.

    Parameters
    ----------
    config : ImagesConfig

    Returns
    -------
    list of Part
        Their configurations ask for all images; that of a single part for ``images``.

    Raises
    ------
    InputError
        When ``dataset`` or ``data_dir`` cannot be read, or do not fit together.
    """
    written = "".join(config.dataset.split()).split("+")
    if "" in written:
        raise InputError(
            f"dataset is {config.dataset!r}, where a name is missing: write it like celeba, "
            "celeba+lfw or celeba:0.7+lfw:0.3."
        )
    names, shares = zip(*(_name_and_share(text, config.dataset) for text in written), strict=True)
    _check_shares(shares, config.dataset)
    sets = [_set_and_law(name, config) for name in names]
    _check_once(names, sets, config.dataset)
    folders = _folders([name for name, _ in sets], config)
    configs = [
        replace(config, dataset=name, factor_law=law, data_dir=folder)
        for (name, law), folder in zip(sets, folders, strict=True)
    ]
    if len(configs) > 1:
        configs = _of_all(configs, with_shares=shares[0] is not None)
    total = sum(share for share in shares if share is not None)
    exact = [None if share is None else share / total for share in shares]
    return [Part(*each) for each in zip(names, exact, configs, strict=True)]


def _name_and_share(text, dataset):
    name, colon, share = text.partition(":")
    if not colon:
        return name, None
    try:
        # Without exponents, since 1e999999999 would be written out.
        value = Fraction(share if re.fullmatch("[0-9./]*", share) else "")
    except (ValueError, ZeroDivisionError):
        value = Fraction(0)
    if not 0 < value <= 1:
        raise InputError(
            f"dataset is {dataset!r}, where {name!r} has the share {share!r}: give a number above "
            "0 and up to 1, such as 0.5."
        )
    return name, value


def _check_shares(shares, dataset):
    given = [share for share in shares if share is not None]
    if given and len(given) < len(shares):
        raise InputError(
            f"dataset is {dataset!r}, where only some parts have a share: give each of them one, "
            "or none."
        )
    if given and abs(sum(given) - 1) > SLACK:
        raise InputError(
            f"dataset is {dataset!r}, where the shares sum to {float(sum(given)):g}: make them sum "
            "to 1."
        )


def _set_and_law(text, config):
    name, slash, law = text.partition("/")
    _check_known(name)
    if not slash:
        return name, config.factor_law
    laws = get_args(FactorLaw)
    if name != "faces":
        raise InputError(
            f"dataset is {config.dataset!r}, but only faces have a law: write {name!r} alone."
        )
    if law not in laws:
        raise InputError(
            f"dataset is {config.dataset!r}, where the law {law!r} is unknown: choose one of "
            f"{', '.join(f'faces/{each}' for each in laws)}."
        )
    if config.factor_law not in (ImagesConfig.factor_law, law):
        raise InputError(
            f"dataset is {config.dataset!r}, but factor_law is {config.factor_law!r}: "
            "give the law in one place only."
        )
    return name, law


def _check_known(name):
    if name not in IMAGE_SETS:
        raise InputError(
            f"There is no image set {name!r}{_suggestion(name)}: "
            f"choose one of {', '.join(IMAGE_SETS)}."
        )


def _suggestion(name):
    close = difflib.get_close_matches(name, IMAGE_SETS, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _check_once(names, sets, dataset):
    # Of other sets than faces the law is the same.
    for i, each in enumerate(sets):
        if each in sets[:i]:
            raise InputError(
                f"dataset is {dataset!r}, which holds {names[i]!r} twice: name each part once."
            )


def _of_all(configs, with_shares):
    names = [config.dataset for config in configs]
    return [
        replace(
            config,
            images=max(FACES, config.images or 0) if name == "faces" and with_shares else None,
            data_seed=(config.data_seed + names[:i].count(name)) % (LARGEST_SEED + 1),
        )
        for i, (name, config) in enumerate(zip(names, configs, strict=True))
    ]


def _folders(sets, config):
    """Return the folder of each image set, or None."""
    text = config.data_dir
    if text is None:
        return [None] * len(sets)
    if re.match(FOLDER_OF, text) and not os.path.exists(os.path.expanduser(text)):
        listed = _listed(text)
        return [listed.get(name) for name in sets]
    if len(sets) == 1:
        return [text]
    readers = [name for name in sets if name not in WITHOUT_FILES]
    if not readers:
        raise InputError(
            f"data_dir is given, but no part of {config.dataset!r} reads files: leave it out."
        )
    if len(readers) > 1:
        raise InputError(
            f"data_dir is one folder, but {len(readers)} parts of {config.dataset!r} read files: "
            f"write it as {','.join(f'{name}=FOLDER' for name in readers)}."
        )
    return [text if name in readers else None for name in sets]


def _listed(text):
    folders = {}
    for entry in re.split(rf",(?={FOLDER_OF})", text):
        name, _, folder = (each.strip() for each in entry.partition("="))
        if name not in IMAGE_SETS:
            raise InputError(
                f"data_dir is {text!r}, which is no folder and gives one to {name!r}, an unknown "
                f"image set{_suggestion(name)}: choose one of {', '.join(IMAGE_SETS)}."
            )
        if name in folders or not folder:
            raise InputError(
                f"data_dir is {text!r}, which gives {'two folders' if folder else 'no folder'} to "
                f"{name!r}: give each image set one."
            )
        folders[name] = folder
    return folders
