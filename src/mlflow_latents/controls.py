"""What else would be judged like the latent vectors: without it nobody can say what emerged."""

from collections.abc import Callable

import numpy as np
from tqdm import tqdm

from mlflow_latents.data import ImageSet
from mlflow_latents.data.flattened import principal_components, random_pixels
from mlflow_latents.data.vectors import Vectors
from mlflow_latents.errors import InputError
from mlflow_latents.models import CAEConfig
from mlflow_latents.stats import GaussianFit, LatentReport
from mlflow_latents.tracking import judge

UNTRAINED, COMPONENTS, PIXELS, NORMAL = "untrained", "pca", "pixels", "mnd"
POSTERIOR = "posterior"
OTHER_WEIGHTS = 1000  # added to the seed of the training


def judge_controls(
    vectors: Vectors,
    report: LatentReport,
    images: ImageSet | None = None,
    cae: CAEConfig | None = None,
    log_variance=None,
) -> dict[str, LatentReport]:
    """Judge controls as the latent vectors were judged: same numbers, dimensions and settings.

    Parameters
    ----------
    vectors
        The latent vectors.
    report
        What was said of them, and how they were judged.
    images
        What they were encoded from; None where that is not known.
    cae
        Architecture of the encoder; None where that is not known.
    log_variance
        Keras model of the log variances of a variational autoencoder's latent vectors, whose means
        `vectors` are; None for others.

    Returns
    -------
    dict
        Reports by name: "mnd" (drawn from the fitted normal distribution), and with images
        "untrained" (an encoder of the same architecture with random weights), "pca" (principal
        components of the images) and "pixels" (as many pixel values, drawn at random); with
        `log_variance` "posterior", one sample per image of what a variational encoder gives. A
        control that cannot be judged, such as pixels that never change, is left out.
    """
    kept = np.flatnonzero(np.isin(vectors.split, ["train", "test"]))
    seed = report.seed
    makers: dict[str, Callable[[], np.ndarray]] = {}
    if images is not None:
        train, d = images.indices("train"), vectors.z.shape[1]
        makers = {
            COMPONENTS: lambda: principal_components(images, train, kept, d, seed),
            PIXELS: lambda: random_pixels(images, kept, d, seed),
        }
        if cae is not None:
            makers = {UNTRAINED: lambda: untrained(images, kept, cae, seed), **makers}
        if log_variance is not None:
            means = vectors.z[kept]
            makers[POSTERIOR] = lambda: _posterior(means, log_variance, images, kept, seed)
    makers[NORMAL] = lambda: normal_vectors(report.fit, len(kept), seed)
    reports = {}
    for name, make in tqdm(makers.items(), desc="controls", unit=" controls", disable=None):
        control = Vectors(make(), vectors.split[kept], vectors.names[kept])
        try:
            reports[name] = judge(control, seed, report.config)
        except InputError as error:
            print(f"The control {name} is left out: {error}")
    return reports


def normal_vectors(fit: GaussianFit, n: int, seed: int) -> np.ndarray:
    """Draw vectors from a fitted normal distribution, with the seed of a control."""
    return fit.sample(n, np.random.default_rng([seed, n]))


def untrained(images: ImageSet, indices: np.ndarray, cae: CAEConfig, seed: int) -> np.ndarray:
    """Encode images by an encoder of random weights, other ones than a training starts from."""
    from mlflow_latents.models import build_cae, encode

    encoder, _ = build_cae(cae, images.shape, seed + OTHER_WEIGHTS)
    return encode(encoder, images, indices)


def _posterior(means, log_variance, images, indices, seed):
    """Draw one latent vector for each image from the normal law that the encoder gives."""
    from mlflow_latents.models import encode

    z = np.random.default_rng([seed, len(means), 1]).standard_normal(means.shape)
    z *= np.exp(encode(log_variance, images, indices) / 2)
    z += means
    return z
