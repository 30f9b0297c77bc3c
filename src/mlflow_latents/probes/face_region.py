"""Which pixels of a portrait show the face."""

import numpy as np

from mlflow_latents.errors import InputError

# Half axes of the ellipse, as shares of half the frame.
WIDTH, HEIGHT = 0.56, 0.78


def face_region(shape: tuple[int, ...], crop: float = 1.0) -> np.ndarray:
    """Mark the face in aligned portraits: an ellipse around the middle of the frame.

    Its half axes are 0.56 of half the width and 0.78 of half the height: head with forehead and
    chin, without neck, shoulders and long hair. This holds for the aligned frames of CelebA and
    for `faces`, where more than nine tenths of the ellipse are pixels that depend more on the
    factors of the head than on those of background and shirt.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the images in pixels; further entries are not looked at.
    crop : float
        Side of the central part of the frame that the images show, as a share of the frame.

    Returns
    -------
    numpy.ndarray of bool, shape (height, width)
    """
    rows, columns = (((2 * np.arange(side) + 1) / side - 1) * crop for side in shape[:2])
    return (columns / WIDTH) ** 2 + (rows[:, None] / HEIGHT) ** 2 <= 1


def check_region(region: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a region of images of this shape, or raise InputError."""
    region = np.asarray(region)
    if region.shape != tuple(shape[:2]) or region.dtype != bool:
        raise InputError(
            f"region has shape {region.shape} and type {region.dtype}: give bool "
            f"{tuple(shape[:2])}, a value for each pixel of the decoded images."
        )
    if region.all() or not region.any():
        raise InputError(
            "region marks " + ("all" if region.all() else "none") + " of the pixels: mark those "
            "of the face, so that there is an inside and an outside."
        )
    return region
