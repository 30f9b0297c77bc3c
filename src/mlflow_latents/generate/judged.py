"""All samplers of a latent model, judged by the images that a decoder makes of their vectors."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from mlflow_latents.generate.hits import HitProbability, log10_hit_probability
from mlflow_latents.generate.latent_model import LatentModel
from mlflow_latents.generate.quality import Quality, Reference, RoundTrip, round_trip
from mlflow_latents.generate.registry import RANDOM_SAMPLERS, sample

HIT_LEVEL = 3.0


@dataclass(frozen=True)
class JudgedSampler:
    """A sampler, by its vectors and by the images that the decoder makes of them.

    Parameters
    ----------
    quality : Quality
        Of the images, beside held-out images.
    round_trip : RoundTrip
        Where the images lie when they are encoded again.
    hit : HitProbability
        That a vector lies within level 3 of the fit.
    """

    quality: Quality
    round_trip: RoundTrip
    hit: HitProbability


def judge_samplers(
    model: LatentModel,
    encode: Callable[[np.ndarray], np.ndarray],
    decode: Callable[[np.ndarray], np.ndarray],
    reference: Reference,
    seed: int = 0,
) -> dict[str, JudgedSampler]:
    """Judge every sampler that draws at random by as many images as the reference holds.

    Parameters
    ----------
    model
        What samplers draw from; without real vectors, `empirical` is left out.
    encode
        Takes images, uint8 (n, height, width, channels), gives vectors (n, d).
    decode
        Takes vectors (n, d), gives such images.
    reference
        Held-out images.
    seed
        Of all draws.

    Returns
    -------
    dict
        By the name of the sampler.
    """
    names = [n for n in RANDOM_SAMPLERS if n != "empirical" or model.vectors is not None]
    judged = {}
    for name in tqdm(names, desc="samplers", unit=" samplers", disable=None):
        z = sample(model, name, reference.n, seed)
        images = decode(z)
        judged[name] = JudgedSampler(
            quality=reference.measure(images),
            round_trip=round_trip(encode, model, z, images),
            hit=log10_hit_probability(name, model, HIT_LEVEL, seed),
        )
    return judged
