import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from mlflow_latents.errors import InputError
from mlflow_latents.stats import LEVELS, D2Law, fit_gaussian, level_of, level_share
from mlflow_latents.stats.laws import level_limit, levels_for


def scipy_law(kind, n, k):
    """The laws as the references write them, in SciPy's distributions."""
    if kind == "in_sample":
        return stats.beta(k / 2, (n - k - 1) / 2, scale=(n - 1) ** 2 / n)
    return stats.f(k, n - k, scale=k * (n**2 - 1) / (n * (n - k)))


def test_reference_variance():
    # n = 200, d = 64: the in-sample variance is 85.1, where chi-square says 128.
    assert D2Law("in_sample", 200, 64).variance == pytest.approx(85.1, abs=0.05)


@pytest.mark.parametrize(
    ("share", "radius"), [(0.6827, 1), (0.9545, 2), (0.9876, 2.5), (0.9973, 3)]
)
def test_level_share_is_the_mass_within_a_radius_in_one_dimension(share, radius):
    assert level_share(radius) == pytest.approx(share, abs=5e-5)


@pytest.mark.parametrize("kind", ["in_sample", "held_out"])
@pytest.mark.parametrize(("n", "k"), [(200, 64), (300, 250), (20_000, 250), (162_770, 250), (9, 1)])
def test_agrees_with_scipy(kind, n, k):
    law, peer = D2Law(kind, n, k), scipy_law(kind, n, k)
    p = np.linspace(0.001, 0.999, 101)
    np.testing.assert_allclose(law.ppf(p), peer.ppf(p), rtol=1e-9)
    np.testing.assert_allclose(law.cdf(peer.ppf(p)), p, rtol=1e-9)
    assert law.mean == pytest.approx(peer.mean(), rel=1e-12)
    assert law.variance == pytest.approx(peer.var(), rel=1e-9)


@pytest.mark.parametrize("kind", ["in_sample", "held_out"])
@pytest.mark.parametrize(("n", "k"), [(12, 2), (200, 64), (5000, 250), (162_770, 250)])
def test_moments_of_the_radius_are_integrals(kind, n, k):
    law, peer = D2Law(kind, n, k), scipy_law(kind, n, k)
    low, high = peer.ppf(1e-15), peer.isf(1e-15)
    about = np.sqrt(peer.median())
    first, second = (
        integrate.quad(
            lambda x, power=power: (np.sqrt(x) - about) ** power * peer.pdf(x),
            low,
            high,
            points=peer.ppf([0.01, 0.5, 0.99]),
            limit=500,
            epsabs=0,
        )[0]
        for power in (1, 2)
    )
    # F's far tail matters at n = 12, so the tolerance is that of the integral.
    rel = 1e-3 if n == 12 else 1e-6
    assert law.radius_mean == pytest.approx(about + first, rel=rel)
    assert law.radius_sd == pytest.approx(np.sqrt(second - first**2), rel=30 * rel)


def test_radius_of_250_dimensions_as_known():
    law = D2Law("in_sample", 10**7, 250)
    assert law.radius_mean == pytest.approx(15.80, abs=0.01)
    assert law.radius_sd == pytest.approx(0.71, abs=0.005)


def test_both_laws_against_simulation():
    rng = np.random.default_rng(0)
    n, k, fits = 30, 6, 1500
    inside, outside = np.empty((fits, n)), np.empty((fits, n))
    for i in range(fits):
        z = rng.standard_normal((2 * n, k))
        fit = fit_gaussian(z[:n])
        inside[i], outside[i] = fit.d2(z[:n]), fit.d2(z[n:])
    for kind, d2 in (("in_sample", inside), ("held_out", outside)):
        law = D2Law(kind, n, k)
        assert stats.kstest(d2.ravel(), law.cdf).statistic < 0.01
        assert d2.mean() == pytest.approx(law.mean, rel=0.02)
        assert d2.var() == pytest.approx(law.variance, rel=0.06)
        assert np.sqrt(d2).mean() == pytest.approx(law.radius_mean, rel=0.01)
        assert np.sqrt(d2).std() == pytest.approx(law.radius_sd, rel=0.02)


