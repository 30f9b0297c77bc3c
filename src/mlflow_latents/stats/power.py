"""What a battery of tests would have seen at a given number of vectors and of dimensions."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from mlflow_latents.errors import InputError
from mlflow_latents.stats.battery.battery import STANDARD
from mlflow_latents.stats.battery.direction import component_factors
from mlflow_latents.stats.battery.nulls import quantiles_at, shipped_tables
from mlflow_latents.stats.battery.pursuit import GROUPS, KEPT, searched
from mlflow_latents.stats.battery.registry import TESTS
from mlflow_latents.stats.shapes import (
    least_heavy_tail,
    least_separation,
    least_size,
    least_skewness,
)

POWER = 0.9
SEARCH = 45.0, 1.3  # vectors per dimension that find a hidden direction of skewness 1; exponent
NODES = 40  # quantiles of the law of the radii


@dataclass(frozen=True)
class Departure:
    """The smallest departure of one kind that the battery sees.

    Parameters
    ----------
    name : str
        Kind of departure.
    test : str
        The test that sees it.
    size : float
        The smallest size seen with the power asked for; NaN where none is.
    unit : str
        What the size is, and for what law it has a well-known value.
    sentence : str
        The same for a reader.
    """

    name: str
    test: str
    size: float
    unit: str
    sentence: str

    @property
    def visible(self):
        """Whether a departure of this kind can be seen at all."""
        return bool(np.isfinite(self.size))


@dataclass(frozen=True)
class PowerCard:
    """The smallest departures that the battery sees at n vectors in d dimensions.

    Parameters
    ----------
    n, d : int
        Number of vectors, and of dimensions.
    alpha : float
        Probability that the battery rejects any test of a true normal distribution.
    power : float
        Probability with which the departures are seen.
    departures : tuple of Departure
    """

    n: int
    d: int
    alpha: float
    power: float
    departures: tuple[Departure, ...]

    def departure(self, name):
        """Give one departure by name; None where its test is no part of the battery."""
        return next((each for each in self.departures if each.name == name), None)


@dataclass(frozen=True)
class _Kind:
    test: str
    least: Callable[[int, int, float, float], float]
    unit: str
    seen: str
    unseen: str


def power_card(n, d, alpha=0.05, tests=STANDARD):
    """Tell which departures a battery sees with 90 % power at n vectors in d dimensions.

    Each informative test has ``alpha`` over the number of them for itself (the first step of
    Holm's correction, so that the card is on the safe side). The sizes are approximations for
    many vectors, whose formulas stand with the functions; each is that of one family of laws, and
    another law of the same size may be seen a little better or worse.

    Parameters
    ----------
    n, d : int
        Number of vectors, n >= d + 2, and of dimensions.
    alpha : float
        Level of the battery, between 0 and 0.5.
    tests : tuple of str
        Names of tests in `TESTS`.

    Returns
    -------
    PowerCard

    Raises
    ------
    InputError
        When n, d or alpha are out of range, or there is no such test.
    """
    _check(n, d, alpha, tests)
    reasons = {test: TESTS[test].blind(n, d) or TESTS[test].comparison_only for test in tests}
    level = alpha / max(1, sum(not reason for reason in reasons.values()))
    departures = tuple(
        _departure(name, kind, n, d, level, reasons[kind.test])
        for name, kind in KINDS.items()
        if kind.test in reasons
    )
    return PowerCard(n, d, alpha, POWER, departures)


def least_axis_kurtosis(n, d, level, power_score):
    """Excess kurtosis of one heavy-tailed principal axis: see `least_heavy_tail`.

    Seen by the largest of 2d scores of skewness and kurtosis: see `largest_score`.
    """
    return least_heavy_tail(n, largest_score(2 * d, level), power_score)


def least_axis_skewness(n, d, level, power_score):
    """Skewness of one principal axis, a gamma law: see `least_skewness`."""
    return least_skewness(n, largest_score(2 * d, level), power_score)


def least_axis_separation(n, d, level, power_score):
    """Separation of two equal groups along one principal axis: see `least_separation`."""
    return least_separation(n, largest_score(2 * d, level), power_score)


def least_hidden_skewness(n, d, level, power_score):
    """Skewness of one direction that whitening hides, to be found by the search.

    The half that judges must see it among 20 scores. Before, the half that searches must find it:
    measured with gamma laws of skewness 0.6, 1 and 2 among normal components of equal variance at
    d = 16, 64 and 150, nine in ten are found from about ``n = 45 d / skewness^1.3``.
    """
    per_dimension, exponent = SEARCH
    found = (per_dimension * d / (2 * searched(n, d))) ** (1 / exponent)
    judged = least_skewness(n - n // 2, largest_score(2 * min(KEPT, d), level), power_score)
    return float(np.hypot(found, judged))  # what is found badly is judged off its direction


def least_shared_squares(n, d, level, power_score):
    """Correlation between the squares of two principal axes.

    In a share q of the vectors y = ±x: the correlation is q, and one vector's
    ``(x^2 - 1)(y^2 - 1) / 2`` has the variance ``1 - q + 15 q - q^2``. Its mean times sqrt(n) must
    exceed the critical value of `plane`, the largest over all planes.
    """
    critical = np.exp(critical_scaled("plane", n, d, level))

    def margin(q):
        return np.sqrt(n) * q - power_score * np.sqrt(1 + 14 * q - q**2) - critical

    return least_size(margin, largest=1.0)


def least_radius_spread(n, d, level, power_score):
    """Relative standard deviation of the squared lengths by which normal vectors are stretched.

    The vectors are those of an elliptical t distribution, whose factors are inverse gamma
    variables. With U the share of the law of d2 below d2, the Anderson-Darling statistic is
    ``sum over j of (Z_j + sqrt(n) E L_j(U))^2 / (j (j+1))``, with the Legendre polynomials L_j of
    unit variance on (0, 1) and Z_j standard normal (Anderson and Darling 1952, Annals of
    Mathematical Statistics 23, 193-212). The mean d2 is fixed by the fit, which removes Z_1. The
    fit also shortens the vectors that it sees stretched, by a factor ``sqrt(1 - d/n)``.
    """
    critical = np.exp(critical_scaled("radial", n, d, level))
    order = np.arange(2, 9)
    weight = 1 / (order * (order + 1))
    share = (np.arange(NODES) + 0.5) / NODES
    d2 = 2 * special.gammaincinv(d / 2, share)

    def margin(spread):
        shape = 2 + 1 / spread**2  # of the inverse gamma law with mean 1 and this sd
        factor = 1 / special.gammainccinv(shape, share)
        factor = 1 + (factor / factor.mean() - 1) * np.sqrt(1 - d / n)
        u = special.gammainc(d / 2, np.outer(factor, d2) / 2).ravel()
        moved = [np.sqrt(2 * j + 1) * special.eval_legendre(j, 2 * u - 1).mean() for j in order]
        shift = n * np.square(moved)
        mean = weight @ (1 + shift)
        return mean - power_score * np.sqrt(weight**2 @ (2 + 4 * shift)) - critical

    return least_size(margin, largest=2.0)


def least_common_kurtosis(n, d, level, power_score):
    """Excess kurtosis, positive or negative, of d independent components in any rotation.

    The degree-4 part of their directions has an energy (see `component_factors`) such that
    with the m vectors that `direction` looks at, m times this is the noncentrality of a chi-square
    variable with as many degrees of freedom as there are harmonics: see `least_noncentrality`.
    """
    looked_at = min(n, TESTS["direction"].most or n)
    degrees = (d + 6) * (d + 1) * d * (d - 1) / 24
    critical = critical_scaled("direction", looked_at, d, level)
    needed = least_noncentrality(critical, degrees, power_score)
    return float(np.sqrt(component_factors(d)[1] * needed / looked_at))


def least_common_skewness(n, d, level, power_score):
    """Skewness, in size, of d independent components in any rotation.

    ``n b1 / 6`` is a chi-square variable with ``d (d+1) (d+2) / 6`` degrees of freedom and the
    noncentrality ``n d skewness^2 / 6``: see `least_noncentrality`.
    """
    degrees = d * (d + 1) * (d + 2) / 6
    critical = critical_scaled("mardia_skewness", n, d, level)
    return float(np.sqrt(6 * least_noncentrality(critical, degrees, power_score) / (n * d)))


def least_noncentrality(critical, degrees, power_score):
    """Give the noncentrality with which a standardised chi-square variable exceeds a value.

    With f degrees of freedom, ``(chi2 - f) / sqrt(2f)`` has the mean ``l / sqrt(2f)`` and the
    variance ``1 + 2l / f``, and is nearly normal.

    Parameters
    ----------
    critical : float
        To be exceeded.
    degrees : float
        Degrees of freedom f.
    power_score : float
        Normal quantile of the power.

    Returns
    -------
    float
        The noncentrality l.
    """
    # With y = l / sqrt(2f): (y - critical)^2 = power_score^2 (1 + 2 sqrt(2/f) y), the larger root.
    half = critical + power_score**2 * np.sqrt(2 / degrees)
    root = half + np.sqrt(half**2 - critical**2 + power_score**2)
    return root * np.sqrt(2 * degrees)


def largest_score(count, level):
    """Score that the largest magnitude of so many independent normal scores exceeds by chance.

    Parameters
    ----------
    count : int
        How many scores.
    level : float
        Probability of exceeding it (Šidák's correction).

    Returns
    -------
    float
    """
    return float(-special.ndtri(-np.expm1(np.log1p(-level) / count) / 2))


def critical_scaled(test, n, d, level):
    """Critical value of a test's scaled statistic, by its shipped null table.

    Parameters
    ----------
    test : str
        Name of a tabulated test.
    n, d : int
        Number of vectors, and of dimensions; beyond the table its border is taken.
    level : float
        Of the test.

    Returns
    -------
    float
    """
    coefficients = shipped_tables()[test].at(n, d)
    return float(quantiles_at(np.array([-special.ndtri(level)]), coefficients)[0])


KINDS: dict[str, _Kind] = {
    "heavy-tailed axis": _Kind(
        "principal",
        least_axis_kurtosis,
        "excess kurtosis; Laplace's law has 3",
        "One principal axis with heavy tails, from an excess kurtosis of {size} on (Laplace's law "
        "has 3).",
        "Heavy tails of one principal axis stay unseen.",
    ),
    "skewed axis": _Kind(
        "principal",
        least_axis_skewness,
        "skewness; the exponential law has 2",
        "One skewed principal axis, from a skewness of {size} on (the exponential law has 2).",
        "Skewness of one principal axis stays unseen.",
    ),
    "two groups": _Kind(
        "principal",
        least_axis_separation,
        "distance of the means in sd of one group; two modes from 2 on",
        "Two equal groups along a principal axis, if their means are {size} of their standard "
        "deviations apart or more (the density has two modes from 2 on).",
        "Two equal groups along a principal axis stay unseen, however far apart.",
    ),
    "hidden direction": _Kind(
        "pursuit",
        least_hidden_skewness,
        "skewness; the exponential law has 2",
        "One skewed direction that no axis shows, from a skewness of {size} on (the exponential "
        f"law has 2); groups along a hidden direction need some {2 * GROUPS} d² vectors.",
        "A direction that no axis shows is not found.",
    ),
    "dependent axes": _Kind(
        "plane",
        least_shared_squares,
        "correlation of the squares; pairs (x, ±x) have 1",
        "Two principal axes whose squares go together, from a correlation of {size} on (pairs "
        "(x, ±x) have 1).",
        "Dependence between two principal axes stays unseen.",
    ),
    "spread radii": _Kind(
        "radial",
        least_radius_spread,
        "relative sd of the squared stretching; sqrt(2 / (v - 4)) for an elliptical t(v)",
        "Radii of an elliptical t distribution with up to {freedom} degrees of freedom (vectors "
        "stretched so that the squared lengths vary by {percent} %).",
        "Heavy-tailed radii stay unseen.",
    ),
    "kurtosis of all components": _Kind(
        "direction",
        least_common_kurtosis,
        "excess kurtosis; uniform components have -1.2",
        "Independent components in any rotation, if each has an excess kurtosis of {size} or more "
        "in size (uniform ones have -1.2, Laplace's 3).",
        "Heavy or light tails of independent components stay unseen where a rotation hides them.",
    ),
    "skewness of all components": _Kind(
        "mardia_skewness",
        least_common_skewness,
        "skewness; the exponential law has 2",
        "Independent components in any rotation, if each has a skewness of {size} or more in size "
        "(exponential ones have 2).",
        "Skewness of independent components stays unseen where a rotation hides it.",
    ),
}


def _departure(name, kind, n, d, level, reason):
    size = np.nan if reason else float(kind.least(n, d, level, float(special.ndtri(POWER))))
    if np.isfinite(size):
        words = {"size": f"{size:.2g}", "percent": f"{100 * size:.2g}"}
        sentence = kind.seen.format(**words, freedom=f"{4 + 2 / size**2:.3g}")
    else:
        sentence = f"{kind.unseen} {reason}".strip()
    return Departure(name, kind.test, size, kind.unit, sentence)


def _check(n, d, alpha, tests):
    if d < 1 or n < d + 2:
        raise InputError(
            f"A battery cannot judge n = {n} vectors in d = {d} dimensions: give d >= 1, n >= d+2."
        )
    if not 0 < alpha < 0.5:
        raise InputError(f"alpha is {alpha:g}: give a level between 0 and 0.5, such as 0.05.")
    unknown = [test for test in tests if test not in TESTS]
    if unknown:
        raise InputError(f"There is no test {unknown[0]!r}: choose from {', '.join(TESTS)}.")
