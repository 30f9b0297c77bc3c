"""Where the files of an image set are."""

import os
from pathlib import Path

from mlflow_latents.data.config import ImagesConfig
from mlflow_latents.errors import InputError
from mlflow_latents.paths import user_path, utf8


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
        When it is not given, does not exist or cannot be named in UTF-8.
    """
    if config.data_dir is None:
        raise InputError(f"The image set {config.dataset!r} needs data_dir: give {meaning}.")
    root = os.path.realpath(user_path(config.data_dir, "data_dir"))
    # Unlike those of Path, the tests of os.path say no where the system refuses to answer.
    if not os.path.isdir(root):
        raise InputError(f"data_dir {root} is not a folder: give {meaning}.")
    return Path(utf8(root))


def may_be_image(path: Path | str) -> bool:
    """Tell regular files, and links that lead nowhere, from pipes, devices and folders.

    Parameters
    ----------
    path : pathlib.Path or str

    Returns
    -------
    bool
    """
    return os.path.isfile(path) or not os.path.exists(path)


def fingerprint(path: Path) -> tuple[str, int, int]:
    """Return path, size and time of change, which tell a file from its next version.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    tuple
        Size and time are -1 for a file that is not there or cannot be reached.
    """
    try:
        status = path.stat()
    except OSError:
        return str(path), -1, -1
    return str(path), status.st_size, status.st_mtime_ns


def no_folder(config: ImagesConfig) -> None:
    """Refuse ``data_dir`` where it would be ignored.

    Parameters
    ----------
    config : ImagesConfig

    Raises
    ------
    InputError
        When it is given.
    """
    if config.data_dir is not None:
        raise InputError(
            f"data_dir is given, but the image set {config.dataset!r} reads no files: "
            "name the image set of that folder, such as dataset=folder."
        )
