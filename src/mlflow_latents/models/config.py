"""What network is built, and how it is trained."""

from dataclasses import dataclass
from math import isfinite
from typing import Literal

from mlflow_latents.errors import InputError

MOST_WEIGHT = 1e6  # of a term of the loss: far beyond use, and far below what float32 ends at


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise InputError(sentence)


@dataclass(frozen=True)
class CAEConfig:
    """A convolutional autoencoder.

    Parameters
    ----------
    filters
        Maps of each convolutional layer of the encoder, outermost first; the decoder mirrors them.
    kernel
        Side of the convolution kernels, in pixels.
    stride
        Every layer of the encoder divides the image's side by this (rounded up).
    activation
        Activation function after every layer but the innermost and the last.
    leaky_slope
        Slope of leaky_relu for negative values.
    batch_normalization
        Normalize over the batch between every convolution and its activation.
    latent_dim
        Number of latent dimensions.
    output_activation
        Last activation of the decoder; images lie between 0 and 1.
    model
        cae is a plain one; vae a variational one, whose encoder gives a normal distribution for
        each image, drawn to the standard normal; rae is regularised: short latent vectors and small
        kernels in the decoder. All three have the same encoder and decoder.
    """

    filters: tuple[int, ...] = (32, 64, 128, 256)
    kernel: int = 3
    stride: int = 2
    activation: Literal["leaky_relu", "relu", "elu", "gelu", "silu", "tanh", "linear"] = (
        "leaky_relu"
    )
    leaky_slope: float = 0.3
    batch_normalization: bool = False
    latent_dim: int = 250
    output_activation: Literal["sigmoid", "linear"] = "sigmoid"
    model: Literal["cae", "vae", "rae"] = "cae"

    def __post_init__(self):
        _require(len(self.filters) > 0, "filters is empty: give at least one layer, such as 32.")
        _require(
            all(maps >= 1 for maps in self.filters),
            f"filters {self.filters} holds a number below 1: every layer needs at least one map.",
        )
        _require(self.stride >= 1, f"stride is {self.stride}: give 1 or more.")
        _require(
            self.kernel >= self.stride,
            f"kernel {self.kernel} is smaller than stride {self.stride}, so pixels would be "
            "skipped: give a kernel at least as large as the stride.",
        )
        _require(
            isfinite(self.leaky_slope) and 0 <= self.leaky_slope <= 1,
            f"leaky_slope is {self.leaky_slope}: give a number from 0 to 1.",
        )
        _require(self.latent_dim >= 1, f"latent_dim is {self.latent_dim}: give 1 or more.")


@dataclass(frozen=True)
class TrainingConfig:
    """How an autoencoder is trained.

    Parameters
    ----------
    loss
        What is minimized: squared error, binary cross-entropy or absolute error per pixel value.
    optimizer
        The gradient method; sgd has a momentum of 0.9, and adam with weight decay is AdamW.
    learning_rate
        Step size of the optimizer, at the start.
    schedule
        How the learning rate goes on: constant, or down to 0 along a cosine by the last epoch.
    weight_decay
        Share of the kernels' size taken off in every step, times the learning rate.
    batch_size
        Images per gradient step.
    epochs
        Passes over the training images.
    seed
        Fixes the initial weights, the order of the images and the samples of a vae.
    beta
        Weight of what a vae or a rae adds to the loss, in the scale of a loss summed over the
        pixel values of an image: the divergence from the standard normal, or half the squared
        length of the latent vector.
    decoder_decay
        Weight of the squared kernels of a rae's decoder, in the same scale.
    """

    loss: Literal["mse", "binary_crossentropy", "mae"] = "mse"
    optimizer: Literal["adam", "sgd", "rmsprop", "lion"] = "adam"
    learning_rate: float = 1e-3
    schedule: Literal["constant", "cosine"] = "constant"
    weight_decay: float = 0.0
    batch_size: int = 128
    epochs: int = 8
    seed: int = 0
    beta: float = 1.0
    decoder_decay: float = 1e-3

    def __post_init__(self):
        _require(
            isfinite(self.learning_rate) and self.learning_rate > 0,
            f"learning_rate is {self.learning_rate}: give a number above 0, such as 0.001.",
        )
        _require(
            isfinite(self.weight_decay) and self.weight_decay >= 0,
            f"weight_decay is {self.weight_decay}: give 0 or a number above it.",
        )
        for name in ("beta", "decoder_decay"):
            value = getattr(self, name)
            _require(
                0 <= value <= MOST_WEIGHT,
                f"{name} is {value}: give a number from 0 to {MOST_WEIGHT:g}.",
            )
        _require(self.batch_size >= 1, f"batch_size is {self.batch_size}: give 1 or more.")
        _require(self.epochs >= 1, f"epochs is {self.epochs}: give 1 or more.")
        _require(
            0 <= self.seed < 2**32, f"seed is {self.seed}: give a whole number from 0 to 2^32 - 1."
        )
