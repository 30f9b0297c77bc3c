import numpy as np
import pytest
from scipy import stats

from mlflow_latents.errors import InputError
from mlflow_latents.stats import AssessConfig, fit_gaussian, level_share
from mlflow_latents.stats import core as core_module
from mlflow_latents.stats.core import find_core, fit_core
from mlflow_latents.stats.truncated import cut_d2_moments, cut_marginal, cut_variance

SPREAD = 0.1  # sd of the narrowest axis over that of the widest


def components(kind, n, d, rng):
    normal = rng.standard_normal((n, d))
    match kind:
        case "outliers":
            far = rng.random(n) < 0.05
            normal[far] *= 3 / np.sqrt(rng.chisquare(2, far.sum()) / 2)[:, None]
            return normal
        case "scale":
            return normal * np.where(rng.random(n) < 0.5, 0.9, 1.1)[:, None]
        case "t5":
            return normal / np.sqrt(rng.chisquare(5, n) / 5)[:, None]
        case "exponential":
            return rng.exponential(size=(n, d))
        case "uniform":
            return rng.uniform(-1.7, 1.7, (n, d))
        case "laplace":
            return rng.laplace(size=(n, d))
    return normal


def draw(kind, n, d, seed=0):
    """Vectors, and the matrix and offset that made them of components."""
    rng = np.random.default_rng(seed)
    x = components(kind, n, d, rng)
    mixing = np.linalg.qr(rng.standard_normal((d, d)))[0] * np.geomspace(1, SPREAD, d)
    return x @ mixing.T + 10, mixing


def find(z):
    return find_core(z, fit_gaussian(z), AssessConfig())


@pytest.mark.parametrize(("radius", "variance"), [(2.0, 0.687), (2.5, 0.856), (3.0, 0.949)])
def test_variance_of_a_cut_normal(radius, variance):
    assert cut_variance(2, radius**2) == pytest.approx(variance, abs=5e-4)


@pytest.mark.parametrize(("d", "level"), [(1, 1), (2, 3), (40, 2), (250, 1)])
def test_moments_of_cut_d2_agree_with_simulation(d, level):
    square = stats.chi2(d).ppf(level_share(level))
    d2 = np.random.default_rng(0).chisquare(d, 400_000)
    d2 = d2[d2 <= square]
    variance, kurtosis = cut_d2_moments(d, square)
    assert d2.var() == pytest.approx(variance, rel=0.02)
    assert stats.kurtosis(d2, fisher=False) == pytest.approx(kurtosis, rel=0.05)
    assert d2.mean() / d == pytest.approx(cut_variance(d, square), rel=0.01)


@pytest.mark.parametrize(("d", "level"), [(1, 2), (2, 1), (3, 3), (10, 1)])
def test_marginal_of_a_cut_normal(d, level):
    square = stats.chi2(d).ppf(level_share(level))
    x, probability = cut_marginal(d, square)
    if d == 1:
        np.testing.assert_allclose(probability, stats.truncnorm(-level, level).cdf(x), atol=1e-6)
    normal = np.random.default_rng(0).standard_normal((100_000, d))
    inner = normal[np.sum(normal**2, axis=1) <= square, 0]
    law = stats.kstest(inner, lambda at: np.interp(at, x, probability))
    assert law.pvalue > 0.01
    second = np.sum((x[1:] + x[:-1]) ** 2 / 4 * np.diff(probability))
    assert second == pytest.approx(cut_variance(d, square), rel=1e-4)


