"""Samplers by name: ways to draw latent vectors for the decoder."""

import difflib
from collections.abc import Callable
from inspect import signature

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.generate.ellipsoid import core, ellipsoid, principal_planes
from mlflow_latents.generate.free import axis_normal, standard_normal, uniform_ball, uniform_cube
from mlflow_latents.generate.latent_model import LatentModel
from mlflow_latents.generate.line import line
from mlflow_latents.generate.observed import elliptical, empirical, leading, mixture

SAMPLERS: dict[str, Callable[..., np.ndarray]] = {
    "standard_normal": standard_normal,
    "uniform_cube": uniform_cube,
    "uniform_ball": uniform_ball,
    "axis_normal": axis_normal,
    "ellipsoid": ellipsoid,
    "core": core,
    "principal_planes": principal_planes,
    "line": line,
    "elliptical": elliptical,
    "leading": leading,
    "mixture": mixture,
    "empirical": empirical,
}

RANDOM_SAMPLERS = tuple(name for name in SAMPLERS if name != "line")


def sample(
    model: LatentModel, sampler: str = "ellipsoid", n: int = 16, seed: int = 0, **options
) -> np.ndarray:
    """Draw latent vectors.

    Parameters
    ----------
    model
        What is known of the cloud.
    sampler
        A key of `SAMPLERS`.
    n
        How many.
    seed
        Seed of the draw.
    **options
        Those of the sampler: see its docstring.

    Returns
    -------
    numpy.ndarray of float64, shape (n, d)

    Raises
    ------
    InputError
        When there is no such sampler, n is below 1, or it has no such option.
    """
    if sampler not in SAMPLERS:
        close = difflib.get_close_matches(str(sampler), SAMPLERS, n=1)
        suggestion = f" (did you mean {close[0]!r}?)" if close else ""
        raise InputError(
            f"There is no sampler {sampler!r}{suggestion}: choose one of {', '.join(SAMPLERS)}."
        )
    if n != int(n) or n < 1:
        raise InputError(f"n is {n}: give the number of vectors to draw, 1 or more.")
    if seed != int(seed) or seed < 0:
        raise InputError(f"seed is {seed}: give a whole number, 0 or more.")
    known = [name for name in signature(SAMPLERS[sampler]).parameters if name not in _COMMON]
    for name in options:
        if name not in known:
            raise InputError(
                f"The sampler {sampler} has no option {name!r}: "
                + (f"its options are {', '.join(known)}." if known else "it has none.")
            )
    return SAMPLERS[sampler](model, int(n), int(seed), **options)


_COMMON = ("model", "n", "seed")
