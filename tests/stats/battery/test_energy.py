import numpy as np
import pytest
from scipy.integrate import quad
from scipy.spatial.distance import pdist
from scipy.special import gammaln, hyp1f1
from scipy.stats import chi2, ncx2
from sklearn.datasets import load_iris

from mlflow_latents.stats.battery import energy, multivariate_normality, sample_of

IRIS = load_iris().data
# R 4.2.2, package energy; p-values of 1000 simulated samples
REFERENCE = [
    (IRIS[:50, :2], 0.5273530138, 0.783),
    (IRIS[:50], 1.2033967029, 0.015),
    (IRIS[50:100], 1.0839956162, 0.139),
]


@pytest.mark.parametrize(("x", "statistic", "pvalue"), REFERENCE)
def test_published_values_are_those_of_r(x, statistic, pvalue):
    result = multivariate_normality(x, "energy", method="published")
    assert result.statistic == pytest.approx(statistic, abs=1e-8)
    # R's p-value is simulated, with an error of up to 0.015.
    assert result.pvalue == pytest.approx(pvalue, abs=3 * 0.015)


@pytest.mark.parametrize("d", [1, 2, 5, 30])
def test_the_mean_distance_is_the_hypergeometric_function(d):
    d2 = np.array([0, 1e-4, 0.3, 1, 4, 20, 60])
    ratio = np.exp(gammaln((d + 1) / 2) - gammaln(d / 2))
    expected = np.sqrt(2) * ratio * hyp1f1(-0.5, d / 2, -d2 / 2)
    assert energy.mean_distance_to_normal(d2, d) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("d", "d2"), [(250, 250.0), (250, 900.0), (64, 1e4)])
def test_the_mean_distance_in_many_dimensions(d, d2):
    low, high = ncx2.ppf([1e-15, 1 - 1e-15], d, d2)
    expected = quad(lambda v: np.sqrt(v) * ncx2.pdf(v, d, d2), low, high, limit=200)[0]
    found = energy.mean_distance_to_normal(np.array([d2]), d)[0]
    assert found == pytest.approx(expected, rel=1e-8)


def test_the_mean_distance_from_the_centre_and_from_afar():
    assert energy.mean_distance_to_normal(np.zeros(1), 3)[0] == pytest.approx(
        chi2(3).expect(np.sqrt), rel=1e-8
    )
    far = energy.mean_distance_to_normal(np.array([1e12]), 3)[0]
    assert far == pytest.approx(1e6, rel=1e-11)


@pytest.mark.parametrize(("n", "d"), [(50, 2), (1300, 3)])
def test_tiles_give_the_sum_over_all_pairs(n, d):
    sample = sample_of(np.random.default_rng(0).standard_exponential((n, d)))
    ratio = np.exp(gammaln((d + 1) / 2) - gammaln(d / 2))
    to_normal = np.sqrt(2) * ratio * hyp1f1(-0.5, d / 2, -sample.d2 / 2)
    expected = n * (2 * to_normal.mean() - 2 * ratio - 2 * pdist(sample.white).sum() / n**2)
    assert energy.measure_energy(sample).statistic == pytest.approx(expected, rel=1e-10)


def test_the_statistic_survives_many_dimensions():
    x = np.random.default_rng(0).standard_normal((600, 250))
    # With known mean and covariance its mean is that of |Z - Z'|; the fit takes part of it away.
    assert 1 < energy.measure_energy(sample_of(x)).statistic < np.sqrt(500)


def test_the_published_pvalue_is_uniform_under_the_null():
    rng = np.random.default_rng(4)
    pvalues = [
        energy.published_energy(rng.standard_normal((20, 2)), 59, seed).pvalue
        for seed in range(100)
    ]
    assert np.mean(pvalues) == pytest.approx(0.5, abs=0.1)
    assert np.mean(np.array(pvalues) <= 0.1) <= 0.2


def test_too_few_vectors_are_told():
    x = np.random.default_rng(0).standard_normal((11, 6))
    assert "give at least 12 vectors" in multivariate_normality(x, "energy").reason
