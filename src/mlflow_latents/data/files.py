"""Where the files of an image set are."""

from pathlib import Path

from mlflow_latents.data.config import ImagesConfig
from mlflow_latents.errors import InputError


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
