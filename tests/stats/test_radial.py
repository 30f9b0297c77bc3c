import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlflow_latents.stats import D2Law, fit_gaussian, judge_radial

LEVELS = np.arange(0.25, 4.01, 0.25)


def independently(d2, n_fit, k, tolerance=0.5, held_out=False):
    """The definitions, written with SciPy's distributions."""
    n = len(d2)
    if held_out:
        law = stats.f(k, n_fit - k, scale=k * (n_fit**2 - 1) / (n_fit * (n_fit - k)))
    else:
        law = stats.beta(k / 2, (n_fit - k - 1) / 2, scale=(n_fit - 1) ** 2 / n_fit)
    share = stats.norm.cdf(LEVELS) - stats.norm.cdf(-LEVELS)
    levels, share = LEVELS[n * (1 - share) >= 10], share[n * (1 - share) >= 10]
    p = (np.arange(200_000) + 0.5) / 200_000
    radius_sd = np.std(np.sqrt(law.ppf(p)))
    displacements = (np.quantile(np.sqrt(d2), share) - np.sqrt(law.ppf(share))) / radius_sd
    failed = np.flatnonzero(np.abs(displacements) > tolerance)
    return {
        "ks": stats.kstest(d2, law.cdf).statistic,
        "wasserstein": np.mean(
            np.abs(np.sort(np.sqrt(d2)) - np.sqrt(law.ppf((np.arange(1, n + 1) - 0.5) / n)))
        ),
        "variance_ratio": np.var(d2, ddof=1) / law.var(),
        "levels": levels,
        "displacements": displacements,
        "level_limit": (levels[-1] if not len(failed) else levels[failed[0] - 1])
        if not len(failed) or failed[0] > 0
        else 0.0,
        "level_limit_open": not len(failed),
    }


@pytest.mark.parametrize("kind", ["normal", "t5", "uniform"])
@pytest.mark.parametrize("held_out", [False, True])
def test_every_number_agrees_with_scipy(cloud, kind, held_out):
    z = cloud(kind, 6000, 10)
    fit = fit_gaussian(z[:3000])
    judged = z[3000:5000] if held_out else z[:3000]
    centred = judged - z[:3000].mean(axis=0)
    covariance = np.cov(z[:3000], rowvar=False)
    d2 = np.sum(centred * np.linalg.solve(covariance, centred.T).T, axis=1)
    expected = independently(d2, 3000, 10, held_out=held_out)
    law = D2Law("held_out" if held_out else "in_sample", 3000, 10)
    radial = judge_radial(fit.d2(judged), law)
    for name in ("ks", "wasserstein", "variance_ratio", "level_limit"):
        assert getattr(radial, name) == pytest.approx(expected[name], rel=1e-6), name
    np.testing.assert_array_equal(radial.levels, expected["levels"])
    np.testing.assert_allclose(radial.displacements, expected["displacements"], rtol=1e-3)
    assert radial.level_limit_open == expected["level_limit_open"]


def test_shells_of_a_normal_cloud_hold_and_those_of_another_do_not(cloud):
    law = D2Law("in_sample", 20_000, 30)
    normal = cloud("normal", 20_000, 30)
    radial = judge_radial(fit_gaussian(normal).d2(normal), law)
    assert radial.level_limit == 3.25
    assert radial.level_limit_open
    heavy = cloud("t5", 20_000, 30)
    radial = judge_radial(fit_gaussian(heavy).d2(heavy), law)
    assert radial.level_limit < 1
    assert not radial.level_limit_open
    assert radial.displacements[-1] > 0.5


@given(seed=st.integers(0, 10**6), small=st.floats(0.01, 1), more=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_level_limit_grows_with_the_tolerance(seed, small, more):
    rng = np.random.default_rng(seed)
    d2 = rng.chisquare(5, 500) * rng.uniform(0.8, 1.2)
    law = D2Law("in_sample", 500, 5)
    limits = [judge_radial(d2, law, t).level_limit for t in (small, small + more)]
    assert limits[0] <= limits[1]


def test_ratio_without_a_variance_of_the_law_is_undefined():
    radial = judge_radial(np.array([1.0, 2.0, 5.0]), D2Law("held_out", 6, 3))
    assert np.isnan(radial.variance_ratio)
    assert radial.levels.size == 0
    assert np.isnan(radial.level_limit)
