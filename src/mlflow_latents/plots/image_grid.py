"""Images side by side as one picture, pixel by pixel, for the MLflow UI's image comparison."""

from collections.abc import Sequence

import numpy as np

PER_ROW = 8
GAP = 2  # pixels
LEAST_SIDE = 64  # pixels; smaller images are enlarged by whole factors


def pair_grid(originals: np.ndarray, reconstructions: np.ndarray) -> np.ndarray:
    """Arrange rows of originals, each above the row of its reconstructions.

    Parameters
    ----------
    originals, reconstructions : numpy.ndarray of uint8, shape (m, height, width, channels)

    Returns
    -------
    numpy.ndarray of uint8, shape (grid height, grid width, channels)
        White between the images.
    """
    rows = []
    for start in range(0, len(originals), PER_ROW):
        for images in (originals, reconstructions):
            rows.append(_row(images[start : start + PER_ROW]))
    return np.concatenate(rows)[: -GAP or None]


def stacked_rows(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Arrange rows of images below each other, all images of one shape.

    Parameters
    ----------
    rows : sequence of numpy.ndarray of uint8, shape (m, height, width, channels)
        Shorter rows are filled with white.

    Returns
    -------
    numpy.ndarray of uint8, shape (grid height, grid width, channels)
        White between the images.
    """
    longest = max(len(images) for images in rows)
    return np.concatenate([_row(images, longest) for images in rows])[: -GAP or None]


def contact_sheet(images: np.ndarray, per_row: int = PER_ROW) -> np.ndarray:
    """Arrange images in rows, in their order.

    Parameters
    ----------
    images : numpy.ndarray of uint8, shape (m, height, width, channels)
    per_row : int
        How many in a row.

    Returns
    -------
    numpy.ndarray of uint8, shape (sheet height, sheet width, channels)
        White between the images, and where the last row is not full.
    """
    starts = range(0, len(images), per_row)
    return stacked_rows([images[start : start + per_row] for start in starts])


def _row(images: np.ndarray, length: int = PER_ROW) -> np.ndarray:
    factor = max(1, round(LEAST_SIDE / images.shape[1]))
    cells = [_framed(image.repeat(factor, 0).repeat(factor, 1)) for image in images]
    blank = np.full_like(cells[0], 255)
    return np.concatenate(cells + [blank] * (length - len(cells)), axis=1)


def _framed(image: np.ndarray) -> np.ndarray:
    return np.pad(image, ((0, GAP), (0, GAP), (0, 0)), constant_values=255)
