"""What a generator is asked for, and what it answers: a table of requests, a table of images."""

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.generate import LatentModel, sample
from mlflow_latents.generate.checks import vector, whole

if TYPE_CHECKING:
    import keras
    from pandas import DataFrame

# The options are those of samplers; a sampler refuses those that are not its own.
COLUMNS = ("sampler", "n", "seed", "level_min", "level_max", "axis", "sd", "z")
DEFAULTS = {"sampler": "ellipsoid", "n": 16, "seed": 0}
# In one answer, which is made in memory: as many pixels take half a minute on two cores, and the
# server waits for a minute.
MOST_IMAGES = 10_000
MOST_PIXELS = 2**25


def answer(table: "DataFrame", model: LatentModel, decoder: "keras.Model") -> "DataFrame":
    """Make the images that a table asks for.

    Parameters
    ----------
    table
        One request per row; every column is optional, and so is every value. Either `sampler`,
        `n`, `seed`, and the sampler's options `level_min`, `level_max`, `axis`, `sd`, as in
        `mlflow_latents.generate.sample`; or `z`, a latent vector (d,), for one image.
    model
        What samplers draw from.
    decoder
        Latent vectors (m, d) to images (m, height, width, channels).

    Returns
    -------
    DataFrame
        One image per row, in order: number of its `request` and its `index` in that, each from 0,
        `sampler` and `seed` (None of a vector that was given), and `image`, a PNG in base64.

    Raises
    ------
    InputError
        When there is no request, one of them asks for what cannot be, or all together ask for
        too many images.
    """
    from pandas import DataFrame

    from mlflow_latents.models import decode

    requests = read_requests(table)
    check_size(sum(_of_each(count, requests)), decoder.output_shape[1:])
    drawn = _of_each(partial(latent_vectors, model), requests)
    images = decode(decoder, np.concatenate(drawn))
    origins = [
        (number, index, *_origin(request))
        for number, (request, z) in enumerate(zip(requests, drawn, strict=True))
        for index in range(len(z))
    ]
    beside = DataFrame(origins, columns=["request", "index", "sampler", "seed"], dtype=object)
    return beside.assign(image=[base64.b64encode(to_png(image)).decode() for image in images])


def read_requests(table: "DataFrame") -> list[dict[str, object]]:
    """Give what each row of a table asks for: its values by name, without those that are missing.

    Raises
    ------
    InputError
        When there is no row, or none of the columns is known: MLflow drops the others.
    """
    columns = [name for name in COLUMNS if name in table]
    if not len(table) or not columns:
        raise InputError(
            f"There is no request in the table: give one or more rows with some of the columns "
            f'{", ".join(COLUMNS)}, such as {{"sampler": "ellipsoid", "n": 16}}.'
        )
    rows = zip(*(table[name] for name in columns), strict=True)
    return [
        {name: value for name, value in zip(columns, row, strict=True) if not _is_missing(value)}
        for row in rows
    ]


def count(request: Mapping[str, object]) -> int:
    """Give the number of images that a request asks for.

    Raises
    ------
    InputError
        When it is no whole number, 1 or more, or more than one answer may hold.
    """
    if "z" in request:
        return 1
    return whole(request.get("n", DEFAULTS["n"]), "n", 1, MOST_IMAGES, "number of images")


def check_size(images: int, shape: tuple[int, int, int]) -> None:
    """Raise InputError unless so many images of a shape can be made at once."""
    height, width, _ = shape
    most = min(MOST_IMAGES, MOST_PIXELS // (height * width))
    if images > most:
        raise InputError(
            f"{images} images of {height} x {width} pixels are asked for at once: ask for {most} "
            "or fewer, and for more of them again with another seed."
        )


def latent_vectors(model: LatentModel, request: Mapping[str, object]) -> np.ndarray:
    """Give the latent vectors (n, d) that a request asks for.

    Raises
    ------
    InputError
        When it asks for what cannot be.
    """
    if "z" not in request:
        return sample(model, **{**DEFAULTS, **request})
    if others := [name for name in request if name != "z"]:
        raise InputError(
            f"z is given together with {', '.join(others)}: give either a latent vector or what "
            "one is drawn from."
        )
    return vector(request["z"], "z", model.d)[None]


def to_png(image: np.ndarray) -> bytes:
    """Write an image, uint8 (height, width, 1 or 3), as PNG."""
    from PIL import Image

    file = io.BytesIO()
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    picture.save(file, "PNG", compress_level=1)  # in half the time, and 6 % larger
    return file.getvalue()


def _of_each(function: Callable, requests: Sequence[Mapping[str, object]]) -> list:
    """Apply a function to each request; an error tells which of several it is."""
    values = []
    for number, request in enumerate(requests):
        try:
            values.append(function(request))
        except InputError as error:
            if len(requests) == 1:
                raise
            raise InputError(f"Request {number}: {error}") from error
    return values


def _origin(request):
    if "z" in request:
        return None, None
    origin = {**DEFAULTS, **request}
    return origin["sampler"], int(origin["seed"])


def _is_missing(value) -> bool:
    """Whether a table has no value here: pandas fills up with NaN."""
    from pandas import isna
    from pandas.api.types import is_scalar

    return bool(is_scalar(value) and isna(value))
