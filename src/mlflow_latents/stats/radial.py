"""How far the radii of a cloud follow the exact law."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.stats.distance import ks_distance, sorted_quantile
from mlflow_latents.stats.laws import D2Law, level_limit, level_share, levels_for


@dataclass(frozen=True)
class Radial:
    """Squared Mahalanobis distances judged against the exact law of one vector's d2.

    Parameters
    ----------
    n : int
        Number of vectors judged.
    law : D2Law
        The law that they are compared with.
    ks : float
        Two-sided Kolmogorov-Smirnov distance between d2 and the law.
    wasserstein : float
        Wasserstein distance of the radii, in sd: the mean of ``|r_(i) - q((i - 1/2)/n)|``, q being
        the quantile function of the radius.
    variance_ratio : float
        Variance of d2 (dividing by n - 1) over that of the law; NaN where the law has none.
    levels : numpy.ndarray, shape (m,)
        The levels compared; the grid ends where fewer than 10 vectors are expected outside.
    displacements : numpy.ndarray, shape (m,)
        Observed minus theoretical radius of the shell at each level, over the standard deviation
        of one vector's radius under the law.
    level_limit : float
        Largest level up to which every displacement is within the tolerance; 0 when none is, NaN
        without levels.
    level_limit_open : bool
        Whether the grid ended before a shell failed, so that the limit means "at least".
    """

    n: int
    law: D2Law
    ks: float
    wasserstein: float
    variance_ratio: float
    levels: np.ndarray
    displacements: np.ndarray
    level_limit: float
    level_limit_open: bool


def judge_radial(d2, law, level_tolerance=0.5):
    """Judge squared Mahalanobis distances against their exact law.

    Parameters
    ----------
    d2 : numpy.ndarray, shape (n,)
        Squared Mahalanobis distances, n >= 2.
    law : D2Law
        Law of one of them.
    level_tolerance : float
        Displacement, in standard deviations of one vector's radius, up to which a shell holds.

    Returns
    -------
    Radial
    """
    d2 = np.sort(d2)
    radius = np.sqrt(d2)
    n = len(d2)
    theory = np.sqrt(law.ppf((np.arange(n) + 0.5) / n))
    levels = levels_for(n)
    shares = level_share(levels)
    shift = sorted_quantile(radius, shares) - np.sqrt(law.ppf(shares))
    displacements = _over(shift, law.radius_sd)
    limit, is_open = level_limit(levels, np.abs(displacements) <= level_tolerance)
    return Radial(
        n=n,
        law=law,
        ks=float(ks_distance(law.cdf(d2))),
        wasserstein=float(np.mean(np.abs(radius - theory))),
        variance_ratio=float(_over(d2.var(ddof=1), law.variance)),
        levels=levels,
        displacements=displacements,
        level_limit=float(limit),
        level_limit_open=bool(is_open),
    )


def _over(value, scale):
    """Value in units of a moment; NaN where the law has no such moment."""
    return value / scale if np.isfinite(scale) else value * np.nan
