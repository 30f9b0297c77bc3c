"""The names of what is measured of generated images: see `names`."""

from collections.abc import Iterator, Mapping
from math import isfinite

from mlflow_latents.generate.judged import JudgedSampler
from mlflow_latents.generate.quality import Estimate, Quality
from mlflow_latents.plots.image_rows import with_error
from mlflow_latents.tracking.metric import Metric

IMAGES = "generation/images"
HELD_OUT = "held_out"
_OF_IMAGES = {
    "swd": "Sliced Wasserstein distance to held-out images over the levels of their Laplacian "
    "pyramids, times 1000; less is better, and what `held_out` has is the best.",
    "frechet": "Fréchet distance to held-out images, over features of the judge; less is better.",
    "kernel": "Kernel distance (KID) to held-out images, over features of the judge; 0 is best, "
    "and chance may bring it below.",
    "precision": "Share of the images that lie among held-out images, by features of the judge. "
    "Blurred images, and those that are all alike, come near 1: it says nothing by itself.",
    "recall": "Share of the held-out images that lie among the images, by the same features. "
    "Images that are spread very far, noise among them, reach much: it says nothing by itself.",
    "diversity": "Mean squared distance of two images, by features of the judge, over that of "
    "held-out images; 1 is as diverse, less is more alike.",
    "nearest": "Distance to the nearest training image, by pixels, over that of held-out images: "
    "median; below 1 is nearer to training images than new images are (which blur is, too).",
}
OF_VECTORS = {
    "radius": "Mahalanobis radius of the images, encoded again: median, in sd.",
    "level": "The same in levels.",
    "moved": "Mahalanobis distance from the vectors to those of the images, encoded again: median, "
    "over sqrt(2 rank), that of two unrelated vectors of a normal distribution; 0 is a perfect "
    "return. Axes that the decoder ignores, as a VAE has, count like others.",
    "inside": "Share of the images that lie within level 3, encoded again.",
}
_HIT = (
    "log10_hit",
    "Log10 of the chance that a vector lies within level 3 of the fit; -0.0012 for an MND. Left "
    "out where there is none. The fit is that of a VAE's means, which hardly vary along axes that "
    "its decoder ignores, so that its prior misses them.",
)


def generation_metrics(
    judged: Mapping[str, JudgedSampler], floor: Quality, images: int
) -> dict[str, float]:
    """Give the metrics of generated images by name.

    Parameters
    ----------
    judged
        By sampler.
    floor
        Held-out images, judged like generated ones.
    images
        How many images of each were judged.

    Returns
    -------
    dict
        Value by metric name, such as generation/ellipsoid/swd, and its standard error as
        generation/ellipsoid/swd_error. What does not exist (NaN), and the logarithm of a chance of
        0, is left out with its error.
    """
    values = {f"{HELD_OUT}/{name}": value for name, value in _with_errors(floor, _OF_IMAGES)}
    for sampler, each in judged.items():
        measured = (
            *_with_errors(each.quality, _OF_IMAGES),
            *_with_errors(each.round_trip, OF_VECTORS),
            *_pair(_HIT[0], each.hit.log10, each.hit.error),
        )
        values |= {f"{sampler}/{name}": value for name, value in measured}
    found = {f"generation/{name}": float(value) for name, value in values.items()}
    return {IMAGES: float(images), **{name: x for name, x in found.items() if isfinite(x)}}


def generation_documentation() -> Iterator[Metric]:
    """Give the number of images, and the metrics of any one sampler."""
    yield Metric(IMAGES, "Images of each sampler that were judged, beside as many held-out ones.")
    for name, meaning in (*_OF_IMAGES.items(), *OF_VECTORS.items(), _HIT):
        yield Metric(f"generation/<sampler>/{name}", meaning)


def generation_table(metrics: Mapping[str, float]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Arrange metrics of generated images as a table.

    Parameters
    ----------
    metrics
        Value by metric name, as `generation_metrics` gives them.

    Returns
    -------
    columns
        Names of the measures that any sampler has.
    rows
        Sampler and cells, value ± standard error or a dash; held-out images come last.
    """
    measures = (*_OF_IMAGES, *OF_VECTORS, _HIT[0])
    samplers = list(dict.fromkeys(name.split("/")[1] for name in metrics if name != IMAGES))
    samplers.sort(key=lambda name: name == HELD_OUT)  # stable
    columns = [m for m in measures if any(f"generation/{s}/{m}" in metrics for s in samplers)]
    rows = [(s, [_cell(metrics, f"generation/{s}/{m}") for m in columns]) for s in samplers]
    return columns, rows


def _cell(metrics, name):
    if name not in metrics:
        return "–"
    return with_error(metrics[name], metrics.get(f"{name}_error", 0.0))


def _with_errors(measured: object, names: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    for name in names:
        estimate: Estimate = getattr(measured, name)
        yield from _pair(name, estimate.value, estimate.error)


def _pair(name: str, value: float, error: float) -> Iterator[tuple[str, float]]:
    if isfinite(value):
        yield name, value
        yield f"{name}_error", error
