"""Any tree of images."""

import os
from pathlib import Path

import numpy as np

from mlflow_latents.data.config import ImagesConfig
from mlflow_latents.data.decoding import DECODER, decode_all
from mlflow_latents.data.plan import Plan
from mlflow_latents.data.splits import choose, seeded_split
from mlflow_latents.errors import InputError

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

    Files that do not end like an image, and hidden ones, are ignored. The attribute ``label`` is
    the first folder level, where there is one.

    Parameters
    ----------
    config : ImagesConfig

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        When the folder is missing or holds no images.
    """
    root = existing_folder(config, "the folder that holds the images")
    files = _image_files(root)
    if not files:
        raise InputError(
            f"The folder {root} holds no images: name one with files that end in "
            f"{', '.join(SUFFIXES)}."
        )
    names = np.array([file.relative_to(root).as_posix() for file in files])
    split = seeded_split(len(files), config.data_seed)
    chosen = choose(split, config.images, config.data_seed, "folder")
    names, split = names[chosen], split[chosen]
    resolution = config.resolution or 64
    return Plan(
        name="folder",
        source=str(root),
        shape=(resolution, resolution, 3),
        split=split,
        names=names,
        attributes=_labels(names),
        blocks=lambda: decode_all(
            names, lambda name: (root / name).read_bytes(), resolution, config.crop
        ),
        key={
            "files": [fingerprint(root / name) for name in names],
            "split": split.tolist(),
            "resolution": resolution,
            "crop": config.crop,
            **DECODER,
        },
    )


def existing_folder(config: ImagesConfig, meaning: str) -> Path:
    """Return ``data_dir`` as a path.

    Parameters
    ----------
    config : ImagesConfig
    meaning : str
        What the folder should hold, for the message.

    Raises
    ------
    InputError
        When it is not given or does not exist.
    """
    if config.data_dir is None:
        raise InputError(f"The image set {config.dataset!r} needs data_dir: give {meaning}.")
    root = Path(config.data_dir).expanduser().resolve()
    if not root.is_dir():
        raise InputError(f"data_dir {root} is not a folder: give {meaning}.")
    return root


def fingerprint(path: Path) -> tuple[str, int, int]:
    """Return path, size and time of change, which tell a file from its next version."""
    status = path.stat()
    return str(path), status.st_size, status.st_mtime_ns


def _image_files(root):
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(folder, name)
            for name in files
            if name.lower().endswith(SUFFIXES) and not name.startswith(".")
        ]
    return sorted(found)


def _labels(names):
    if not any("/" in name for name in names):
        return {}
    return {"label": np.array([name.split("/")[0] if "/" in name else "" for name in names])}
