"""Samplers by name: ways to draw latent vectors for the decoder."""

from collections.abc import Callable
from inspect import signature

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.generate.checks import key, whole
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

MOST_VALUES = 2**31  # drawn at once: 16 GiB
MOST_SEED = 2**63 - 1

RANDOM_SAMPLERS = tuple(name for name in SAMPLERS if name != "line")


def sample(
    model: LatentModel, /, sampler: str = "ellipsoid", n: int = 16, seed: int = 0, **options
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
        When there is no such sampler, it has no such option, or a value is not what it should be,
        whatever its type: values may come straight from a request.
    """
    check_sampler(sampler, options)
    n = whole(n, "n", 1, MOST_VALUES // model.d, "number of vectors to draw")
    seed = whole(seed, "seed", 0, MOST_SEED)
    return SAMPLERS[sampler](model, n, seed, **options)


def check_sampler(sampler, options):
    """Raise InputError unless there is such a sampler, with such options."""
    key(sampler, SAMPLERS, "sampler")
    known = [name for name in signature(SAMPLERS[sampler]).parameters if name not in _COMMON]
    for name in options:
        if name not in known:
            raise InputError(
                f"The sampler {sampler} has no option {name!r}: "
                + (f"its options are {', '.join(known)}." if known else "it has none.")
            )


_COMMON = ("model", "n", "seed")
