"""The tests of multivariate normality by name, and the one function that runs them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.stats.battery.direction import (
    blind_direction,
    limit_direction,
    measure_direction,
)
from mlflow_latents.stats.battery.doornik_hansen import (
    COMPARISON as DOORNIK_HANSEN_COMPARISON,
)
from mlflow_latents.stats.battery.doornik_hansen import (
    blind_doornik_hansen,
    measure_doornik_hansen,
    published_doornik_hansen,
)
from mlflow_latents.stats.battery.energy import blind_energy, measure_energy, published_energy
from mlflow_latents.stats.battery.henze_zirkler import (
    blind_henze_zirkler,
    measure_henze_zirkler,
    published_henze_zirkler,
)
from mlflow_latents.stats.battery.mardia import (
    blind_mardia,
    limit_mardia_kurtosis,
    limit_mardia_skewness,
    measure_mardia_kurtosis,
    measure_mardia_skewness,
    published_mardia_kurtosis,
    published_mardia_skewness,
)
from mlflow_latents.stats.battery.margins import (
    blind_margins,
    measure_marginal,
    measure_principal,
)
from mlflow_latents.stats.battery.nulls import is_tabulated, tabulated_pvalue
from mlflow_latents.stats.battery.plane import blind_plane, limit_plane, measure_plane
from mlflow_latents.stats.battery.pursuit import blind_pursuit, measure_pursuit
from mlflow_latents.stats.battery.radial import blind_radial, measure_radial
from mlflow_latents.stats.battery.result import Measured, MonteCarlo, TestResult
from mlflow_latents.stats.battery.royston import COMPARISON as ROYSTON_COMPARISON
from mlflow_latents.stats.battery.royston import (
    blind_royston,
    measure_royston,
    published_royston,
)
from mlflow_latents.stats.battery.sample import Sample, sample_of
from mlflow_latents.stats.battery.shape import MOST
from mlflow_latents.stats.battery.sliced import blind_sliced, measure_sliced


@dataclass(frozen=True)
class NormalityTest:
    """One test of multivariate normality.

    Parameters
    ----------
    measure : callable
        Takes a `Sample`, gives what is `Measured`.
    blind : callable
        Takes n and d, gives why the test cannot see departures there; an empty string where it can.
    published : callable, optional
        Takes vectors (n, d), gives statistic and p-value as in the publication.
    affine_invariant : bool
        Whether the statistic is the same for ``z @ a + b``, but for rounding.
    quadratic : bool
        Whether its cost grows with the square of n, so that it is no part of the battery.
    limit : callable, optional
        Takes d, gives an object whose ``cdf`` is the law of `Measured.scaled` for many vectors.
    most : int, optional
        Of so many vectors it looks at the most.
    comparison_only : str
        Why it has no calibrated p-value; empty where it has one.
    """

    measure: Callable[[Sample], Measured]
    blind: Callable[[int, int], str]
    published: Callable[[np.ndarray], Measured] | None = None
    affine_invariant: bool = True
    quadratic: bool = False
    limit: Callable[[int], object] | None = None
    most: int | None = None
    comparison_only: str = ""


QUICK_COST = 3 * 10**7  # n d² of a cloud, hundreds of which are simulated at quick effort

TESTS: dict[str, NormalityTest] = {
    "radial": NormalityTest(measure_radial, blind_radial),
    "direction": NormalityTest(
        measure_direction, blind_direction, limit=limit_direction, most=MOST
    ),
    "marginal": NormalityTest(measure_marginal, blind_margins, affine_invariant=False),
    "principal": NormalityTest(measure_principal, blind_margins, affine_invariant=False),
    "plane": NormalityTest(measure_plane, blind_plane, affine_invariant=False, limit=limit_plane),
    "sliced": NormalityTest(measure_sliced, blind_sliced),
    "pursuit": NormalityTest(measure_pursuit, blind_pursuit, affine_invariant=False),
    "mardia_skewness": NormalityTest(
        measure_mardia_skewness,
        blind_mardia,
        published_mardia_skewness,
        limit=limit_mardia_skewness,
    ),
    "mardia_kurtosis": NormalityTest(
        measure_mardia_kurtosis,
        blind_mardia,
        published_mardia_kurtosis,
        limit=limit_mardia_kurtosis,
    ),
    "henze_zirkler": NormalityTest(
        measure_henze_zirkler, blind_henze_zirkler, published_henze_zirkler, quadratic=True
    ),
    "energy": NormalityTest(measure_energy, blind_energy, published_energy, quadratic=True),
    "royston": NormalityTest(
        measure_royston,
        blind_royston,
        published_royston,
        affine_invariant=False,
        comparison_only=ROYSTON_COMPARISON,
    ),
    "doornik_hansen": NormalityTest(
        measure_doornik_hansen,
        blind_doornik_hansen,
        published_doornik_hansen,
        affine_invariant=False,
        comparison_only=DOORNIK_HANSEN_COMPARISON,
    ),
}


def multivariate_normality(x, test, *, method=None, seed=0, fit=None):
    """Test whether vectors come from a multivariate normal distribution.

    Parameters
    ----------
    x : array_like, shape (n, d)
        Vectors, n >= d + 2.
    test : str
        Name of a test in `TESTS`.
    method : None, "published" or MonteCarlo
        How the p-value comes about. None: calibrated at this n and d, by a closed form that was
        checked by simulation or by tabulated simulations. "published": statistic and p-value as in
        the publication, which other packages show. `MonteCarlo`: the whole procedure simulated
        on clouds drawn from the fitted normal distribution.
    seed : int
        Seed of everything random in the test.
    fit : GaussianFit, optional
        Fit of the training vectors, where x are held out: the tests look along its principal axes,
        while mean and covariance are those of x, so that the laws stay exact.

    Returns
    -------
    TestResult
        With a p-value of NaN, and a reason, where the test could not see departures at this n and d
        (unless the published p-value is asked for).

    Raises
    ------
    InputError
        When there is no such test or method, or x cannot be tested: see `fit_gaussian`.
    """
    if test not in TESTS:
        raise InputError(f"There is no test {test!r}: choose one of {', '.join(TESTS)}.")
    if method == "published":
        return _published(x, test, seed)
    if method is not None and not isinstance(method, MonteCarlo):
        raise InputError(
            f"method is {method!r}: give None, 'published', or MonteCarlo(n_resamples, seed)."
        )
    return run_test(sample_of(x, fit, seed), test, method)


def run_test(sample, test, method=None, patient=True):
    """Run one test on a sample that is ready: see `multivariate_normality`.

    Parameters
    ----------
    sample : Sample
    test : str
        Name of a test in `TESTS`.
    method : None or MonteCarlo
    patient : bool
        Whether a null law that is not tabulated is simulated even where that takes minutes
        (`QUICK_COST`). Otherwise there is no p-value, and a reason.

    Returns
    -------
    TestResult
    """
    entry = TESTS[test]
    if reason := entry.blind(sample.n, sample.d):
        return _result(test, sample, Measured(np.nan, np.nan, ""), reason=reason)
    measured = entry.measure(sample)
    reason = measured.reason or ("" if method else entry.comparison_only)
    if reason:
        return _result(test, sample, replace(measured, pvalue=np.nan), reason=reason)
    if method is not None:
        measured = _simulated(entry, sample, measured, method)
    elif np.isnan(measured.pvalue):
        n = min(sample.n, entry.most or sample.n)
        if not patient and n * sample.d**2 > QUICK_COST and not is_tabulated(test, n, sample.d):
            reason = (
                f"The null law at n = {n}, d = {sample.d} is not tabulated, and quick effort does "
                "not simulate it: ask for standard effort."
            )
            return _result(test, sample, replace(measured, pvalue=np.nan), reason=reason)
        pvalue, law = tabulated_pvalue(
            test, measured.scaled, n, sample.d, lambda r: null_scaled(test, n, sample.d, r)
        )
        measured = replace(measured, pvalue=pvalue, law=law)
    return _result(test, sample, measured)


def null_scaled(test, n, d, resamples, seed=0):
    """Simulate the scaled statistic of a test under the null.

    Parameters
    ----------
    test : str
        Name of a test in `TESTS`.
    n, d : int
        Number of vectors, and of dimensions.
    resamples : int
        Clouds to draw.
    seed : int
        Seed of the draws.

    Returns
    -------
    numpy.ndarray, shape (resamples,)
    """
    seeds = np.random.SeedSequence([seed, n, d]).spawn(resamples)
    return np.array([TESTS[test].measure(null_sample(n, d, each)).scaled for each in seeds])


def null_sample(n, d, seed):
    """Draw a sample of n standard normal vectors in d dimensions.

    Parameters
    ----------
    n, d : int
        Number of vectors, and of dimensions.
    seed : int or numpy.random.SeedSequence
        Seed of the draw, and of everything random in a test.

    Returns
    -------
    Sample
    """
    rng = np.random.default_rng(seed)
    return sample_of(rng.standard_normal((n, d)), seed=int(rng.integers(2**31)))


def _simulated(entry, sample, measured, method):
    """Turn what is measured into a p-value by simulating the whole procedure."""
    seeds = np.random.SeedSequence(method.seed).spawn(method.n_resamples)
    own = sample.own
    exceeded = 0
    for each in seeds:
        rng = np.random.default_rng(each)
        drawn = own.sample(sample.n, rng)
        other = entry.measure(sample_of(drawn, seed=int(rng.integers(2**31))))
        exceeded += _size(other) >= _size(measured)
    pvalue = (exceeded + 1) / (method.n_resamples + 1)
    law = f"{method.n_resamples} simulated clouds of the fitted normal distribution"
    return replace(measured, pvalue=pvalue, law=law)


def _size(measured):
    """Give what is the larger the less normal the sample looks."""
    return measured.statistic if np.isnan(measured.scaled) else measured.scaled


def _published(x, test, seed):
    entry = TESTS[test]
    if entry.published is None:
        known = ", ".join(name for name, each in TESTS.items() if each.published)
        raise InputError(
            f"The test {test!r} is this package's own, with no published p-value: leave method "
            f"away, or choose one of {known}."
        )
    sample = sample_of(x, seed=seed)
    return _result(test, sample, entry.published(sample.z.astype(np.float64)))


def _result(test, sample, measured, reason=""):
    directions = measured.directions
    if directions is None:
        directions = np.empty((0, sample.z.shape[1]))
    return TestResult(
        test=test,
        statistic=float(measured.statistic),
        pvalue=float(measured.pvalue),
        law=measured.law,
        n=sample.n,
        d=sample.d,
        effect=float(measured.effect),
        effect_unit=measured.effect_unit,
        informative=not reason,
        reason=reason,
        directions=directions,
    )
