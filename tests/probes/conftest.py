"""An autoencoder made by hand, whose answers are known."""

from typing import NamedTuple

import numpy as np
import pytest

from mlflow_latents.data import ImageSet
from mlflow_latents.data.splits import seeded_split

N, SIDE, NUISANCES = 20_000, 8, 5
FACTORS = ("plain", "tied", "companion", "twofold", "alone")


class Handmade(NamedTuple):
    """Images that are a linear mixture of factors, and the linear networks that know the mixture.

    ``tied`` and ``companion`` have the correlation 0.6, ``twofold`` has two modes, ``alone`` is
    independent of all others; ``plain_high``, ``twofold_high`` and ``alone_high`` say whether the
    factor is above 0.
    ``z = factors @ mixing.T + shift`` up to the rounding of pixels, factors with the nuisances.
    """

    images: ImageSet
    encoder: object  # Keras models
    decoder: object
    factors: np.ndarray  # (n, 10)
    patterns: np.ndarray  # (10, pixels), orthogonal: what one unit of a factor adds to the pixels
    mixing: np.ndarray  # (d, 10)
    shift: np.ndarray  # (d,)


@pytest.fixture(scope="session")
def handmade() -> Handmade:
    rng = np.random.default_rng(20)
    factors = _factors(rng)
    k, pixels = factors.shape[1], SIDE * SIDE
    patterns = 0.22 * np.linalg.qr(rng.standard_normal((pixels, k)))[0].T
    flat = np.clip(0.5 + factors @ patterns, 0, 1)
    mixing = rng.standard_normal((k, k)) + 2 * np.eye(k)
    shift = rng.standard_normal(k)
    columns = dict(zip(FACTORS, factors.T, strict=False))
    highs = {f"{name}_high": columns[name] > 0 for name in ("plain", "twofold", "alone")}
    images = ImageSet(
        name="handmade",
        images=np.round(255 * flat).astype(np.uint8).reshape(N, SIDE, SIDE, 1),
        split=seeded_split(N, 0),
        names=np.array([f"image-{i:05d}" for i in range(N)]),
        digest="0" * 32,
        source="made by hand",
        attributes=columns | highs,
    )
    return Handmade(images, *_networks(patterns, mixing, shift), factors, patterns, mixing, shift)


def _factors(rng):
    factors = rng.standard_normal((N, len(FACTORS) + NUISANCES))
    factors[:, 2] = 0.6 * factors[:, 1] + 0.8 * factors[:, 2]
    sign = 2 * rng.integers(0, 2, N) - 1
    factors[:, 3] = 0.9 * sign + np.sqrt(0.19) * factors[:, 3]
    return factors


def _networks(patterns, mixing, shift):
    from mlflow_latents.models.backend import keras

    k, pixels = patterns.shape
    read = mixing @ np.linalg.pinv(patterns.T)  # (d, pixels)
    encoder = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(k, name="z"),
        ]
    )
    encoder.layers[-1].set_weights([read.T, shift - read @ np.full(pixels, 0.5)])
    write = patterns.T @ np.linalg.inv(mixing)  # (pixels, d)
    decoder = keras.Sequential(
        [
            keras.Input((k,)),
            keras.layers.Dense(pixels),
            keras.layers.Reshape((SIDE, SIDE, 1)),
        ]
    )
    decoder.layers[0].set_weights([write.T, 0.5 - write @ shift])
    return encoder, decoder
