"""Where the vectors of a class lie beside all others."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.stats.covariance_distance import covariance_distance, squares
from mlflow_latents.stats.signed_squares import signed_root, square_interval
from mlflow_latents.stats.two_classes import LEAST_ROOM, two_classes


@dataclass(frozen=True, eq=False)
class ClassDistance:
    """How far a class lies from the others, and how it is spread.

    Lengths are roots of unbiased squares, with the sign of the square: 0 on average for a class
    drawn by lot, whatever n and k. Intervals hold 95 % for classes of about 50 vectors or more, and
    about 90 % for classes of ten.

    Parameters
    ----------
    n, members : int
        Number of vectors, and of those in the class.
    distance, low, high : float
        Mahalanobis distance between the class and the others, in sd of the pooled covariance.
    centre, centre_low, centre_high : float
        Distance of the class's centre from that of all vectors, in sd of the covariance of all.
    spread, spread_error : float
        Variance of the class over that of all, mean over all directions, with standard error.
    covariance, covariance_error : float
        Squared Frobenius distance of the class's covariance from that of all, in whitened
        coordinates, over k, with standard error; 0 when equal, unbiased.
    """

    n: int
    members: int
    distance: float
    low: float
    high: float
    centre: float
    centre_low: float
    centre_high: float
    spread: float
    spread_error: float
    covariance: float
    covariance_error: float


def class_distance(white, member):
    """Measure how far a class lies from the others, and how its covariance differs.

    Parameters
    ----------
    white : array_like, shape (n, k)
        Vectors whitened by a fit of themselves; others are whitened by their own covariance first.
    member : numpy.ndarray of bool, shape (n,)
        Which vectors belong to the class.

    Returns
    -------
    ClassDistance

    Raises
    ------
    InputError
        When shapes do not fit, a class (or the rest) holds fewer than 10 vectors, there are fewer
        than k + 6 vectors, or they lie in a subspace.

    Notes
    -----
    The squared distance is ``(v-k-1)/v D2 - sum_i (x_i's noise in the means)``, v = n - 2: the
    classical unbiased estimate (Lachenbruch and Mickey 1968, Technometrics 10, 1-11) with the noise
    of the two means taken from the residuals of each class, so that it holds for classes of
    different covariance. Its variance is that of the noncentral F law of D2, whose three terms are
    scaled by what the residuals say instead of a normal law.
    """
    classes = two_classes(white, member)
    n1, n0 = classes.counts
    low, square, high = _squared_distance(classes)
    spread, spread_error = _spread(classes)
    covariance, covariance_error = covariance_distance(classes)
    centre_low, centre, centre_high = (
        _centre(each, n1 / classes.n, n0 / classes.n) for each in (low, square, high)
    )
    return ClassDistance(
        n=classes.n,
        members=n1,
        distance=float(signed_root(square)),
        low=float(signed_root(low)),
        high=float(signed_root(high)),
        centre=centre,
        centre_low=centre_low,
        centre_high=centre_high,
        spread=spread,
        spread_error=spread_error,
        covariance=covariance,
        covariance_error=covariance_error,
    )


def _squared_distance(classes):
    """Lower bound, estimate and upper bound of the squared distance between the classes."""
    n1, n0 = classes.counts
    k, freedom = classes.k, classes.n - 2
    coefficients = np.where(classes.member, 1 / n1, -1 / n0)
    along, d2 = classes.within_along
    square = (freedom - k - 1) / freedom * d2 - _noise(classes)
    skewed = -4 / freedom * np.sum(coefficients * along**3) * np.sqrt(max(square, 0))
    linear = 4 * np.sum(coefficients**2 * along**2) + skewed
    curved = np.sum((along**2 - 1) ** 2) / freedom**2
    inflation = (freedom - 1) / (freedom - k - 3)
    low, high = square_interval(
        square,
        2 * inflation * _noise_square(classes),
        inflation * linear,
        curved * freedom / (freedom - k - 3),
    )
    return float(low), square, float(high)


def _noise(classes):
    """Squared distance of the means that the noise of their vectors alone would give."""
    n1, n0 = classes.counts
    d2 = classes.within2
    # Each vector shortens its own distance by taking part in the covariance: undone here. Taking
    # part in the mean of its class shortens it too, which the weights undo.
    share = 1 - 1 / np.where(classes.member, n1, n0)
    room = np.maximum(1 - d2 / (share * (classes.n - 2)), LEAST_ROOM)
    d2 = d2 / room * (np.sum(d2) / np.sum(d2 / room))
    weights = np.where(classes.member, 1 / (n1 * (n1 - 1)), 1 / (n0 * (n0 - 1)))
    return float(weights @ d2)


def _noise_square(classes):
    """Trace of the squared covariance of the contrast, in sd within the classes."""
    n1, n0 = classes.counts
    t11, t00, t10 = squares(classes)
    total = t11 / n1**2 + t00 / n0**2 + 2 * t10 / (n1 * n0)
    # The metric within differs from that of all along the contrast alone.
    length = np.linalg.norm(classes.contrast)
    unit = classes.contrast / (length if length > 0 else 1.0)
    s1, s0 = classes.covariances
    image = s1 @ unit / n1 + s0 @ unit / n0
    stretch = classes.stretch
    total += 2 * (stretch - 1) * image @ image + (stretch - 1) ** 2 * (unit @ image) ** 2
    return total


def _centre(square, p, q):
    """Distance of the centre of the class from that of all, of a squared distance of classes."""
    if not np.isfinite(square):
        return float(np.sqrt(q / p))
    return float(q * signed_root(square / (1 + p * q * square)))


def _spread(classes):
    """Mean variance of class 1 over that of all, and its standard error."""
    n, n1, k = classes.n, classes.counts[0], classes.k
    x, member = classes.x, classes.member
    lengths2 = classes.distances2
    room = np.maximum(1 - 1 / n - lengths2 / (n - 1), LEAST_ROOM)
    inner = classes.lengths2[member] / room[member] / (np.sum(lengths2 / room) / (n - 1))
    spread = np.sum(inner) / (n1 - 1)
    outer = np.einsum("ij,ij->i", x @ classes.covariances[0], x) / k
    influence = (np.mean(outer) - outer) / n
    influence[member] += (inner - np.mean(inner)) / n1
    return float(spread), float(np.sqrt(np.sum(influence**2)))
