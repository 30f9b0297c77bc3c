"""Checks of what a sampler is asked for: it may come from a request as any JSON value."""

import difflib
import reprlib
from numbers import Real

import numpy as np

from mlflow_latents.errors import InputError

LARGEST = 1e30  # far beyond any cloud, and far below where float32, the decoder's, ends


def whole(value, name, least, most, what="whole number"):
    """Return a whole number within bounds as int; 2.0 is one, True and "2" are not.

    Parameters
    ----------
    value : object
        Anything.
    name : str
        How to call it in the message.
    least, most : int
        Bounds, both allowed.
    what : str
        What the number stands for.

    Returns
    -------
    int

    Raises
    ------
    InputError
        When it is not such a number.
    """
    if not (_is_number(value) and least <= value <= most and value == int(value)):
        raise InputError(f"{name} is {shown(value)}: give a {what}, from {least} to {most}.")
    return int(value)


def positive(value, name):
    """Return a number above 0, and not absurdly large, or raise InputError."""
    if not (_is_number(value) and 0 < value <= LARGEST):
        raise InputError(f"{name} is {shown(value)}: give a number above 0, up to {LARGEST:g}.")
    return float(value)


def finite(value, name):
    """Return a number that is not absurdly large, or raise InputError."""
    if not (_is_number(value) and -LARGEST <= value <= LARGEST):
        raise InputError(f"{name} is {shown(value)}: give a number, up to {LARGEST:g} in size.")
    return float(value)


def level(value, name):
    """Return a level in sigma, infinity included, or raise InputError."""
    if not (_is_number(value) and value >= 0):
        raise InputError(f"{name} is {shown(value)}: give a level in sigma, 0 or more.")
    return float(value) if value <= LARGEST else np.inf


def vector(value, name, d):
    """Return a vector of d finite numbers as float64, or raise InputError."""
    try:
        z = np.asarray(value)
    except ValueError:  # rows of different lengths
        z = np.empty(0, object)
    if z.shape != (d,) or z.dtype.kind not in "fiu":
        held = f"has shape {z.shape}" if z.dtype.kind in "fiu" else "does not hold numbers alone"
        raise InputError(f"{name} {held}: give a latent vector of {d} numbers.")
    z = z.astype(np.float64)
    if not (np.abs(z) <= LARGEST).all():
        raise InputError(
            f"{name} holds NaN, infinity or numbers beyond {LARGEST:g}: give finite ones."
        )
    return z


def key(value, known, what):
    """Return the value if it is a key of `known`, or raise InputError, naming those there are."""
    if isinstance(value, str) and value in known:
        return value
    close = difflib.get_close_matches(value, known, n=1) if isinstance(value, str) else []
    suggestion = f" (did you mean {close[0]!r}?)" if close else ""
    raise InputError(
        f"There is no {what} {shown(value)}{suggestion}: choose one of {', '.join(known)}."
    )


def shown(value):
    """Short text of any value."""
    return reprlib.repr(value.item() if isinstance(value, np.generic) else value)


def _is_number(value):
    return isinstance(value, Real) and not isinstance(value, bool)