@given(
    kind=st.sampled_from(["in_sample", "held_out"]),
    k=st.integers(1, 300),
    more=st.integers(5, 10**6),
    p=st.floats(1e-6, 1 - 1e-6),
)
def test_ppf_inverts_cdf(kind, k, more, p):
    law = D2Law(kind, k + more, k)
    assert law.cdf(law.ppf(p)) == pytest.approx(p, rel=1e-6)
    assert law.radius_sd > 0


def test_support_of_the_laws():
    law = D2Law("in_sample", 10, 3)
    assert law.cdf(8.1) == pytest.approx(1)  # d2 cannot exceed (n-1)^2/n
    assert law.cdf(100.0) == 1
    assert law.cdf(0.0) == 0


def test_moments_that_do_not_exist_are_infinite():
    assert D2Law("held_out", 7, 3).variance == np.inf
    assert np.isfinite(D2Law("held_out", 8, 3).variance)
    assert D2Law("held_out", 5, 3).mean == np.inf
    assert D2Law("held_out", 5, 3).radius_sd == np.inf
    assert D2Law("held_out", 4, 3).radius_mean == np.inf


@pytest.mark.parametrize(("kind", "n"), [("in_sample", 4), ("held_out", 3)])
def test_no_law_with_too_few_vectors(kind, n):
    with pytest.raises(InputError, match=f"n = {n} vectors"):
        D2Law(kind, n, 3)


def test_grid_of_levels():
    assert LEVELS[0] == 0.25
    assert LEVELS[-1] == 4.0
    assert len(LEVELS) == 16
    assert levels_for(20_000)[-1] == 3.25  # 23 expected outside; outside 3.5 only 9.3
    assert levels_for(10).size == 0


def test_level_limit_ends_at_the_first_failure():
    levels = np.array([0.25, 0.5, 0.75])
    limit, is_open = level_limit(levels, np.array([[1, 1, 1], [1, 0, 1], [0, 1, 1]], dtype=bool))
    np.testing.assert_array_equal(limit, [0.75, 0.25, 0])
    np.testing.assert_array_equal(is_open, [True, False, False])


@given(level=st.floats(1e-6, 37), k=st.integers(1, 2000))
def test_level_of_inverts_the_share_of_a_level(level, k):
    share = level_share(level)
    outside = special.erfc(level / np.sqrt(2))
    half = special.gammaincinv if share < 0.5 else special.gammainccinv
    d2 = 2 * half(k / 2, share if share < 0.5 else outside)
    assert level_of(d2, k) == pytest.approx(level, rel=1e-11)


@given(radius=st.floats(1e-6, 1e6))
def test_level_is_the_radius_in_one_dimension(radius):
    assert level_of(radius**2, 1) == pytest.approx(radius, rel=1e-11)


@pytest.mark.parametrize("d2", [1e3, 1.5e3, 1e4, 1e6, 1e9])
@pytest.mark.parametrize("k", [2, 250])
def test_level_of_far_vectors(d2, k):
    # For even k the share outside is a Poisson sum: exp(-x) (1 + x + ... + x^(k/2-1) / (k/2-1)!).
    x, j = d2 / 2, np.arange(k // 2)
    log_outside = special.logsumexp(j * np.log(x) - special.gammaln(j + 1)) - x
    level = level_of(d2, k)
    assert special.log_ndtr(-level) + np.log(2) == pytest.approx(log_outside, rel=1e-11)


def test_level_of_vectors_of_250_dimensions():
    # As the glossary has it: a vector 3 sd along one axis lies at level 0, radius 17.8 at level 3.
    level = level_of(np.array([0, 9.0, 14.8**2, 17.8**2, np.inf, np.nan]), 250)
    np.testing.assert_allclose(level, [0, 0, 0.1, 3, np.inf, np.nan], atol=0.05)
    assert 0 < level[1] < 1e-100
    assert isinstance(level_of(9.0, 250), float)