@pytest.mark.parametrize("level", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("d", [1, 5, 40])
def test_the_core_of_normal_vectors_has_their_moments(d, level):
    z, mixing = draw("normal", 8000, d)
    core = fit_core(z, level)
    plain = np.linalg.inv(mixing) @ core.fit.covariance @ np.linalg.inv(mixing).T
    assert core.converged
    assert core.share == pytest.approx(level_share(level), abs=0.03)
    # The inner part of few dimensions is nearly flat, and says little of the variance.
    tolerance = 0.2 if d * level == 1 else 0.05
    assert np.trace(plain) / d == pytest.approx(1, abs=tolerance)
    assert np.abs(np.linalg.solve(mixing, core.fit.mean - 10)).max() < 0.08
    assert core.fit.n == pytest.approx(core.share * len(z), rel=1e-3)


@pytest.mark.parametrize("d", [5, 40])
def test_outliers_leave_the_core_normal(d):
    z, mixing = draw("outliers", 8000, d)
    core = find(z)
    plain = np.linalg.inv(mixing) @ core.fit.covariance @ np.linalg.inv(mixing).T
    assert core.normal
    assert core.level == 3
    assert core.share == pytest.approx(0.95, abs=0.015)
    assert np.trace(plain) / d == pytest.approx(1, abs=0.04)
    assert np.linalg.norm(plain - np.eye(d), 2) < 4 * np.sqrt(d / 8000)
    assert np.abs(np.linalg.solve(mixing, core.fit.mean - 10)).max() < 0.05
    assert "The core is normal" in core.sentence
    whole = np.linalg.inv(mixing) @ fit_gaussian(z).covariance @ np.linalg.inv(mixing).T
    assert np.trace(whole) / d > 1.5  # where the plain fit is misled


@pytest.mark.parametrize("d", [1, 5, 40])
def test_normal_vectors_are_normal_up_to_level_3(d):
    core = find(draw("normal", 6000, d)[0])
    assert core.normal
    assert core.level == 3
    assert core.share == pytest.approx(core.expected_share, abs=0.005)
    assert max(core.ks, core.worst_axis_ks) < 0.025
    assert core.variance_ratio == pytest.approx(1, abs=0.12)


@pytest.mark.parametrize(
    ("kind", "d"),
    [
        ("scale", 40),
        *((kind, d) for kind in ("t5", "exponential", "uniform", "laplace") for d in (5, 40)),
    ],
)
def test_other_clouds_have_no_normal_core(kind, d):
    core = find(draw(kind, 6000, d)[0])
    assert not core.normal
    assert core.level == 2
    assert "No normal core" in core.sentence


def test_an_axis_alone_can_deny_the_core():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((6000, 40))
    z[:, 0] = np.where(rng.random(6000) < 0.5, 5, -5) + z[:, 0]
    core = find(z)
    assert not core.normal
    z[:, 0] = rng.standard_normal(6000) * 5
    assert find(z).worst_axis_ks < 0.02


def test_large_clouds_start_from_some_rows_and_end_the_same(monkeypatch):
    z = draw("outliers", 6000, 3)[0]
    plain = fit_core(z, 2.0)
    monkeypatch.setattr(core_module, "COARSE", 1500)
    started = fit_core(z, 2.0)
    assert started.converged
    np.testing.assert_allclose(started.fit.covariance, plain.fit.covariance, rtol=0.02, atol=1e-3)


def test_fit_gaussian_gives_the_fit_of_the_core():
    z = draw("outliers", 3000, 4)[0]
    np.testing.assert_array_equal(
        fit_gaussian(z, core=2.0).covariance, fit_core(z, 2.0).fit.covariance
    )
    assert np.trace(fit_gaussian(z, core=2.0).covariance) < np.trace(fit_gaussian(z).covariance)


def test_moving_and_mixing_moves_and_mixes_the_core():
    z, mixing = draw("outliers", 3000, 4)
    core, moved = fit_core(z, 2.0), fit_core(z @ mixing + 3, 2.0)
    np.testing.assert_allclose(moved.fit.mean, core.fit.mean @ mixing + 3, atol=1e-6)
    np.testing.assert_allclose(
        moved.fit.covariance, mixing.T @ core.fit.covariance @ mixing, atol=1e-6
    )
    assert moved.share == core.share


def test_rank_deficient_clouds_have_their_core_in_the_subspace():
    z = draw("outliers", 4000, 3)[0]
    wide = np.column_stack([z, z[:, 0] + z[:, 1], np.ones(len(z))])
    core = find(wide)
    assert core.fit.rank == 3
    assert core.normal
    assert core.share == pytest.approx(find(z).share, abs=1e-3)


def test_a_core_that_keeps_too_few_does_not_converge():
    z = draw("t5", 4000, 40)[0]
    core = fit_core(z, 1.0)
    assert not core.converged
    with pytest.raises(InputError, match="does not settle"):
        fit_gaussian(z, core=1.0)


@pytest.mark.parametrize("level", [0.5, 0.0, -1.0, np.nan, np.inf])
def test_levels_that_hold_no_half_are_refused(level):
    with pytest.raises(InputError, match=r"0\.68"):
        fit_core(draw("normal", 100, 2)[0], level)


def test_vectors_mostly_at_one_point_have_no_core():
    z = np.zeros((1000, 2))
    z[:100] = np.random.default_rng(0).standard_normal((100, 2))
    core = find(z)
    assert not core.normal
    assert np.isfinite(core.share)
