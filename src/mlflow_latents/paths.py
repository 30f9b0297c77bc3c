"""Paths that a user gave, and the folder of caches."""

import os
from pathlib import Path

from mlflow_latents.errors import InputError

CACHE_VARIABLE = "MLFLOW_LATENTS_CACHE"


def cache_folder(cache_dir: str | None = None) -> Path:
    """Return the folder of the cache.

    Parameters
    ----------
    cache_dir : str, optional
        The folder; otherwise ``$MLFLOW_LATENTS_CACHE``, ``$XDG_CACHE_HOME/mlflow_latents`` or
        ``~/.cache/mlflow_latents``.

    Raises
    ------
    InputError
        When it starts at a home folder that is not known.
    """
    if cache_dir:
        return user_path(cache_dir, "cache_dir")
    if chosen := os.environ.get(CACHE_VARIABLE):
        return user_path(chosen, CACHE_VARIABLE)
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return user_path(home, "The folder of caches") / "mlflow_latents"


def user_path(text: str, option: str) -> Path:
    """Return a path that a user gave, with ``~`` replaced by the home folder.

    Parameters
    ----------
    text : str
        The path.
    option : str
        Where it was given, for the message.

    Raises
    ------
    InputError
        When there is no such home folder.
    """
    try:
        return Path(utf8(text)).expanduser()
    except RuntimeError as error:
        raise InputError(
            f"{option} {text} starts at a home folder that is not known: give the whole path."
        ) from error


def utf8(path: str) -> str:
    """Return a path that is UTF-8, as digests, records and terminals need it.

    Parameters
    ----------
    path : str

    Raises
    ------
    InputError
        When it is not.
    """
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"The path {os.fsencode(path)!r} is not UTF-8: rename it.") from error
    return path
