"""Vectors along a line across the ellipsoid, and beyond."""

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.generate.checks import finite, positive, shown, vector, whole
from mlflow_latents.generate.ellipsoid import from_white
from mlflow_latents.stats.gaussian import LEAST_SHARE


def line(model, n, seed=0, axis=None, plane=None, angle=0.0, start=None, end=None, sd=3.0):
    """Evenly spaced vectors on a line; nothing is drawn at random.

    Parameters
    ----------
    model : LatentModel
    n : int
        How many vectors; a single one lies in the middle.
    seed : int
        Not used.
    axis : int, optional
        Along this principal axis, counted from 1, through the centre, from -sd to sd; axis 1 when
        nothing else is given.
    plane : tuple of two int, optional
        Along a line in the plane of these two coordinates, counted from 1, through the centre,
        from -sd to sd, in units of the plane's ellipse. The other coordinates are at their
        conditional mean given these two, so that the Mahalanobis radius is the same number.
    angle : float
        Of the line in the plane, in degrees from its first coordinate.
    start, end : array_like, shape (d,), optional
        From one vector to another, such as those of two images.
    sd : float
        How far the line goes on either side of the centre.

    Returns
    -------
    numpy.ndarray of float64, shape (n, d)

    Raises
    ------
    InputError
        When more than one line is given, or it does not lie in this latent space.
    """
    kinds = [each is not None for each in (axis, plane, start if start is not None else end)]
    if sum(kinds) > 1:
        raise InputError("More than one line is given: choose axis, plane, or start and end.")
    if plane is None and finite(angle, "angle") != 0:
        raise InputError("angle is given without plane: give the two coordinates of the plane too.")
    if start is not None or end is not None:
        start, end = _both(model, start, end)
        share = _spaced(n, 0, 1)
        return (1 - share) * start + share * end
    sd = positive(sd, "sd")
    if plane is not None:
        step = _along_plane(model.fit, plane, angle)
    else:
        step = _along_axis(model.fit, 1 if axis is None else axis)
    return from_white(model.fit, _spaced(n, -sd, sd) * step)


def _spaced(n, low, high):
    return (np.linspace(low, high, n) if n > 1 else np.array([(low + high) / 2]))[:, None]


def _along_axis(fit, axis):
    """One sd along a principal axis, whitened (rank,)."""
    white = np.zeros(fit.rank)
    white[whole(axis, "axis", 1, fit.rank, "number of a principal axis") - 1] = 1
    return white


def _along_plane(fit, plane, angle):
    """One sd along a direction in the plane of two coordinates, whitened (rank,)."""
    rows = (fit.axes * np.sqrt(fit.variances))[_pair(plane, fit.d)]
    sd = np.linalg.norm(rows, axis=1)
    rows = rows / np.where(sd > 0, sd, 1)[:, None]
    own = rows @ rows.T
    if not np.linalg.det(own) > LEAST_SHARE:
        raise InputError(
            f"In the plane {shown(plane)} the vectors do not vary in both directions: give "
            "another one."
        )
    angle = np.radians(finite(angle, "angle"))
    direction = np.array([np.cos(angle), np.sin(angle)]) / sd
    precise = np.linalg.solve(own, direction)
    return rows.T @ precise / np.sqrt(direction @ precise)


def _pair(plane, d):
    """Places of two coordinates that are counted from 1."""
    pair = plane.tolist() if isinstance(plane, np.ndarray) else plane
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise InputError(f"plane is {shown(plane)}: give two different coordinates.")
    one, other = (whole(each, "A coordinate of plane", 1, d) for each in pair)
    if one == other:
        raise InputError(f"plane is {shown(plane)}: give two different coordinates.")
    return [one - 1, other - 1]


def _both(model, start, end):
    for name, given in (("start", start), ("end", end)):
        if given is None:
            raise InputError(f"A line between two vectors needs start and end: give {name}.")
    return vector(start, "start", model.d), vector(end, "end", model.d)
