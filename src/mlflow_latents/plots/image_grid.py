"""Images side by side as one picture, pixel by pixel, for the MLflow UI's image comparison."""

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


def _row(images: np.ndarray) -> np.ndarray:
    factor = max(1, round(LEAST_SIDE / images.shape[1]))
    cells = [_framed(image.repeat(factor, 0).repeat(factor, 1)) for image in images]
    blank = np.full_like(cells[0], 255)
    return np.concatenate(cells + [blank] * (PER_ROW - len(cells)), axis=1)


def _framed(image: np.ndarray) -> np.ndarray:
    return np.pad(image, ((0, GAP), (0, GAP), (0, 0)), constant_values=255)
