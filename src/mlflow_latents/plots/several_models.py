"""What several models make of the same samplers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlflow_latents.errors import InputError
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.image_rows import ImageRow, draw_image_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

    from mlflow_latents.plots.samplers import SamplersInfo

CAPTION = Caption(
    "The same samplers with several models",
    "Under the name of each sampler a row of every model, decoded from vectors drawn with the same "
    "seed. Where one model's row shows images and another's does not, the sampler fits the "
    "latent vectors of the first alone.",
)


@dataclass(frozen=True)
class SeveralModelsInfo:
    """Rows of images by sampler and model.

    Parameters
    ----------
    rows : dict of tuple of ImageRow
        By sampler, a row of each model.
    """

    rows: dict[str, tuple[ImageRow, ...]]


def several_models_info(
    models: Mapping[str, SamplersInfo], samplers: Sequence[str] | None = None
) -> SeveralModelsInfo:
    """Put the rows of several models together, sampler by sampler.

    Parameters
    ----------
    models : mapping of SamplersInfo
        What `samplers_info` gave for each model, by the label that the model shall have.
    samplers : sequence of str, optional
        Which samplers; all that every model has when not given.

    Returns
    -------
    SeveralModelsInfo

    Raises
    ------
    InputError
        When there is no model, a model lacks one of the samplers, or they share none.
    """
    if not models:
        raise InputError("models is empty: give the images of at least one model.")
    if samplers is None:
        first = next(iter(models.values())).images
        samplers = [name for name in first if all(name in m.images for m in models.values())]
        if not samplers:
            raise InputError("The models have no sampler in common: draw the same ones for all.")
    for label, model in models.items():
        for name in samplers:
            if name not in model.images:
                raise InputError(
                    f"Model {label!r} has no images of the sampler {name!r}: choose among "
                    f"{', '.join(model.images)}."
                )
    return SeveralModelsInfo(
        {
            name: tuple(
                ImageRow(label, model.images[name], numbers=model.measures.get(name, {}))
                for label, model in models.items()
            )
            for name in samplers
        }
    )


def draw_several_models(info: SeveralModelsInfo) -> Figure:
    """Draw a row of images for each model, grouped by sampler.

    Raises
    ------
    InputError
        When there are more than three measures.
    """
    return draw_image_rows(CAPTION.title, info.rows)
