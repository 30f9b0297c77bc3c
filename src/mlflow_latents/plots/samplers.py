"""What the decoder makes of the vectors of each sampler."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.generate import LatentModel, sample
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.image_grid import stacked_rows
from mlflow_latents.plots.image_rows import ImageRow, draw_image_rows, measures_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.figure import Figure

    Measures = Mapping[str, Mapping[str, tuple[float, float]]]

CAPTION = Caption(
    "Images from every sampler",
    "Each row is decoded from vectors drawn in another way, with nothing chosen by hand. Where "
    "the ellipsoid gives images and the free vectors do not, the fitted normal distribution is "
    "what generates; where only the rows at the bottom do, it lies in what departs from it.",
)

IMAGES = 16

GROUPS = {
    "Free vectors, which ignore correlations": (
        "standard_normal",
        "uniform_cube",
        "uniform_ball",
        "axis_normal",
    ),
    "The ellipsoid of the latent vectors": ("ellipsoid", "core", "principal_planes"),
    "Beyond the ellipsoid": ("elliptical", "leading", "mixture", "empirical"),
}
DESCRIPTIONS = {
    "standard_normal": "the prior of a variational autoencoder",
    "uniform_cube": "evenly over a cube around the origin",
    "uniform_ball": "evenly over a ball around the origin",
    "axis_normal": "each coordinate normal, by itself",
    "ellipsoid": "the normal distribution of all vectors",
    "core": "the normal distribution of the inner part",
    "principal_planes": "within 2 sd in planes of principal axes",
    "elliptical": "any direction, with an observed radius",
    "leading": "the leading principal axes alone",
    "mixture": "several normal components",
    "empirical": "real latent vectors of training images",
}


@dataclass(frozen=True)
class SamplersInfo:
    """Images by sampler.

    Parameters
    ----------
    images : dict of numpy.ndarray of uint8, shape (m, height, width, channels)
        By sampler, in the order of the groups.
    measures : mapping
        Value and standard error by sampler and measure.
    """

    images: dict[str, np.ndarray]
    measures: Measures = field(default_factory=dict)


def samplers_info(
    model: LatentModel,
    decode: Callable[[np.ndarray], np.ndarray],
    measures: Measures | None = None,
    seed: int = 0,
) -> SamplersInfo:
    """Draw and decode 16 vectors of each sampler.

    Parameters
    ----------
    model : LatentModel
        Without real vectors, the sampler `empirical` is left out.
    decode : callable
        Takes vectors (n, d), gives images of uint8 (n, height, width, channels).
    measures : mapping, optional
        Value and standard error by sampler and measure, such as
        ``{"ellipsoid": {"sharpness": (0.41, 0.01)}}``.
    seed : int
        Of every sampler.

    Returns
    -------
    SamplersInfo

    Raises
    ------
    InputError
        When `measures` holds more than three measures, or speaks of an unknown sampler.
    """
    measures = measures or {}
    measures_of(measures.values())
    for name in measures:
        if name not in DESCRIPTIONS:
            raise InputError(
                f"measures speaks of a sampler {name!r}, which is not among those drawn: choose "
                f"among {', '.join(DESCRIPTIONS)}."
            )
    names = [
        name
        for group in GROUPS.values()
        for name in group
        if name != "empirical" or model.vectors is not None
    ]
    images = decode(np.concatenate([sample(model, name, IMAGES, seed) for name in names]))
    rows = images.reshape(len(names), IMAGES, *images.shape[1:])
    return SamplersInfo(dict(zip(names, rows, strict=True)), measures)


def draw_samplers(info: SamplersInfo) -> Figure:
    """Draw a row of images for each sampler, in groups.

    Raises
    ------
    InputError
        When there are more than three measures.
    """
    return draw_image_rows(
        CAPTION.title,
        {
            heading: [
                ImageRow(name, info.images[name], DESCRIPTIONS[name], info.measures.get(name, {}))
                for name in group
                if name in info.images
            ]
            for heading, group in GROUPS.items()
        },
    )


def samplers_picture(info: SamplersInfo) -> np.ndarray:
    """Arrange the same rows pixel by pixel, without words: uint8 (height, width, channels)."""
    return stacked_rows(list(info.images.values()))
