"""Procedural faces: a population whose law is known."""

import math
from collections.abc import Iterator

import numpy as np

from mlflow_latents.data.config import ImagesConfig
from mlflow_latents.data.files import no_folder
from mlflow_latents.data.plan import ALL, Block, Plan
from mlflow_latents.data.splits import seeded_split

FACES = 14_000
PIXELS = 2_000_000  # per call of the renderer: one shape, so that it compiles once
RENDERER = 1  # raise when pixels or attributes change

FACTORS = (
    "head_width",
    "head_height",
    "jaw_width",
    "skin_tone",
    "hair_lightness",
    "hair_redness",
    "hair_volume",
    "hair_length",
    "fringe",
    "parting",
    "eye_distance",
    "eye_size",
    "eye_openness",
    "iris_colour",
    "gaze",
    "brow_height",
    "brow_tilt",
    "brow_thickness",
    "nose_length",
    "nose_width",
    "mouth_width",
    "smile",
    "mouth_openness",
    "lip_colour",
    "glasses",
    "glasses_size",
    "beard",
    "moustache",
    "light_direction",
    "background_hue",
    "background_lightness",
    "background_gradient",
    "shirt_hue",
    "head_shift",
    "head_turn",
    "head_tilt",
)


def plan_faces(config: ImagesConfig) -> Plan:
    """Plan to draw faces from random factors.

    Attributes are the factors by name (float32, mean 0 and standard deviation 1 in the population)
    and what a viewer would see of them (bool): see `visible`.

    Parameters
    ----------
    config : ImagesConfig
        Image i depends on ``factor_law`` and ``data_seed``, not on how many images are drawn.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        When ``data_dir`` is given.
    """
    no_folder(config)
    n = config.images or FACES
    resolution = config.resolution or 64
    factors = draw_factors(n, config.factor_law, config.data_seed)
    columns = dict(zip(FACTORS, factors.T.astype(np.float32), strict=True))
    split = seeded_split(n, config.data_seed)
    return Plan(
        name="faces",
        source=f"drawn from {len(FACTORS)} {config.factor_law} factors, seed {config.data_seed}",
        shape=(resolution, resolution, 3),
        split=split,
        names=np.array([f"face-{i:06d}" for i in range(n)]),
        attributes=columns | visible(columns),
        blocks=lambda rows=ALL: _render_all(factors[rows], resolution, config.crop),
        key={
            "renderer": RENDERER,
            "law": config.factor_law,
            "seed": config.data_seed,
            "crop": config.crop,
        },
        costly=False,
    )


def draw_factors(n: int, law: str, seed: int) -> np.ndarray:
    """Draw independent factors of mean 0 and variance 1.

    Parameters
    ----------
    n : int
        Number of faces; the factors of face i do not depend on it.
    law : {"normal", "uniform", "bimodal", "heavy_tailed"}
        Standard normal; uniform on ±sqrt(3); an equal mixture of two normal laws with means ±0.9
        and variance 0.19; or Student's t with 3 degrees of freedom, divided by sqrt(3).
    seed : int
        Seed.

    Returns
    -------
    numpy.ndarray
        (n, number of factors) float64.
    """
    values, modes = (np.random.default_rng([seed, stream]) for stream in (0xFACE, 0xB1D0))
    size = (n, len(FACTORS))
    if law == "uniform":
        return values.uniform(-math.sqrt(3), math.sqrt(3), size)
    if law == "heavy_tailed":
        return values.standard_t(3, size) / math.sqrt(3)
    if law == "bimodal":
        sign = 2.0 * modes.integers(0, 2, size) - 1
        return 0.9 * sign + math.sqrt(0.19) * values.standard_normal(size)
    return values.standard_normal(size)


def visible(factors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Derive what a viewer would say about a face from its factors.

    Parameters
    ----------
    factors : dict of str to numpy.ndarray
        (n,) per factor.

    Returns
    -------
    dict of str to numpy.ndarray
        (n,) bool each.
    """
    light = factors["hair_lightness"]
    bald = factors["hair_volume"] < -1.8
    return {
        "bald": bald,
        "wears_glasses": factors["glasses"] > 0.8,
        "has_beard": factors["beard"] > 0.7,
        "has_moustache": factors["moustache"] > 0.9,
        "smiling": factors["smile"] > 0.3,
        "open_mouth": factors["mouth_openness"] > 0.6,
        "dark_hair": (light < -0.3) & ~bald,
        "blond_hair": (light > 0.6) & (factors["hair_redness"] < 1.0) & ~bald,
        "long_hair": (factors["hair_length"] > 0.5) & ~bald,
        "dark_skin": factors["skin_tone"] > 0.7,
    }


def _render_all(factors, resolution, crop) -> Iterator[Block]:
    from mlflow_latents.data.renderer import render  # JAX only when faces are drawn

    size = max(1, PIXELS // resolution**2)
    for start in range(0, len(factors), size):
        batch = factors[start : start + size]
        padded = np.zeros((size, factors.shape[1]), np.float32)
        padded[: len(batch)] = batch
        images = np.asarray(render(padded, resolution, crop))[: len(batch)]
        yield Block(images, np.ones(len(batch), bool))
