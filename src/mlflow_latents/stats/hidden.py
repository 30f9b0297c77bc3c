"""Effects that single axes and radii do not show: what battery and distance add to a verdict."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from mlflow_latents.stats.noise import AXIS_ERROR, ONE_SIDED

PLANE_TOLERANCE = 0.1  # correlation between functions of two principal axes
KURTOSIS_TOLERANCE = 1.0  # of d independent components that the directions would come from
SKEWNESS_TOLERANCE = 0.3  # the same
NATS_TOLERANCE = 0.01  # lost by taking an axis for normal: a skewness of 0.35, or about 0.02 in ks
VALLEY_TOLERANCE = 0.1  # of the density, between two modes
DEEP_VALLEY = 0.3  # the same, where axes share their magnitude
LIKELIHOOD_TOLERANCE = 0.02  # nats per vector that another model of the whole cloud may gain
LEAST_HELD_OUT = 200  # vectors from which the error of a likelihood is known
LIKELIHOOD_ERRORS = 2.58  # standard errors, since the best of three models is looked at
APART = 0.95  # certainty of a vector's group from which groups lie apart
GROUPS_GAIN = 0.05  # nats per vector by which groups must describe the cloud better than all else
SHARED_SIZE = 0.5  # correlation of two axes' squares from which they are one in magnitude
CORE_LEVEL = 3.0  # up to which a core must reach to name the verdict


GAINED_BY = {
    "independent": "independent axes",
    "elliptical": "radii of another law",
    "mixture": "groups",
}


@dataclass(frozen=True)
class Finding:
    """One effect size with its one-sided 95 % confidence bounds, and the tolerance for it.

    Parameters
    ----------
    name : str
        What was measured.
    size : float
        The effect; 0 is normal.
    lower, upper : float
        Bounds of the true effect.
    tolerance : float
        How large it may be and still count as none.
    """

    name: str
    size: float
    lower: float
    upper: float
    tolerance: float

    @property
    def beyond(self):
        """Whether the effect is larger than the tolerance, chance considered."""
        return self.lower > self.tolerance

    @property
    def holds(self):
        """Whether the effect is within the tolerance, chance considered."""
        return self.upper <= self.tolerance


def findings(battery, distance):
    """List the effects of a battery and a distance that a verdict looks at.

    Parameters
    ----------
    battery : Battery
        Tests of the vectors.
    distance : Distance
        How far they are from normal.

    Returns
    -------
    dict of Finding
        By name; those that could not be measured are left out.
    """
    found = [
        *_axes(distance),
        *_plane(battery, distance),
        *_directions(battery, distance),
        *_likelihood(distance),
    ]
    return {each.name: each for each in found}


def _axes(distance):
    kinds = {
        "coordinate axis": distance.marginal,
        "principal axis": distance.principal,
        "pursued direction": distance.pursued,
    }
    for kind, nats in kinds.items():
        if nats is None or not np.isfinite(nats.estimate).any():
            continue
        worst = int(np.nanargmax(nats.estimate))
        size, upper = float(nats.estimate[worst]), float(np.nanmax(nats.upper))
        # All axes hold only if each of them does, so that the upper bound needs no correction;
        # the lower one is that of the largest of many.
        lower = float(np.nanmax(certain_nats(nats)))
        yield Finding(f"worst {kind}", size, lower, upper, NATS_TOLERANCE)


def certain_nats(nats):
    """Lower confidence bounds of negentropies, corrected for the number of axes (Bonferroni).

    Parameters
    ----------
    nats : Negentropy

    Returns
    -------
    numpy.ndarray, shape (m,)
        At a joint level of 99 %.
    """
    score = special.ndtri(1 - AXIS_ERROR / len(nats.estimate))
    return np.maximum(nats.estimate - score * nats.standard_error, 0.0)


def _plane(battery, distance):
    plane = battery.result("plane")
    if plane is None or not plane.informative:
        return
    # The largest of so many correlations is large by chance, which the lower bound takes off.
    chance = np.sqrt(2 * np.log(3 * plane.d**2) / plane.n)
    error = ONE_SIDED * max(distance.plane_error, 1 / np.sqrt(plane.n))
    size = plane.effect
    lower, upper = float(size - chance - error), float(size + error)
    yield Finding("worst plane", size, lower, upper, PLANE_TOLERANCE)


def _directions(battery, distance):
    direction = battery.result("direction")
    if direction is None or not direction.informative:
        return
    for name, size, error, tolerance in zip(
        ("skewness of directions", "kurtosis of directions"),
        distance.uneven.tolist(),
        ONE_SIDED * distance.uneven_error,
        (SKEWNESS_TOLERANCE, KURTOSIS_TOLERANCE),
        strict=True,
    ):
        yield _of_square(name, size, error, tolerance)


def _likelihood(distance):
    likelihood = distance.likelihood
    if likelihood is None or likelihood.n_held_out < LEAST_HELD_OUT:
        return
    gain = distance.dimensions * likelihood.gain
    error = distance.dimensions * likelihood.standard_error
    best = int(np.argmax(gain[1:])) + 1
    yield Finding(
        f"likelihood gained by {GAINED_BY[likelihood.names[best]]}",
        float(gain[best]),
        float(np.max(gain[1:] - LIKELIHOOD_ERRORS * error[1:])),
        float(np.max(gain[1:] + ONE_SIDED * error[1:])),
        LIKELIHOOD_TOLERANCE,
    )


def _of_square(name, size, error, tolerance):
    """Bound an effect by its square, which is what is estimated without bias."""
    lower, upper = np.sqrt(max(size**2 - error, 0.0)), np.sqrt(size**2 + error)
    return Finding(name, float(size), float(lower), float(upper), tolerance)
