import numpy as np
import pytest
from scipy import stats

from mlflow_latents.stats.battery import TESTS, nulls, registry
from mlflow_latents.stats.battery.nulls import NullTable, fit_quantiles, tail_probability
from mlflow_latents.stats.battery.plane import limit_plane
from mlflow_latents.stats.battery.registry import null_sample, run_test


def test_a_quantile_polynomial_gives_the_tail_of_its_law():
    chi2 = stats.chi2(40)
    coefficients = fit_quantiles(chi2.rvs(20_000, random_state=0))
    for p in (0.5, 0.05, 0.006, 0.001):
        assert tail_probability(coefficients, chi2.isf(p)) == pytest.approx(p, rel=0.15)


def test_far_out_the_pvalue_has_a_floor_and_never_rises():
    coefficients = np.array([0.0, 1.0, 0.0, -0.04])
    p = [tail_probability(coefficients, x) for x in np.linspace(-50, 50, 400)]
    assert np.all(np.diff(p) <= 0)
    assert max(np.abs(np.diff(p))) < 0.1, "no jump to the floor where the cubic turns back"
    assert p[-1] == nulls.LEAST_PVALUE
    assert p[0] == pytest.approx(1, abs=1e-6)


def table():
    c, d = np.array([2.0, 4.0, np.inf]), np.array([2, 8])
    coefficients = np.zeros((3, 2, 4))
    coefficients[..., 0] = 1 / c[:, None] + np.log2(d)
    coefficients[..., 1] = 1
    return NullTable(c, d, coefficients, 100)


@pytest.mark.parametrize(("n", "d"), [(33, 2), (52, 4), (10**6, 8)])
def test_between_nodes_it_is_linear_in_one_over_n_and_in_log_d(n, d):
    assert table().at(n, d)[0] == pytest.approx((d + 9) / n + np.log2(d))
    assert table().at(n, d)[1] == pytest.approx(1)


def test_outside_the_grid_is_told():
    assert table().covers(22, 2)
    assert not table().covers(21, 2)
    assert not table().covers(1000, 9)
    assert not table().covers(1000, 1)


def test_a_law_off_the_grid_is_simulated_once_and_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_LATENTS_CACHE", str(tmp_path))
    calls = []

    def simulate(resamples):
        calls.append(resamples)
        return np.random.default_rng(0).standard_normal(resamples)

    found = [nulls.tabulated_pvalue("own", 1.645, 50, 3, simulate) for _ in range(2)]
    assert calls == [nulls.CACHE_RESAMPLES]
    assert found[0] == found[1]
    assert found[0][0] == pytest.approx(0.05, abs=0.02)
    assert "400 simulated clouds at n = 50, d = 3" in found[0][1]
    assert [file.suffix for file in tmp_path.rglob("*") if file.is_file()] == [".npy"]


def test_an_interrupted_simulation_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_LATENTS_CACHE", str(tmp_path))

    def simulate(resamples):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nulls.tabulated_pvalue("own", 1.0, 50, 3, simulate)
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_the_shipped_laws_ascend_as_far_as_they_are_trusted():
    score = np.linspace(-0.8, nulls.TRUSTED, 101)  # half-normal scores start at 0
    for test, table in nulls.shipped_tables().items():
        for coefficients in table.coefficients.reshape(-1, nulls.DEGREE + 1):
            cubic = np.polynomial.Polynomial(coefficients)
            assert np.all(np.diff(cubic(score)) > 0), test


@pytest.mark.parametrize(("test", "n", "d"), [("radial", 500, 2), ("sliced", 3000, 3)])
def test_a_law_between_the_nodes_is_that_of_simulated_clouds(test, n, d):
    seeds = np.random.SeedSequence([5, n, d]).spawn(400)
    law = nulls.shipped_tables()[test].at(n, d)
    found = [TESTS[test].measure(null_sample(n, d, seed)).scaled for seed in seeds]
    p = [tail_probability(law, scaled) for scaled in found]
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_many_vectors_have_the_law_of_the_largest_of_half_normal_scores():
    law = limit_plane(4)
    drawn = np.abs(np.random.default_rng(0).standard_normal((20_000, 30))).max(axis=1)
    assert stats.kstest(np.log(drawn), law.cdf).pvalue > 0.01


def test_what_is_impatient_has_no_pvalue_where_a_law_would_take_minutes(monkeypatch):
    monkeypatch.setattr(registry, "QUICK_COST", 9000)
    wide = run_test(null_sample(100, 10, 0), "sliced", patient=False)
    assert wide.pvalue == wide.pvalue  # tabulated
    monkeypatch.setattr(registry, "is_tabulated", lambda *_: False)
    wide = run_test(null_sample(100, 10, 0), "sliced", patient=False)
    assert np.isnan(wide.pvalue)
    assert wide.reason.startswith("The null law at n = 100, d = 10 is not tabulated, and quick eff")
    assert np.isfinite(run_test(null_sample(60, 10, 0), "sliced", patient=False).pvalue)
