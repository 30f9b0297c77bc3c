"""Any tree of images."""

import os
from pathlib import Path

import numpy as np

from mlflow_latents.data.config import ImagesConfig
from mlflow_latents.data.decoding import DECODER, decode_all
from mlflow_latents.data.files import existing_folder, fingerprint, may_be_image
from mlflow_latents.data.plan import ALL, Plan
from mlflow_latents.data.splits import choose, seeded_split
from mlflow_latents.errors import InputError
from mlflow_latents.paths import utf8

SUFFIXES = (
    ".avif",
    ".bmp",
    ".gif",
    ".jpeg",
    ".jpg",
    ".pgm",
    ".png",
    ".ppm",
    ".tif",
    ".tiff",
    ".webp",
)


def plan_folder(config: ImagesConfig) -> Plan:
    """Plan to read all images below ``data_dir``.

    Files that do not end like an image, and hidden ones, are ignored. Links are followed, and each
    folder is read once, however many links lead to it. All images become RGB, also those that are
    grey. The attribute ``label`` is the first folder level, where there is one.

    Parameters
    ----------
    config : ImagesConfig

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        When the folder is missing or holds no images, when a folder below cannot be read, or when
        the name of an image is not UTF-8.
    """
    return plan_tree(config, existing_folder(config, "the folder that holds the images"))


def plan_tree(config: ImagesConfig, root: Path) -> Plan:
    """Plan to read all images below a folder, wherever it was found; see `plan_folder`.

    Parameters
    ----------
    config : ImagesConfig
    root : pathlib.Path
        The folder.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        As `plan_folder`.
    """
    files = _image_files(root)
    if not files:
        raise InputError(
            f"The folder {root} holds no images: name one with files that end in "
            f"{', '.join(SUFFIXES)}."
        )
    names = np.array([utf8(file.relative_to(root).as_posix()) for file in files])
    split = seeded_split(len(files), config.data_seed)
    chosen = choose(split, config.images, config.data_seed, config.dataset)
    names, split = names[chosen], split[chosen]
    resolution = config.resolution or 64
    return Plan(
        name=config.dataset,
        source=str(root),
        shape=(resolution, resolution, 3),
        split=split,
        names=names,
        attributes=_labels(names),
        blocks=lambda rows=ALL: decode_all(
            names[rows], lambda name: (root / name).read_bytes(), resolution, config.crop
        ),
        key={
            "files": [fingerprint(root / name) for name in names],
            "crop": config.crop,
            **DECODER,
        },
    )


def _image_files(root):
    return sorted(
        Path(folder, name)
        for folder, names in _folders(root)
        for name in names
        if name.lower().endswith(SUFFIXES)
        and not name.startswith(".")
        and may_be_image(os.path.join(folder, name))
    )


def _folders(root):
    """Walk through all folders that are not hidden; links come last, so they cannot loop."""
    tops, seen = [root], set()
    for top in tops:
        for folder, folders, files in os.walk(top, onerror=_refuse):
            if (place := os.path.realpath(folder)) in seen:
                folders.clear()
                continue
            seen.add(place)
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            paths = (os.path.join(folder, name) for name in folders)
            tops += [path for path in paths if os.path.islink(path)]
            yield folder, files


def _refuse(error):
    raise InputError(
        f"The folder {error.filename} cannot be read ({error.strerror}): "
        "make it readable or move it away."
    ) from error


def _labels(names):
    if not any("/" in name for name in names):
        return {}
    return {"label": np.array([name.split("/")[0] if "/" in name else "" for name in names])}
