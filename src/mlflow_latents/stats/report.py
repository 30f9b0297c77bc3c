"""Everything that the statistics say about a cloud of latent vectors."""

from dataclasses import dataclass, replace

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.stats.battery.battery import QUICK, STANDARD, Battery, run_battery
from mlflow_latents.stats.battery.sample import sample_of
from mlflow_latents.stats.blocks import as_vectors, resolution_of
from mlflow_latents.stats.config import AssessConfig
from mlflow_latents.stats.distance_report import Distance, measure_distance
from mlflow_latents.stats.gaussian import GaussianFit, fit_resolved
from mlflow_latents.stats.geometry import Geometry, live_coordinates, measure_geometry
from mlflow_latents.stats.judgement import Judgement, judge
from mlflow_latents.stats.plane import random_pairs
from mlflow_latents.stats.power import PowerCard, power_card
from mlflow_latents.stats.remarks import distinct_rows, remarks_on, remarks_on_subspace
from mlflow_latents.stats.verdict import Verdict, decide


@dataclass(frozen=True)
class LatentReport:
    """The whole report.

    Parameters
    ----------
    fit : GaussianFit
        Fitted to the training vectors.
    geometry : Geometry
        Of the training vectors.
    in_sample : Judgement
        Of the training vectors.
    held_out : Judgement or None
        Of vectors that the fit has not seen.
    battery : Battery
        Tests of the training vectors.
    held_out_battery : Battery or None
        Tests of the held-out vectors along the axes of the fit; None where there are fewer than
        d + 2 of them, too.
    distance : Distance
        How far the training vectors are from normal.
    power : PowerCard
        What the battery would have seen at this n and d.
    verdict : Verdict
        In plain words.
    seed : int
        Seed of everything random in it.
    config : AssessConfig
        The tolerances used.
    """

    fit: GaussianFit
    geometry: Geometry
    in_sample: Judgement
    held_out: Judgement | None
    battery: Battery
    held_out_battery: Battery | None
    distance: Distance
    power: PowerCard
    verdict: Verdict
    seed: int
    config: AssessConfig


def assess(z, held_out=None, seed=0, effort=None, config=None, on_step=None):
    """Judge how far latent vectors follow a multivariate normal distribution.

    Parameters
    ----------
    z : array_like, shape (n, d)
        Vectors to fit and to judge (in-sample), any real dtype, maybe a memory map.
    held_out : array_like, shape (m, d), optional
        Vectors judged by the fit to `z`, m >= 2.
    seed : int
        Seed of everything random: planes, directions, halves.
    effort : {"quick", "standard", "thorough"}, optional
        How much is looked at, see `AssessConfig`; where not given, that of `config`.
    config : AssessConfig, optional
        Tolerances and effort.
    on_step : callable, optional
        Called with the name of each step that is done: see `count_steps`.

    Returns
    -------
    LatentReport

    Raises
    ------
    InputError
        When `z` or `held_out` cannot be judged (see `fit_gaussian`), or there is no such effort.
    """
    config = AssessConfig() if config is None else config
    config = config if effort is None else replace(config, effort=effort)
    done = on_step or (lambda name: None)
    if seed != int(seed) or seed < 0:
        raise InputError(f"The seed is {seed}: give a whole number, 0 or more.")
    z = as_vectors(z)
    resolution = resolution_of(z)
    fit = fit_resolved(z, resolution)
    pairs = random_pairs(live_coordinates(fit), config.planes, seed)
    in_sample = judge(fit, z, "in_sample", pairs, config, resolution)
    repeated = len(z) - distinct_rows(z)
    remarks = remarks_on(z, repeated)
    done("radii, axes and planes")
    judged = tested = None
    if held_out is not None:
        held_out = _check_held_out(held_out, fit)
        others = resolution_of(held_out, "held_out")
        judged = judge(fit, held_out, "held_out", pairs, config, others)
        done("the same, held-out")
        tested = _tested(held_out, fit, others, seed, config, done)
        remarks += remarks_on_subspace(fit, z, held_out, np.maximum(resolution, others))
    sample = sample_of(z, seed=seed, own=fit, thorough=config.effort == "thorough")
    battery = run_battery(sample, _tests(config), on_step=done, patient=_is_patient(config))
    distance = measure_distance(sample, held_out, battery, config, resolution)
    done("distance from normal")
    verdict = decide(
        fit, in_sample, judged, battery, distance, config, tuple(remarks), repeated / len(z)
    )
    return LatentReport(
        fit=fit,
        geometry=measure_geometry(fit, z),
        in_sample=in_sample,
        held_out=judged,
        battery=battery,
        held_out_battery=tested,
        distance=distance,
        power=power_card(len(z), fit.rank, battery.alpha, _tests(config)),
        verdict=verdict,
        seed=seed,
        config=config,
    )


def count_steps(config, held_out=False):
    """Count the steps that `assess` tells of, at most.

    Parameters
    ----------
    config : AssessConfig
        Of the assessment.
    held_out : bool
        Whether there are held-out vectors.

    Returns
    -------
    int
    """
    return (1 + held_out) * (1 + len(_tests(config))) + 1


def _tests(config):
    return QUICK if config.effort == "quick" else STANDARD


def _is_patient(config):
    return config.effort != "quick"


def _tested(held_out, fit, resolution, seed, config, done):
    """Test held-out vectors, where there are enough and they vary."""
    if len(held_out) < fit.d + 2:
        return None
    try:
        own = fit_resolved(held_out, resolution)
    except InputError:  # they are all equal: the judgement tells
        return None
    sample = sample_of(held_out, fit, seed, own, thorough=config.effort == "thorough")
    if not sample.d:
        return None
    return run_battery(sample, _tests(config), on_step=done, patient=_is_patient(config))


def _check_held_out(held_out, fit):
    held_out = as_vectors(held_out, "held_out")
    if held_out.shape[1] != fit.d:
        raise InputError(
            f"held_out has {held_out.shape[1]} dimensions and z has {fit.d}: give vectors of the "
            "same encoder."
        )
    if len(held_out) < 2:
        raise InputError(f"held_out has {len(held_out)} vectors: give 2 or more, or leave it out.")
    return held_out
