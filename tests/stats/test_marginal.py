import numpy as np
import pytest
from scipy import stats

from mlflow_latents.errors import InputError
from mlflow_latents.stats import fit_gaussian, judge_coordinates, judge_principal

LEVELS = np.arange(0.25, 4.01, 0.25)


def check_column(marginals, i, x):
    n = len(x)
    mean, sd = x.mean(), x.std(ddof=1)
    standardised = (x - mean) / sd
    share = stats.norm.cdf(LEVELS) - stats.norm.cdf(-LEVELS)
    limit, is_open = 0.0, True
    for level, held in zip(LEVELS, share, strict=True):
        if n * (1 - held) < 10:
            break
        low, high = np.quantile(standardised, [(1 - held) / 2, (1 + held) / 2])
        if max(abs(low + level), abs(high - level)) > 0.5:
            is_open = False
            break
        limit = level
    assert marginals.sd[i] == pytest.approx(sd, rel=1e-9)
    assert marginals.skewness[i] == pytest.approx(stats.skew(x), rel=1e-6, abs=1e-9)
    assert marginals.excess_kurtosis[i] == pytest.approx(stats.kurtosis(x), rel=1e-6, abs=1e-9)
    assert marginals.ks[i] == pytest.approx(
        stats.kstest(x, "norm", args=(mean, sd)).statistic, rel=1e-6
    )
    for row, k in enumerate((1, 2, 3)):
        assert marginals.coverage[row, i] == np.mean(np.abs(x - mean) <= k * sd)
    assert marginals.level_limit[i] == limit
    assert marginals.level_limit_open[i] == is_open


@pytest.mark.parametrize("kind", ["normal", "t5", "exponential"])
def test_coordinates_agree_with_scipy(cloud, kind):
    z = cloud(kind, 3000, 5, center=10.0).astype(np.float32)
    marginals = judge_coordinates(z)
    assert marginals.n == 3000
    for i, x in enumerate(z.T.astype(np.float64)):
        assert marginals.mean[i] == pytest.approx(x.mean(), rel=1e-9)
        check_column(marginals, i, x)


@pytest.mark.parametrize("kind", ["normal", "exponential"])
def test_principal_axes_agree_with_scipy(cloud, kind):
    z = cloud(kind, 4000, 5, center=10.0)
    fit = fit_gaussian(z[:3000])
    marginals = judge_principal(fit, z[3000:])
    for i, x in enumerate(((z[3000:] - z[:3000].mean(axis=0)) @ fit.axes).T):
        check_column(marginals, i, x)


def test_blocks_of_columns_join_up(cloud, monkeypatch):
    z = cloud("laplace", 300, 7)
    whole = judge_coordinates(z)
    monkeypatch.setattr("mlflow_latents.stats.blocks.BLOCK_VALUES", 350)
    pieces = judge_coordinates(z)
    np.testing.assert_allclose(pieces.ks, whole.ks)
    np.testing.assert_allclose(pieces.coverage, whole.coverage)


def test_constant_axes_are_left_out(cloud):
    z = cloud("normal", 2000, 4, condition=4).astype(np.float32)
    z[:, 1] = 7.3
    marginals = judge_coordinates(z)
    assert np.isnan(marginals.ks[1])
    assert np.isnan(marginals.coverage[:, 1]).all()
    assert not marginals.level_limit_open[1]
    summary = marginals.summary("ks")
    live = marginals.ks[[0, 2, 3]]
    assert summary.mean == pytest.approx(live.mean())
    assert summary.median == np.median(live)
    assert summary.worst == live.max()
    assert marginals.normal_fraction == np.mean(live < 0.02)
    constant = judge_coordinates(np.ones((20, 2)))
    assert np.isnan(constant.normal_fraction)
    assert np.isnan(constant.summary("ks").worst)


def test_worst_is_the_farthest_from_normal():
    rng = np.random.default_rng(0)
    z = np.stack([rng.standard_normal(5000), -rng.exponential(size=5000)], axis=1)
    marginals = judge_coordinates(z)
    assert marginals.summary("skewness").worst == marginals.skewness[1] < -1
    assert marginals.summary("level_limit").worst == marginals.level_limit[1]


@pytest.mark.parametrize("n", [20, 300, 3000])
def test_floor_is_the_mean_distance_of_normal_samples(n):
    ks = judge_coordinates(np.random.default_rng(n).standard_normal((n, 4000)))
    assert ks.ks_floor == pytest.approx(ks.ks.mean(), rel=0.015)


@pytest.mark.parametrize("quantity", ["coverage", "n", "kurtosis"])
def test_only_quantities_of_single_axes_are_summarised(quantity):
    marginals = judge_coordinates(np.random.default_rng(0).standard_normal((20, 2)))
    with pytest.raises(InputError, match=f"no summary of '{quantity}'"):
        marginals.summary(quantity)


def test_no_level_limit_without_levels():
    marginals = judge_coordinates(np.random.default_rng(0).standard_normal((10, 2)))
    assert np.isnan(marginals.level_limit).all()
