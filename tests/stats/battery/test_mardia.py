import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris

from mlflow_latents.stats.battery import mardia, multivariate_normality, sample_of

IRIS = load_iris().data
# R 4.2.2, package MVN 6.1: skewness, its p-value, kurtosis, its p-value
REFERENCE = [
    (IRIS[:50, :2], 0.7595035244, 0.943793240545, 0.0934600554, 0.925538081957),
    (IRIS[:50], 25.6643445196, 0.177185884468, 1.2949922371, 0.195322907442),
    (IRIS[50:100], 25.1850115362, 0.19444448314, -0.5718663589, 0.567412516529),
]


@pytest.mark.parametrize(("x", "skewness", "skewness_p", "kurtosis", "kurtosis_p"), REFERENCE)
def test_published_values_are_those_of_r(x, skewness, skewness_p, kurtosis, kurtosis_p):
    result = multivariate_normality(x, "mardia_skewness", method="published")
    assert result.statistic == pytest.approx(skewness, abs=1e-8)
    assert result.pvalue == pytest.approx(skewness_p, abs=1e-8)
    result = multivariate_normality(x, "mardia_kurtosis", method="published")
    assert result.statistic == pytest.approx(kurtosis, abs=1e-8)
    assert result.pvalue == pytest.approx(kurtosis_p, abs=1e-8)


@pytest.mark.parametrize(("n", "d"), [(700, 5), (1100, 3), (4500, 4), (40, 1)])
def test_pairs_and_moments_give_the_sum_over_all_pairs(n, d):
    white = np.random.default_rng(0).standard_exponential((n, d)) - 1
    expected = ((white @ white.T) ** 3).sum()
    assert mardia._skewness_by_pairs(white) == pytest.approx(expected, rel=1e-11)
    assert mardia._skewness_by_moments(white) == pytest.approx(expected, rel=1e-11)


def test_many_vectors_are_never_paired(monkeypatch):
    monkeypatch.setattr(mardia, "MOST_PAIRED", 30)
    monkeypatch.setattr(mardia, "_skewness_by_pairs", lambda white: pytest.fail("paired"))
    x = np.random.default_rng(0).standard_normal((40, 12))
    assert multivariate_normality(x, "mardia_skewness", method="published").statistic > 0


@pytest.mark.parametrize(("n", "d"), [(12, 3), (40, 6), (25, 1)])
def test_the_moments_are_exact_in_small_samples(n, d):
    rng = np.random.default_rng(1)
    samples = [sample_of(rng.standard_normal((n, d))) for _ in range(600)]
    skewness = np.array([mardia.measure_mardia_skewness(s).scaled for s in samples])
    kurtosis = np.array([mardia.measure_mardia_kurtosis(s).statistic for s in samples])
    assert skewness.mean() == pytest.approx(0, abs=4 * skewness.std() / 600**0.5)
    assert kurtosis.mean() == pytest.approx(0, abs=4 / 600**0.5)
    assert kurtosis.std() == pytest.approx(1, abs=0.15)


def test_for_many_vectors_the_laws_are_the_limits():
    rng = np.random.default_rng(2)
    samples = [sample_of(rng.standard_normal((2000, 2))) for _ in range(300)]
    for measure, limit in (
        (mardia.measure_mardia_skewness, mardia.limit_mardia_skewness),
        (mardia.measure_mardia_kurtosis, mardia.limit_mardia_kurtosis),
    ):
        scaled = [measure(s).scaled for s in samples]
        assert stats.kstest(scaled, limit(2).cdf).pvalue > 0.01


def test_the_effects_are_skewness_and_kurtosis_of_the_components():
    rng = np.random.default_rng(3)
    sample = sample_of(rng.standard_exponential((20_000, 4)))
    assert mardia.measure_mardia_skewness(sample).effect == pytest.approx(2, rel=0.1)
    sample = sample_of(rng.uniform(-1, 1, (20_000, 4)))
    # E d2^2 = d (d+2) + d times the excess kurtosis
    assert mardia.measure_mardia_kurtosis(sample).effect == pytest.approx(1 - 1.2 / 6, abs=0.01)
    assert mardia.measure_mardia_kurtosis(sample).statistic < -10


def test_too_few_vectors_are_told():
    x = np.random.default_rng(0).standard_normal((11, 6))
    for test in ("mardia_skewness", "mardia_kurtosis"):
        assert "give at least 12 vectors" in multivariate_normality(x, test).reason
