"""How far a cloud is from normal, and not only whether it is."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from mlflow_latents.stats.battery.direction import (
    blind_direction,
    component_factors,
    energy_error,
)
from mlflow_latents.stats.battery.plane import co_cumulants
from mlflow_latents.stats.battery.pursuit import halves
from mlflow_latents.stats.core import Core, find_core, square_at
from mlflow_latents.stats.leading import LeadingCurve, leading_curve
from mlflow_latents.stats.likelihood import LogLikelihoods, log_likelihoods
from mlflow_latents.stats.marginal import coordinate_blocks, principal_blocks
from mlflow_latents.stats.modes import valley_depth
from mlflow_latents.stats.negentropy import Negentropy, negentropy

CORE_RATIO = 5  # n / d, from which the laws of the core, which take the fit as known, hold
AXES_FOR_MODES = 5  # of each kind the most non-normal axes are searched for modes


@dataclass(frozen=True)
class Distance:
    """How far a cloud is from normal.

    Parameters
    ----------
    dimensions : int
        In which the vectors vary: per-dimension values times this are those of a vector.
    marginal, principal : Negentropy
        Of the coordinates, and of the principal axes.
    pursued : Negentropy or None
        Along the directions that `pursuit` found, on the half of the vectors that was not searched;
        None where it was not run or could not tell.
    uneven : numpy.ndarray, shape (2,)
        Skewness and excess kurtosis of d independent components whose directions would be as
        uneven as those of the vectors (the roots of their mean squares): see `measure_direction`;
        NaN where directions cannot tell.
    uneven_error : numpy.ndarray, shape (2,)
        Standard errors of their squares.
    plane_error : float
        Standard error of the largest correlation between functions of two principal axes, see
        `measure_plane`; NaN where planes cannot tell.
    skewness, excess_kurtosis : numpy.ndarray, shape (m,)
        Along the pursued directions, on the same half.
    valley : float
        Deepest valley between two modes along the most non-normal coordinates, principal axes and
        pursued directions, beyond chance: see `valley_depth`.
    likelihood : LogLikelihoods or None
        Held-out log-likelihood of four models; None with quick effort, or too few vectors.
    core : Core or None
        The inner part of the cloud by itself; None with quick effort, or too few vectors.
    core_pursued : Negentropy or None
        Along the pursued directions, of those vectors within a normal core; None without one.
    core_curve : LeadingCurve or None
        The radial law on the leading axes of the vectors within a normal core.
    """

    dimensions: int
    marginal: Negentropy
    principal: Negentropy
    pursued: Negentropy | None
    uneven: np.ndarray
    uneven_error: np.ndarray
    plane_error: float
    skewness: np.ndarray
    excess_kurtosis: np.ndarray
    valley: float
    likelihood: LogLikelihoods | None
    core: Core | None
    core_pursued: Negentropy | None
    core_curve: LeadingCurve | None


def measure_distance(sample, held_out, battery, config, resolution):
    """Measure how far vectors are from normal.

    Parameters
    ----------
    sample : Sample
        Vectors with their fit.
    held_out : numpy.ndarray, shape (m, d), or None
        Vectors on which likelihoods are compared; half of the sample where there are none.
    battery : Battery
        What it says of the sample: gives the directions that `pursuit` found.
    config : AssessConfig
        Tolerances and effort.
    resolution : numpy.ndarray, shape (d,)
        `resolution_of` the vectors.

    Returns
    -------
    Distance
    """
    fit, z, seed = sample.own, sample.z, sample.seed
    along = np.sqrt(resolution**2 @ fit.axes**2)
    marginal = negentropy(coordinate_blocks(z), resolution)
    principal = negentropy(principal_blocks(fit, z), along)
    pursued = pursued_values(z, battery, seed)
    axes = [z[:, i] for i in _worst(marginal)]
    axes += [z @ fit.axes[:, i] for i in _worst(principal)]
    axes += list(pursued[:AXES_FOR_MODES])
    whole = config.effort != "quick"
    enough = len(z) >= 2 * fit.d + 4
    centred = pursued - pursued.mean(axis=1, keepdims=True)
    unit = centred / centred.std(axis=1, keepdims=True)
    core = find_core(z, fit, config) if whole and len(z) >= CORE_RATIO * fit.rank else None
    return Distance(
        dimensions=fit.rank,
        marginal=marginal,
        principal=principal,
        pursued=negentropy([pursued.copy()]) if len(pursued) else None,
        **_uneven(sample),
        plane_error=_plane_error(z, battery),
        skewness=np.mean(unit**3, axis=1),
        excess_kurtosis=np.mean(unit**4, axis=1) - 3,
        valley=max((valley_depth(values.astype(np.float64)) for values in axes), default=0.0),
        likelihood=log_likelihoods(z, held_out, fit, seed) if whole and enough else None,
        core=core,
        **_within_core(core, z, pursued, seed),
    )


def pursued_values(z, battery, seed):
    """Give the vectors that were not searched, along the directions that `pursuit` found.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
        Vectors.
    battery : Battery
        What `run_battery` says about them.
    seed : int
        Seed of the battery.

    Returns
    -------
    numpy.ndarray, shape (m, n - n // 2)
        No rows where `pursuit` was not run or could not tell.
    """
    pursuit = battery.result("pursuit")
    judging = halves(len(z), seed)[1]
    if pursuit is None or not len(pursuit.directions):
        return np.empty((0, len(judging)))
    return pursuit.directions @ z[judging].astype(np.float64).T


def _within_core(core, z, pursued, seed):
    """Look at a normal core for what its radii and axes do not show."""
    if core is None or not core.normal:
        return {"core_pursued": None, "core_curve": None}
    inner = core.fit.d2(z) <= square_at(core.fit, core.level)
    judging = halves(len(z), seed)[1]
    return {
        "core_pursued": negentropy([pursued[:, inner[judging]]]) if len(pursued) else None,
        "core_curve": leading_curve(core.fit, z[inner]),
    }


def _uneven(sample):
    if blind_direction(sample.n, sample.d) or sample.kernels is None:
        return {"uneven": np.full(2, np.nan), "uneven_error": np.full(2, np.nan)}
    factor = component_factors(sample.d)
    energy = np.maximum(sample.kernels.mean(axis=1), 0)
    return {
        "uneven": np.sqrt(factor * energy),
        "uneven_error": factor * energy_error(sample.kernels, sample.d),
    }


def _plane_error(z, battery):
    plane = battery.result("plane")
    if plane is None or not len(plane.directions):
        return np.nan
    x, y = stats.zscore(plane.directions @ z.T.astype(np.float64), axis=1)
    products = co_cumulants(x, y)
    worst = products[np.argmax(np.abs(products.mean(axis=1)))]
    return float(worst.std() / np.sqrt(len(worst)))


def _worst(found):
    """Axes of the largest negentropy."""
    known = np.flatnonzero(np.isfinite(found.estimate))
    return known[np.argsort(-found.estimate[known])[:AXES_FOR_MODES]]
