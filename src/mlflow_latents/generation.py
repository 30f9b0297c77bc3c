"""Images from the decoder of a run; reads like the recipe that it is.

load -> draw -> decode -> write -> log
"""

import itertools
import os
import re
from math import ceil, sqrt
from pathlib import Path

import numpy as np

from mlflow_latents.data import ImageSet, open_configured
from mlflow_latents.errors import InputError
from mlflow_latents.generate import LatentModel, sample, with_vectors
from mlflow_latents.generate.checks import positive, whole
from mlflow_latents.plots.image_grid import PER_ROW, contact_sheet
from mlflow_latents.stats import level_of
from mlflow_latents.tracking import (
    GenerationConfig,
    check_same_images,
    check_store,
    configuration_of_training,
    how_to_look,
    load_encoder,
    load_generator,
    log_images,
    read_latents,
    tracked_run,
)
from mlflow_latents.tracking.requests import check_size, count, to_png

PER_STRIP = 16  # images of a strip side by side
LONGEST_NAME = 100  # of a folder: names of images may be paths


def run_generation(config: GenerationConfig) -> Path:
    """Make images with the decoder of a run, into a folder and into an MLflow run of its own.

    Parameters
    ----------
    config
        What to make.

    Returns
    -------
    Path
        The new folder, of `sheet.png` with all images, each of them, and `places.csv`, where their
        vectors lie.

    Raises
    ------
    InputError
        Before anything is written, when there is no such run, it trained no autoencoder, its models
        are gone, there is no such sampler, axis or image, a number is out of its range, or the
        folder cannot be written to.
    """
    # Here, since it imports Keras and JAX.
    from mlflow_latents.models import decode

    check_store()
    check_writable(Path(config.output))
    generator = load_generator(config.run_id)
    check_size(count({"n": config.n}), generator.decoder.output_shape[1:])
    z = _latent_vectors(config, generator.latent_model)
    images = decode(generator.decoder, z)
    folder = new_folder(Path(config.output), f"{config.run_id[:8]} {_what(config)}")
    with tracked_run(config, f"generate {_what(config)}") as run:
        write_images(folder, images, _per_row(config))
        write_places(folder, z, generator.latent_model)
        log_images(folder)
    print(
        f"{len(images)} image{'s' if len(images) > 1 else ''}: {folder.absolute() / 'sheet.png'}, "
        "one by one beside it, and where their vectors lie in places.csv.\n\n"
        f"Run {run.run_id}. To look at it: {how_to_look()}"
    )
    return folder


def write_images(folder: Path, images: np.ndarray, per_row: int) -> None:
    """Write images (m, height, width, channels) as sheet.png and, by their numbers, one by one."""
    folder.joinpath("sheet.png").write_bytes(to_png(contact_sheet(images, per_row)))
    for name, image in zip(file_names(len(images)), images, strict=True):
        folder.joinpath(name).write_bytes(to_png(image))


def write_places(folder: Path, z: np.ndarray, model: LatentModel) -> None:
    """Write places.csv: of each image its distance from the centre in sd, and its level."""
    d2 = model.fit.d2(z)
    rows = zip(file_names(len(z)), np.sqrt(d2), level_of(d2, model.fit.rank), strict=True)
    lines = [f"{name},{sd:.4f},{level:.4f}" for name, sd, level in rows]
    folder.joinpath("places.csv").write_text("\n".join(["image,sd,level", *lines, ""]))


def file_names(n: int) -> list[str]:
    """Give the names of n single images."""
    digits = len(str(n - 1))
    return [f"{number:0{digits}}.png" for number in range(n)]


def new_folder(parent: Path, name: str) -> Path:
    """Make a folder that was not there: a number is added to the name where it is taken."""
    name = re.sub(r"[^\w.-]+", "-", name)[:LONGEST_NAME]
    for number in itertools.count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise InputError(f"{folder} cannot be made: name another --output.") from error
        return folder


def check_writable(folder: Path) -> None:
    """Raise InputError unless a folder can be made, or written to where it is there."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise InputError(f"{there} is no folder that can be written to: name another --output.")


def _latent_vectors(config: GenerationConfig, model: LatentModel) -> np.ndarray:
    if config.strip == "line":
        axis = 1 if config.line is None else config.line
        axis = whole(axis, "line", 1, model.fit.rank, "number of a principal axis")
        return sample(model, "line", config.n, axis=axis, sd=positive(config.reach, "reach"))
    if config.strip == "morph":
        start, end = _encoded_pair(config)
        return sample(model, "line", config.n, start=start, end=end)
    if config.sampler == "empirical":
        z, split, _ = read_latents(config.run_id)
        model = with_vectors(model, z[split == "train"])
    levels = {"level_min": config.level_min, "level_max": config.level_max}
    given = {name: level for name, level in levels.items() if level is not None}
    return sample(model, config.sampler, config.n, config.seed, **given)


def _encoded_pair(config: GenerationConfig) -> np.ndarray:
    """Latent vectors (2, d) of the two images of a morph."""
    from mlflow_latents.models import encode

    images = open_configured(configuration_of_training(config.run_id).images)
    check_same_images(config.run_id, images)
    pair = find_pair(images, config.morph)
    return encode(load_encoder(config.run_id), images, pair)


def find_pair(images: ImageSet, pair: str) -> np.ndarray:
    """Find two images of a set.

    Parameters
    ----------
    images
        The set.
    pair
        A,B, each the name of an image or its number, from 0.

    Returns
    -------
    numpy.ndarray of int, shape (2,)

    Raises
    ------
    InputError
        When these are not two images of the set.
    """
    parts = [part.strip() for part in pair.split(",")]
    if len(parts) != 2:
        raise InputError(f"morph is {pair!r}: give two images with a comma between, such as 0,1.")
    return np.array([_find_image(images, part) for part in parts])


def _find_image(images: ImageSet, which: str) -> int:
    (named,) = np.nonzero(images.names == which)
    if len(named):
        return int(named[0])
    if which.isdecimal() and int(which) < len(images):
        return int(which)
    raise InputError(
        f"There is no image {which!r} in {images.name}: give a name such as {images.names[0]}, or "
        f"a number from 0 to {len(images) - 1}."
    )


def _what(config: GenerationConfig) -> str:
    if config.strip == "line":
        return f"line {config.line or 1}"
    if config.strip == "morph":
        return f"morph {config.morph}"
    return f"{config.sampler} {config.seed}"


def _per_row(config: GenerationConfig) -> int:
    return PER_STRIP if config.strip else max(PER_ROW, ceil(sqrt(config.n)))
