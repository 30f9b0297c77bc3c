"""The inner part of a cloud: whether it is normal where the whole is not."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from mlflow_latents.errors import InputError
from mlflow_latents.stats.blocks import as_vectors, resolution_of, row_blocks
from mlflow_latents.stats.distance import ks_distance
from mlflow_latents.stats.evidence import RADIAL_TOLERANCE
from mlflow_latents.stats.gaussian import GaussianFit, fit_resolved, principal_axes
from mlflow_latents.stats.laws import level_share
from mlflow_latents.stats.marginal import principal_blocks
from mlflow_latents.stats.noise import NOISE_SD, axis_noise, radial_noise
from mlflow_latents.stats.truncated import cut_d2_moments, cut_marginal, cut_variance

CORE_LEVELS = (3.0, 2.0, 1.0)
FALLBACK_LEVEL = 2.0  # whose numbers are told when no core is normal
MOST_ITERATIONS = 100
LEAST_SHARE = 0.5  # of the vectors that a core must hold
# The core is settled when no more than this share of the vectors changes sides, which moves a
# covariance by far less than its standard error.
SETTLED = 1e-4
COARSE = 20_000  # vectors on which a large cloud's core is found first, to start from
COARSE_PER_AXIS = 50


@dataclass(frozen=True)
class CoreFit:
    """Normal distribution fitted to the inner part of a cloud.

    Parameters
    ----------
    fit : GaussianFit
        Mean and covariance of the normal law of which the inner vectors are the part within the
        level; its n counts these vectors.
    level : float
        In sigma: the core ends where a normal law holds Phi(level) - Phi(-level) of its mass.
    share : float
        Share of the vectors within.
    iterations : int
        How often the fit was renewed on all vectors.
    converged : bool
        Whether the core settled and holds at least half of the vectors.
    """

    fit: GaussianFit
    level: float
    share: float
    iterations: int
    converged: bool


@dataclass(frozen=True)
class Core:
    """Whether the inner part of a cloud is normal, and up to which level.

    Parameters
    ----------
    level : float
        The largest of 3, 2, 1 whose inner part is normal; 2 when none is.
    share : float
        Share of the vectors within.
    expected_share : float
        Share of the whole within if all of it were normal. What is missing lies outside: with
        share / expected_share of the vectors normal, the others do not reach into the core.
    ks : float
        Kolmogorov-Smirnov distance of the inner d2 to the chi-square law cut at the level.
    variance_ratio : float
        Variance of the inner d2 over that of this law.
    worst_axis_ks : float
        Largest distance of the inner vectors, along the principal axes of the core, to the
        marginal law of a normal distribution cut at the level; NaN where the radii decided already.
    normal : bool
        Whether all three are within tolerance and chance, and the core converged.
    sentence : str
        The above in words.
    fit : GaussianFit
        The normal law of the core.
    """

    level: float
    share: float
    expected_share: float
    ks: float
    variance_ratio: float
    worst_axis_ks: float
    normal: bool
    sentence: str
    fit: GaussianFit


def fit_core(z, level):
    """Fit a normal distribution to the inner part of a cloud, whatever lies outside.

    The vectors with ``d2 <= r^2`` are kept, r^2 being the quantile of chi-square at the share of
    the level; their covariance over ``F_{d+2}(r^2) / F_d(r^2)`` (chi-square distribution
    functions: the exact covariance of a normal law cut at radius r, Tallis 1963, Journal of the
    Royal Statistical Society B 25, 561-567) gives the next fit, until no more than one vector in
    10,000 changes sides. The start is the plain fit, scaled so that half of the vectors lie within
    the level of half the mass. Clouds above 20,000 vectors (and 50 per axis) start from the core of
    evenly spaced rows.

    Parameters
    ----------
    z : array_like, shape (n, d)
        Vectors.
    level : float
        In sigma, above 0.68, where a normal law holds half of its mass.

    Returns
    -------
    CoreFit
        Not converged where the core does not settle or holds less than half of the vectors: then
        the last fit that held half.

    Raises
    ------
    InputError
        As `fit_gaussian`, or when the level is not a finite number above 0.68.
    """
    z = as_vectors(z)
    if not (np.isfinite(level) and level_share(level) > LEAST_SHARE):
        raise InputError(
            f"The level of the core is {level}: give a finite number above 0.68, so that a normal "
            "core holds more than half of the vectors."
        )
    return _find(z, level, resolution_of(z))[0]


def _find(z, level, resolution):
    """Fit of the core, and d2 of all vectors by it."""
    step = max(1, len(z) // max(COARSE, COARSE_PER_AXIS * z.shape[1]))
    some = z[::step]
    start = _scaled(fit_resolved(some, resolution), some)
    if step > 1:
        coarse, _ = _settle(some, start, level, resolution)
        start = coarse.fit if coarse.converged else start
    return _settle(z, start, level, resolution)


def settled_core(z, level):
    """Fit of the core, or an `InputError` where it did not converge: `fit_gaussian`'s."""
    core = fit_core(z, level)
    if not core.converged:
        raise InputError(
            f"The core of z at level {level:g} does not settle with half of its vectors within: "
            "give another level, or fit all vectors."
        )
    return core.fit


