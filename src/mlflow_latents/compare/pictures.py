"""The pictures of several runs side by side."""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tqdm import tqdm

from mlflow_latents.compare.cached import cached, origins
from mlflow_latents.compare.tables import run_labels
from mlflow_latents.errors import InputError
from mlflow_latents.plots import Caption
from mlflow_latents.tracking import Picture, artifacts
from mlflow_latents.tracking.reader import download, has_artifact

if TYPE_CHECKING:
    import pandas as pd
    from PIL import Image

CAPTIONS = {
    "reconstructions": Caption(
        "Reconstructions, run by run",
        "Test images, and below each what the run's autoencoder makes of it.",
    ),
    "samplers": Caption(
        "Images from every sampler, run by run",
        "What each run's decoder makes of vectors that are drawn in different ways.",
    ),
}

# In pixels.
WIDE, NARROW = 800, 540
MARGIN, LABEL, LETTERS = 16, 40, 22


def run_pictures(frame: "pd.DataFrame", names: tuple[str, ...] = tuple(CAPTIONS)) -> list[Picture]:
    """Put the same picture of all runs side by side.

    Parameters
    ----------
    frame
        Runs, as `select_runs` gives them.
    names
        Which pictures: `reconstructions`, `samplers`.

    Returns
    -------
    list of Picture
        Without those that no run has.

    Raises
    ------
    InputError
        When there is no such picture.
    """
    for name in names:
        if name not in CAPTIONS:
            raise InputError(
                f"There is no picture {name!r} of runs: choose among {', '.join(CAPTIONS)}."
            )
    labels, origin = run_labels(frame), origins(frame)
    found = {name: {} for name in names}
    with tqdm(total=len(labels), desc="pictures", unit=" runs", disable=None) as bar:
        for run_id, label in labels.items():
            for name in names:
                if png := _png(origin[run_id], name):
                    found[name][label] = png
            bar.update()
    return [
        Picture(name, CAPTIONS[name], side_by_side(pngs)) for name, pngs in found.items() if pngs
    ]


def side_by_side(pictures: Mapping[str, bytes]) -> bytes:
    """Put PNG pictures in columns, each under its label: at most two wide ones, or three.

    Parameters
    ----------
    pictures
        PNG files by label, at least one.

    Returns
    -------
    bytes
        One PNG file.
    """
    from PIL import Image, ImageDraw, ImageFont

    columns = 1 if len(pictures) == 1 else 2 if len(pictures) <= 4 else 3
    width = WIDE if columns <= 2 else NARROW
    cells = [(label, _scaled(png, width)) for label, png in pictures.items()]
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    heights = [LABEL + max(image.height for _, image in row) + MARGIN for row in rows]
    size = MARGIN + columns * (width + MARGIN), MARGIN + sum(heights)
    page = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(LETTERS)
    y = MARGIN
    for row, height in zip(rows, heights, strict=True):
        for i, (label, image) in enumerate(row):
            x = MARGIN + i * (width + MARGIN)
            draw.text((x, y), label, fill="black", font=font)
            page.paste(image, (x, y + LABEL))
        y += height
    file = io.BytesIO()
    page.save(file, format="png", optimize=True)
    return file.getvalue()


def _scaled(png: bytes, width: int) -> "Image.Image":
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        height = round(image.height * width / image.width)
        return image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)


def _png(run_id: str, name: str) -> bytes | None:
    path = f"{artifacts.FIGURES}/{name}.png"

    def fetched():
        with download(run_id, path) as file:
            return file.read_bytes()

    if not has_artifact(run_id, path):
        return None
    return cached(run_id, artifacts.FIGURES, name, fetched)
