"""What `probe_sensitivity` finds."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.generate.quality.jackknife import Estimate


@dataclass(frozen=True, eq=False)
class Response:
    """How fast images change for a step of 1 sd (Mahalanobis), over points and directions.

    Parameters
    ----------
    inside, outside : Estimate
        Root mean square change of a pixel value (0 to 1) inside and outside the face, with the
        standard error over points.
    background_share : Estimate
        Share of the summed squared change that falls outside the face. Where all pixels change
        alike this is the share of the pixels that lie there.
    targets : numpy.ndarray, shape (t,)
        Root mean square change of each logit of the judge, in sd of that logit over decoded
        vectors of the ellipsoid; NaN where the logit does not vary.
    """

    inside: Estimate
    outside: Estimate
    background_share: Estimate
    targets: np.ndarray


@dataclass(frozen=True, eq=False)
class Shell:
    """Points at one distance from the centre, or real vectors of about one distance.

    Parameters
    ----------
    name : str
        "centre", "half_way", "level_1", ...; of real vectors "observed_1" to "observed_5".
    radius : float
        In sd; of real vectors the mean.
    random, leading, trailing : Response
        To steps in random directions, along the leading and along the trailing principal axes.
    map : numpy.ndarray, shape (height, width)
        Root mean square change of each pixel to steps in random directions.
    images : numpy.ndarray of uint8, shape (m, height, width, channels)
        The first images decoded here; of shells, in the same directions on all.
    """

    name: str
    radius: float
    random: Response
    leading: Response
    trailing: Response
    map: np.ndarray
    images: np.ndarray


@dataclass(frozen=True, eq=False)
class Walk:
    """Points at one distance along leading or trailing principal axes, to both sides.

    Parameters
    ----------
    start : {"centre", "typical"}
        Where the walks begin: at the centre, or at drawn vectors of level 1.
    group : {"leading", "trailing"}
        Which axes.
    distance : int
        In sd.
    along, random : Response
        To one more step along the axis walked, and to steps in random directions. Errors from the
        centre are over axes and sides, others over starts.
    """

    start: str
    group: str
    distance: int
    along: Response
    random: Response


@dataclass(frozen=True, eq=False)
class Carried:
    """Which principal axes carry what: shares of the squared change at level 1, a step on each.

    Parameters
    ----------
    names : tuple of str
        "face pixels", "background pixels", then the judge's targets.
    shares, errors : numpy.ndarray, shape (names, 3)
        Of the leading axes, the following up to half of all, and the trailing half; each row sums
        to 1, NaN where nothing changes.
    groups : tuple of int
        How many axes these are.
    background, background_errors : numpy.ndarray, shape (k,)
        Background share of each principal axis: see `Response`.
    inside, outside : numpy.ndarray, shape (k,)
        Root mean square change of a pixel value by 1 sd along each principal axis.
    """

    names: tuple[str, ...]
    shares: np.ndarray
    errors: np.ndarray
    groups: tuple[int, int, int]
    background: np.ndarray
    background_errors: np.ndarray
    inside: np.ndarray
    outside: np.ndarray


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """What changes in decoded images, and where.

    Parameters
    ----------
    region : numpy.ndarray of bool, shape (height, width)
        The face.
    targets : tuple of str
        What the judge tells.
    shells : tuple of Shell
        From the centre outwards, in directions spread evenly.
    observed : tuple of Shell
        Real vectors, a fifth of them each, from the inner to the outer; empty without any.
    walks : tuple of Walk
    carried : Carried
    """

    region: np.ndarray
    targets: tuple[str, ...]
    shells: tuple[Shell, ...]
    observed: tuple[Shell, ...]
    walks: tuple[Walk, ...]
    carried: Carried

    @property
    def background_area(self) -> float:
        """Share of the pixels that lie outside the face."""
        return float(1 - self.region.mean())