def find_core(z, fit, config):
    """Find the largest level whose inner part is normal.

    Each effect may be as large as its tolerance or as chance may make it, whichever is larger. Not
    their sum: the inner part of any smooth law is close to normal (that of t(5) in five dimensions,
    at level 2, has a distance of 0.044), and the claim of a core is to be a strict one.

    Parameters
    ----------
    z : array_like, shape (n, d)
        Vectors.
    fit : GaussianFit
        Of all vectors: what the core lies within.
    config : AssessConfig
        Tolerances.

    Returns
    -------
    Core
    """
    z = fit._own(z)
    resolution, found = resolution_of(z), {}
    for level in CORE_LEVELS:
        core, d2 = _find(z, level, resolution)
        found[level] = _judge(z, core, d2, config)
        if found[level].normal:
            return found[level]
    return found[FALLBACK_LEVEL]


def _scaled(fit, z):
    """Scale a fit so that half of the vectors lie within the level of half the mass."""
    middle = np.median(fit.d2(z)) / special.chdtri(fit.rank, 0.5)
    scale = middle if middle > 0 else 1.0  # more than half of the vectors may be one point
    return GaussianFit(fit.mean, fit.covariance * scale, fit.axes, fit.variances * scale, fit.n)


def square_at(fit, level):
    """Give the d2 within which a level lies."""
    return float(special.chdtri(fit.rank, 1 - level_share(level)))


def _settle(z, fit, level, resolution):
    """Renew the fit on the vectors within until these no longer change: `CoreFit` and d2."""
    d2, before = fit.d2(z), None
    for iteration in range(MOST_ITERATIONS + 1):
        kept = d2 <= square_at(fit, level)
        settled = before is not None and np.sum(kept != before) <= SETTLED * len(z)
        enough = kept.sum() >= max(LEAST_SHARE * len(z), fit.d + 2)
        if settled or not enough or iteration == MOST_ITERATIONS:
            break
        renewed = _fit_inner(z, kept, fit, level, resolution)
        if renewed is None:
            enough = False
            break
        fit, before = renewed, kept
        d2 = fit.d2(z)
    converged = bool(settled and enough)
    return CoreFit(fit, float(level), float(kept.mean()), iteration, converged), d2


def _fit_inner(z, kept, fit, level, resolution):
    """Fit of the kept vectors as part of a normal law; None where they do not vary."""
    total, product = np.zeros(fit.d), np.zeros((fit.d, fit.d))
    for rows in row_blocks(*z.shape):
        centred = z[rows][kept[rows]] - fit.mean
        total += centred.sum(axis=0)
        product += centred.T @ centred
    n = int(kept.sum())
    product -= np.outer(total, total) / n
    covariance = product / (n - 1) / cut_variance(fit.rank, square_at(fit, level))
    axes, variances = principal_axes(covariance, resolution)
    return GaussianFit(fit.mean + total / n, covariance, axes, variances, n) if axes.size else None


def _judge(z, core, d2, config):
    fit, square = core.fit, square_at(core.fit, core.level)
    kept = d2 <= square
    inner = np.sort(d2[kept])
    ks = float(ks_distance(special.chdtr(fit.rank, inner) / special.chdtr(fit.rank, square)))
    variance, kurtosis = cut_d2_moments(fit.rank, square)
    ratio = float(inner.var(ddof=1) / variance)
    noise = NOISE_SD * np.sqrt((kurtosis - 1) / len(inner))
    normal = core.converged and ks <= max(RADIAL_TOLERANCE, radial_noise(len(inner)))
    normal = normal and abs(ratio - 1) <= max(config.variance_ratio_tolerance, noise)
    worst = np.nan
    if normal:
        worst = _worst_axis(z, fit, kept, square)
        normal = worst <= max(config.ks_tolerance, axis_noise(len(inner), fit.rank))
    measured = core.share, float(level_share(core.level)), ks, ratio, worst
    sentence = _sentence(core, *measured, bool(normal))
    return Core(core.level, *measured, bool(normal), sentence, fit)


def _worst_axis(z, fit, kept, square):
    """Largest distance of the inner vectors along an axis to the marginal law of the cut normal."""
    x, probability = cut_marginal(fit.rank, square)
    sd, start, worst = np.sqrt(fit.variances), 0, 0.0
    for values in principal_blocks(fit, z):
        inner = np.sort(values[:, kept] / sd[start : start + len(values), None], axis=1)
        worst = max(worst, ks_distance(np.interp(inner, x, probability)).max())
        start += len(values)
    return float(worst)


def _sentence(core, share, expected, ks, ratio, worst, normal):
    inner = f"the inner {100 * share:.1f} % of the vectors (within level {core.level:g})"
    numbers = f"Kolmogorov-Smirnov distance of d2 {ks:.3f}, variance ratio {ratio:.2f}"
    if np.isfinite(worst):
        numbers += f", worst axis {worst:.3f}"
    if normal:
        whole = min(share / expected, 1.0)
        return (
            f"The core is normal: {inner} follow a normal distribution ({numbers}); a whole one "
            f"with this core would hold {100 * whole:.1f} % of the cloud."
        )
    if not core.converged:
        return f"No normal core: the fit of {inner} does not settle or keeps too few of them."
    return f"No normal core: neither at level 3, 2 nor 1; {inner} differ ({numbers})."
