"""The law of the radii against that of a normal distribution."""

import numpy as np
from scipy import special

from mlflow_latents.stats.battery.result import Measured
from mlflow_latents.stats.laws import D2Law

LEAST_RATIO = 2  # n / d, below which the fit leaves the radii little freedom


def measure_radial(sample):
    """Anderson-Darling distance between d2 and its exact law.

    With ``u_(i)`` the law's distribution function at the sorted d2,
    ``A2 = -n - mean((2i-1) (log u_(i) + log(1 - u_(n+1-i))))``. The law is that of one vector,
    ``n d2 / (n-1)^2 ~ Beta(d/2, (n-d-1)/2)`` (Gnanadesikan and Kettenring 1972); that the n values
    depend on each other through the fit is in the null law of A2, which is simulated.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Measured
        The effect is the variance of d2 over that of its law.

    References
    ----------
    Anderson and Darling (1954), Journal of the American Statistical Association 49, 765-769.
    """
    n, d = sample.n, sample.d
    law = D2Law("in_sample", n, d)
    share = np.clip(np.sort(sample.d2) * n / (n - 1) ** 2, 0, 1)
    shapes = d / 2, (n - d - 1) / 2
    tiny = np.finfo(np.float64).tiny
    below = np.log(np.maximum(special.betainc(*shapes, share), tiny))
    above = np.log(np.maximum(special.betaincc(*shapes, share), tiny))
    statistic = -n - np.mean((2 * np.arange(1, n + 1) - 1) * (below + above[::-1]))
    ratio = sample.d2.var(ddof=1) / law.variance
    return Measured(
        float(statistic), float(ratio), "variance ratio of d2; 1", scaled=float(np.log(statistic))
    )


def blind_radial(n, d):
    """Say why the radii cannot tell at n vectors in d dimensions; empty where they can."""
    if n >= LEAST_RATIO * d:
        return ""
    return (
        f"With n = {n} vectors in d = {d} dimensions the fit leaves the radii little freedom: give "
        f"at least {LEAST_RATIO * d} vectors."
    )
