"""CelebA as it lies on disk after a download, whole or partial."""

import hashlib
import json
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlflow_latents.data.celeba_tables import read_table
from mlflow_latents.data.config import ImagesConfig
from mlflow_latents.data.decoding import DECODER, decode_all
from mlflow_latents.data.files import existing_folder, fingerprint, may_be_image
from mlflow_latents.data.image_set import SPLITS
from mlflow_latents.data.plan import ALL, Plan
from mlflow_latents.data.splits import choose, seeded_split
from mlflow_latents.errors import InputError

HOME = "http://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
WANTED = (
    f"download img_align_celeba.zip, list_attr_celeba.txt and list_eval_partition.txt from {HOME} "
    "into one folder and give that as data_dir"
)


@dataclass(frozen=True)
class _Images:
    """Image files by name, in a zip file or a folder."""

    place: Path
    names: list[str]
    read: Callable[[str], bytes]
    fingerprint: Callable[[np.ndarray], object]


def plan_celeba(config: ImagesConfig) -> Plan:
    """Plan to read CelebA with its official splits and its 40 attributes.

    Images are left out, with a warning, when one of the tables has no row for them. When the images
    at hand do not cover all official splits, a seeded split takes their place, with a warning.

    Parameters
    ----------
    config : ImagesConfig
        ``data_dir`` holds ``img_align_celeba.zip`` or the folder ``img_align_celeba``, and the
        tables of attributes and splits as ``.txt`` or, in the Kaggle edition, ``.csv``. Some of the
        images are enough.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        When a file is missing or broken.
    """
    root = existing_folder(config, f"the folder of CelebA ({WANTED})")
    images = _find_images(root)
    partition = read_table(root, "list_eval_partition", WANTED)
    attributes = read_table(root, "list_attr_celeba", WANTED)
    names = _known(images, partition, attributes)
    split = _split(names, partition, config.data_seed)
    chosen = choose(split, config.images, config.data_seed, "celeba")
    names, split = names[chosen], split[chosen]
    resolution = config.resolution or 64
    return Plan(
        name="celeba",
        source=str(images.place),
        shape=(resolution, resolution, 3),
        split=split,
        names=names,
        attributes=dict(zip(attributes.columns, (attributes.of(names) > 0).T, strict=True)),
        blocks=lambda rows=ALL: decode_all(names[rows], images.read, resolution, config.crop),
        key={"files": images.fingerprint(names), "crop": config.crop, **DECODER},
    )


def _find_images(root):
    zipped = root / "img_align_celeba.zip"
    if zipped.is_file():
        return _zipped_images(zipped)
    # The Kaggle edition has the folder twice, one inside the other.
    nested = root / "img_align_celeba" / "img_align_celeba"
    folder = nested if nested.is_dir() else nested.parent
    if not folder.is_dir():
        raise InputError(
            f"{root} holds neither img_align_celeba.zip nor the folder img_align_celeba: {WANTED}."
        )
    return _Images(
        place=folder,
        names=sorted(path.name for path in folder.glob("[!.]*.jpg") if may_be_image(path)),
        read=lambda name: (folder / name).read_bytes(),
        fingerprint=lambda names: _hash([fingerprint(folder / name) for name in names]),
    )


def _zipped_images(path):
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise InputError(
            f"{path} is not a whole zip file ({error}): download it again from {HOME}."
        ) from error
    entries = {
        Path(entry).name: entry
        for entry in archive.namelist()
        if entry.endswith(".jpg") and not Path(entry).name.startswith(".")
    }
    return _Images(
        place=path,
        names=sorted(entries),
        read=lambda name: archive.read(entries[name]),
        fingerprint=lambda names: fingerprint(path),
    )


def _known(images, partition, attributes):
    names = [name for name in images.names if name in partition.rows and name in attributes.rows]
    if not names:
        raise InputError(f"{images.place} holds no image that the tables beside it list: {WANTED}.")
    if unknown := len(images.names) - len(names):
        warnings.warn(
            f"{unknown} of {len(images.names)} images in {images.place} have no row in the tables "
            "of splits and attributes and are left out.",
            stacklevel=3,
        )
    return np.array(names)


def _split(names, partition, seed):
    numbers = partition.of(names)[:, 0]
    if not np.isin(numbers, range(len(SPLITS))).all():
        raise InputError("list_eval_partition has splits other than 0, 1 and 2: download it again.")
    split = np.array(SPLITS)[numbers]
    if len(np.unique(split)) == len(SPLITS):
        return split
    warnings.warn(
        f"The {len(names)} images of CelebA at hand do not cover all of its official splits: "
        "they are split at random instead.",
        stacklevel=3,
    )
    return seeded_split(len(names), seed)


def _hash(values):
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
