"""Vectors along a line across the ellipsoid, and beyond."""

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.generate.free import positive


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
    given = [each is not None for each in (axis, plane, start if start is not None else end)]
    if sum(given) > 1:
        raise InputError("More than one line is given: choose axis, plane, or start and end.")
    if start is not None or end is not None:
        start, end = _vector(model, start, "start"), _vector(model, end, "end")
        share = _spaced(n, 0, 1)
        return (1 - share) * start + share * end
    step = _along_plane(model, plane, angle) if plane is not None else _along_axis(model, axis)
    sd = positive(sd, "sd")
    return model.fit.mean + _spaced(n, -sd, sd) * step


def _spaced(n, low, high):
    return (np.linspace(low, high, n) if n > 1 else np.array([(low + high) / 2]))[:, None]


def _along_axis(model, axis):
    """One sd along a principal axis (d,)."""
    axis = 1 if axis is None else axis
    if axis != int(axis) or not 1 <= axis <= model.fit.rank:
        raise InputError(
            f"axis is {axis}: give the number of a principal axis, from 1 to {model.fit.rank}."
        )
    return model.fit.axes[:, int(axis) - 1] * np.sqrt(model.fit.variances[int(axis) - 1])


def _along_plane(model, plane, angle):
    """One sd along a direction in the plane of two coordinates (d,)."""
    pair = np.array(plane)
    if pair.shape != (2,) or pair[0] == pair[1] or not ((pair >= 1) & (pair <= model.d)).all():
        raise InputError(
            f"plane is {plane}: give two different coordinates, each from 1 to {model.d}."
        )
    pair = pair.astype(int) - 1
    own = model.fit.covariance[np.ix_(pair, pair)]
    if np.linalg.matrix_rank(own, hermitian=True) < 2:
        raise InputError(
            f"In the plane {plane} the vectors do not vary in both directions: give another one."
        )
    direction = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    precise = np.linalg.solve(own, direction)
    return model.fit.covariance[:, pair] @ precise / np.sqrt(direction @ precise)


def _vector(model, z, name):
    if z is None:
        raise InputError(f"A line between two vectors needs start and end: give {name}.")
    z = np.asarray(z, np.float64)
    if z.shape != (model.d,):
        raise InputError(f"{name} has shape {z.shape}: give a latent vector of {model.d} numbers.")
    if not np.isfinite(z).all():
        raise InputError(f"{name} holds NaN or infinity: give finite numbers.")
    return z
