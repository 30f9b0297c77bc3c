"""Held-out images beside what the autoencoder makes of them: errors and figures."""

import warnings

import numpy as np

from mlflow_latents.data import ImageSet
from mlflow_latents.data.flattened import mean_image_error
from mlflow_latents.plots import (
    AtypicalInfo,
    draw_atypical,
    draw_reconstructions,
    reconstructions_info,
)

LEAST_EXPLAINED = 0.1  # share of the variance below which a training counts as failed
TRY_TRAINING = (
    "Try a smaller learning_rate, such as a third, loss=binary_crossentropy, or more epochs."
)
TRY_GIVEN = "Encoder and decoder must belong together, and take and give pixel values from 0 to 1."
SHOWN = 16  # held-out images whose reconstructions are logged


def shown(images: ImageSet) -> np.ndarray:
    """Choose the held-out images whose reconstructions are logged: always the same, evenly spaced.

    Sets that are sorted or combined show something of every part.
    """
    test = images.indices("test")
    return test[np.linspace(0, len(test) - 1, min(SHOWN, len(test))).astype(int)]


def reconstructed(encoder, decoder, images: ImageSet, indices: np.ndarray):
    """Give images and their reconstructions, both uint8 (m, height, width, channels)."""
    from mlflow_latents.models import decode, encode

    return images.images[indices], decode(decoder, encode(encoder, images, indices))


def errors_of(network, images: ImageSet):
    """Give the `ReconstructionErrors` of the test images."""
    from mlflow_latents.models import reconstruction_errors

    return reconstruction_errors(network.encoder, network.decoder, images, images.indices("test"))


def explained_variance(errors, images: ImageSet) -> tuple[float, float, float]:
    """Give the mean squared error of test images, that of the mean image, and 1 less their ratio.

    The last is 0 for a decoder that knows nothing of its images but their mean.
    """
    mse = float(np.mean(errors.mse))
    constant = mean_image_error(images, images.indices("train"), images.indices("test"))
    return mse, constant, 1 - mse / constant if constant else 1.0


def reconstruction_metrics(errors, images: ImageSet, trained: bool = True) -> dict[str, float]:
    """Give the metrics of reconstruction errors by name; warn where nothing has been learnt."""
    mse, constant, explained = explained_variance(errors, images)
    if explained < LEAST_EXPLAINED:
        warnings.warn(
            f"The reconstructions are {'worse' if explained < 0 else 'hardly better'} than the "
            f"mean image (mse {mse:.4f} and {constant:.4f}): the latent vectors tell little of the "
            f"images. {TRY_TRAINING if trained else TRY_GIVEN}",
            stacklevel=2,
        )
    return {
        "reconstruction/mse": mse,
        "reconstruction/explained_variance": explained,
        "reconstruction/psnr": float(np.mean(errors.psnr)),
        "reconstruction/ssim": float(np.mean(errors.ssim)),
    }


def reconstructions_figure(network, images: ImageSet):
    """Draw the same test images as always beside their reconstructions."""
    pairs = reconstructed(network.encoder, network.decoder, images, shown(images))
    return draw_reconstructions(reconstructions_info(*pairs))


def atypical_figure(network, images: ImageSet, far: AtypicalInfo):
    """Draw the test images farthest out beside their reconstructions."""
    indices = images.indices("test")[far.farthest]
    return draw_atypical(far, *reconstructed(network.encoder, network.decoder, images, indices))
