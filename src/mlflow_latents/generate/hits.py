"""How likely a draw of a sampler falls inside the ellipsoid of the latent vectors."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from mlflow_latents.errors import InputError
from mlflow_latents.generate.bodies import Ball, Cube, least_square, log_unit_ball
from mlflow_latents.generate.checks import level as checked_level
from mlflow_latents.generate.checks import positive, whole
from mlflow_latents.generate.ellipsoid import MOST_LEVEL, _radii, check_levels, spherical
from mlflow_latents.generate.free import ball_radius, cube_half_width
from mlflow_latents.generate.latent_model import LatentModel
from mlflow_latents.generate.observed import empirical, leading_axes
from mlflow_latents.generate.registry import MOST_SEED, check_sampler
from mlflow_latents.generate.saddlepoint import NormalSquares, PlaneSquares, log_distribution
from mlflow_latents.generate.splitting import log_rare_share
from mlflow_latents.stats import level_share, live_coordinates

DRAWS = 20_000  # of a plain simulation
AT_ONCE = 2_000
LEAST_HITS = 100  # that it needs
LN10 = np.log(10)
EPS = np.finfo(np.float64).eps
LOG_CERTAIN = np.log(1e-16)  # share outside below which everything is inside


@dataclass(frozen=True)
class HitProbability:
    """Chance that one draw of a sampler falls inside the ellipsoid of a level.

    Parameters
    ----------
    log10 : float
        Decimal logarithm of the chance; -inf where no draw can fall inside.
    error : float
        Of `log10`. For "closed form" 0; for "saddlepoint" that of the numerical integration; for
        "simulation" the standard error, or NaN where the chance is below what the simulation
        reaches (1e-600) and `log10` is -inf.
    method : {"closed form", "saddlepoint", "simulation"}
        "saddlepoint" is an integral through the saddlepoint, exact but for `error`; "simulation"
        counts draws or, where these do not reach, splits the chance into steps.
    """

    log10: float
    error: float
    method: Literal["closed form", "saddlepoint", "simulation"]


NEVER = HitProbability(-np.inf, 0.0, "closed form")


def log10_hit_probability(
    sampler: str, latent_model: LatentModel, /, level: float, seed: int = 0, **options
) -> HitProbability:
    """Chance that one draw of a sampler falls inside the ellipsoid of a level.

    Inside is what has ``d2 <= q`` by `latent_model.fit` and lies in its subspace; q is the quantile
    of chi-square at the share of the level, as for a law whose mean and covariance are known. The
    distributions of quadratic forms in normal variables come from `log_distribution` (Lugannani and
    Rice 1980, Kuonen 1999; integrated by Rice 1980), however small. A cube or a ball is filled
    evenly, so that its chance is the volume of the ellipsoid over its own, times the share of the
    ellipsoid inside it; this share is 1 or comes from simulation, by `log_rare_share` (Au and Beck
    2001) where it is small.

    Parameters
    ----------
    sampler
        A key of `RANDOM_SAMPLERS`.
    latent_model
        What is known of the cloud.
    level
        In sigma.
    seed
        Of a simulation.
    **options
        Those of the sampler.

    Returns
    -------
    HitProbability

    Raises
    ------
    InputError
        As `sample`; or when the level is not a number from 0 to below 37, or the sampler draws
        nothing at random.
    """
    check_sampler(sampler, options)
    if sampler not in _CHANCES:
        raise InputError(
            f"The sampler {sampler} draws nothing at random, so that it has no chance to hit: "
            f"choose one of {', '.join(_CHANCES)}."
        )
    level = checked_level(level, "level")
    if level >= MOST_LEVEL:
        raise InputError(f"level is {level:g}: give a level in sigma, less than {MOST_LEVEL:g}.")
    seed = whole(seed, "seed", 0, MOST_SEED)
    return _CHANCES[sampler](latent_model, level, seed, **options)


def _standard_normal(model, level, seed):
    if model.fit.degenerate:
        return NEVER
    whitening = model.fit.whitening
    return _normal(whitening.T, -model.fit.mean @ whitening, _square(model, level))


def _axis_normal(model, level, seed):
    live = live_coordinates(model.fit)  # the others are drawn at their mean, to rounding
    if model.fit.rank < len(live):
        return NEVER
    sd = np.sqrt(np.diag(model.fit.covariance)[live])
    matrix = model.fit.whitening[live].T * sd
    return _normal(matrix, np.zeros(len(live)), _square(model, level))


def _uniform_cube(model, level, seed, half_width=None):
    half = cube_half_width(model) if half_width is None else positive(half_width, "half_width")
    return _overlap(Cube(half), model, _square(model, level), seed)


def _uniform_ball(model, level, seed, radius=None):
    radius = ball_radius(model) if radius is None else positive(radius, "radius")
    return _overlap(Ball(radius), model, _square(model, level), seed)


def _ellipsoid(model, level, seed, level_min=0.0, level_max=np.inf):
    level_min, level_max = check_levels(level_min, level_max)
    # By the smaller of the shares inside and outside, which keeps its digits.
    share = special.erf if level_min < 1 else special.erfc
    level = np.clip(level, level_min, level_max)
    least, here, most = share(np.array([level_min, level, level_max]) / np.sqrt(2))
    return _exactly((here - least) / (most - least))


def _core(model, level, seed, level_min=0.0, level_max=np.inf):
    fit, core = model.fit, model.core
    level_min, level_max = check_levels(level_min, level_max)
    if np.array_equal(fit.mean, core.mean) and np.array_equal(fit.covariance, core.covariance):
        return _ellipsoid(model, level, seed, level_min, level_max)
    matrix = fit.whitening.T @ (core.axes * np.sqrt(core.variances))
    shift, square = (core.mean - fit.mean) @ fit.whitening, _square(model, level)
    if level_min == 0 and np.isinf(level_max):
        return _normal(matrix, shift, square)
    bounds = _radius(core.rank, level_min), _radius(core.rank, level_max)
    if least_square(*_along_axes(matrix, shift), *bounds) >= square:
        return NEVER
    return _counted(
        *_share_within(
            matrix,
            shift,
            lambda w: _radii(w, core.rank, level_min, level_max),
            lambda white: np.einsum("ij,ij->i", white, white) / square,
            seed,
        )
    )


def _principal_planes(model, level, seed, radius=2.0):
    reach = _radius(model.fit.rank, level) / positive(radius, "radius")
    rank = model.fit.rank
    if reach**2 >= -(-rank // 2):
        return _exactly(1.0)
    if rank == 1:
        return _exactly(special.betainc(0.5, 1.5, reach**2))
    if rank == 2 or reach == 0:
        return _exactly(reach**2)
    return _integrated(*log_distribution(PlaneSquares(rank), reach**2))


def _elliptical(model, level, seed):
    radii, radius = model.radii, _radius(model.fit.rank, level)
    above = np.searchsorted(radii, radius, side="right")
    if above in (0, len(radii)):
        return _exactly(float(above > 0))
    below = above - 1
    part = (radius - radii[below]) / (radii[above] - radii[below])
    return _exactly((below + part) / (len(radii) - 1))


def _leading(model, level, seed, axes=None):
    return _exactly(special.chdtr(leading_axes(model, axes), _square(model, level)))


def _mixture(model, level, seed):
    square = _square(model, level)
    others = model.fit.rank - len(model.mixture.axes)  # standard normal in every component
    parts = []
    for mean, factor in zip(model.mixture.means, model.mixture.factors, strict=True):
        scales, shifts = _along_axes(factor, mean)
        scales, shifts = np.pad(scales, (0, others), constant_values=1), np.pad(shifts, (0, others))
        parts.append(_log_share(NormalSquares(scales, shifts), square))
    logs, errors = np.array(parts).T
    logs = logs + model.mixture.log_weights
    total = special.logsumexp(logs)
    if np.isneginf(total):
        return NEVER
    total -= special.logsumexp(model.mixture.log_weights)
    return _integrated(min(total, 0.0), special.softmax(logs) @ errors)


def _empirical(model, level, seed):
    empirical(model, 1, seed)  # which says so where there are no vectors
    return _exactly(np.mean(model.fit.d2(model.vectors) <= _square(model, level)))


_CHANCES = {
    "standard_normal": _standard_normal,
    "uniform_cube": _uniform_cube,
    "uniform_ball": _uniform_ball,
    "axis_normal": _axis_normal,
    "ellipsoid": _ellipsoid,
    "core": _core,
    "principal_planes": _principal_planes,
    "elliptical": _elliptical,
    "leading": _leading,
    "mixture": _mixture,
    "empirical": _empirical,
}


def _square(model, level):
    """Give the d2 up to which a level reaches."""
    return _radius(model.fit.rank, level) ** 2


def _radius(rank, level):
    """Give the radius, in sd, up to which a level reaches."""
    if level < 1:
        return float(np.sqrt(2 * special.gammaincinv(rank / 2, level_share(level))))
    return float(np.sqrt(special.chdtri(rank, special.erfc(level / np.sqrt(2)))))


def _exactly(share):
    return HitProbability(float(np.log10(share)), 0.0, "closed form") if share > 0 else NEVER


def _integrated(log_share, error):
    if np.isneginf(log_share):
        return NEVER
    return HitProbability(float(log_share / LN10), float(error / LN10), "saddlepoint")


def _counted(log_share, error):
    return HitProbability(float(min(log_share / LN10, 0.0)), float(error / LN10), "simulation")


def _normal(matrix, shift, square):
    """Chance that ``|matrix @ u + shift|^2 <= square``, u being standard normal."""
    return _integrated(*_log_share(NormalSquares(*_along_axes(matrix, shift)), square))


def _along_axes(matrix, shift):
    """Scales and shifts (m,) by which the squared length of ``matrix @ u + shift`` is a sum."""
    left, values, _ = np.linalg.svd(matrix)
    scales = np.zeros(len(matrix))
    scales[: len(values)] = values * (values > values[0] * max(matrix.shape) * EPS)
    return scales, shift @ left


def _log_share(law, square):
    """Log, and its error, of the share of a law at or below a d2."""
    if square <= np.sum(law.shifts[law.scales == 0] ** 2):
        return -np.inf, 0.0
    # Markov's inequality for exp(t d2), at half of the largest t that has an expectation.
    t = 1 / (4 * law.scales.max() ** 2)
    if law.cumulants(np.array([t]))[0] - t * square < LOG_CERTAIN:
        return 0.0, np.exp(LOG_CERTAIN)
    return log_distribution(law, square)


def _overlap(body, model, square, seed):
    """Chance that a vector evenly spread over a body lies in the ellipsoid up to a d2."""
    fit = model.fit
    if fit.degenerate or square == 0 or body.least_d2(fit) >= square:
        return NEVER
    radius, d = np.sqrt(square), fit.d
    log_ellipsoid = log_unit_ball(d) + d * np.log(radius) + np.log(fit.variances).sum() / 2
    log_ratio = log_ellipsoid - body.log_volume(d)
    if body.holds(fit, radius):
        return HitProbability(float(log_ratio / LN10), 0.0, "closed form")
    if log_ratio > np.log(LEAST_HITS / DRAWS):
        hits = np.sum(fit.d2(body.draw(model, DRAWS, seed)) <= square)
        if hits >= LEAST_HITS:
            return _counted(*_binomial(hits))
    matrix = fit.axes * np.sqrt(fit.variances) * radius
    log_share, error = _share_within(matrix, fit.mean, lambda w: w ** (1 / d), body.score, seed)
    return _counted(log_ratio + log_share, error)


def _share_within(matrix, centre, radius, score, seed):
    """Log, and its error, of the chance that a vector scores 1 or less: see `log_rare_share`."""
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(0, DRAWS, AT_ONCE):
        spread = spherical(rng, radius(rng.random(AT_ONCE)), matrix.shape[1])
        hits += np.sum(score(spread @ matrix.T + centre) <= 1)
    if hits >= LEAST_HITS:
        return _binomial(hits)
    return log_rare_share(matrix, centre, radius, score, rng.integers(2**63))


def _binomial(hits):
    """Log, and its standard error, of the chance by which that many of the draws hit."""
    chance = (hits + 0.5) / (DRAWS + 1)  # not 1, so that the error is never 0
    return np.log(hits / DRAWS), np.sqrt((1 - chance) / (chance * DRAWS))
