import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.datasets import load_iris

from mlflow_latents.stats.battery import henze_zirkler, multivariate_normality, sample_of

IRIS = load_iris().data
# R 4.2.2, package MVN 6.1
REFERENCE = [
    (IRIS[:50, :2], 0.2856006864, 0.9146335955),
    (IRIS[:50], 0.948845316, 0.0499535562),
    (IRIS[50:100], 0.8388008907, 0.2261991487),
]


@pytest.mark.parametrize(("x", "statistic", "pvalue"), REFERENCE)
def test_published_values_are_those_of_r(x, statistic, pvalue):
    result = multivariate_normality(x, "henze_zirkler", method="published")
    assert result.statistic == pytest.approx(statistic, abs=1e-8)
    assert result.pvalue == pytest.approx(pvalue, abs=1e-8)


@pytest.mark.parametrize(("n", "d"), [(50, 2), (1300, 3), (700, 9)])
def test_tiles_give_the_sum_over_all_pairs(n, d):
    x = np.random.default_rng(0).standard_exponential((n, d))
    beta2 = ((2 * d + 1) * n / 4) ** (2 / (d + 4)) / 2
    inverse = np.linalg.inv(np.cov(x, rowvar=False, bias=True))
    pairs = cdist(x, x, "mahalanobis", VI=inverse) ** 2
    d2 = cdist(x, [x.mean(axis=0)], "mahalanobis", VI=inverse)[:, 0] ** 2
    expected = n * (
        np.exp(-beta2 / 2 * pairs).mean()
        - 2 * (1 + beta2) ** (-d / 2) * np.exp(-beta2 / (2 * (1 + beta2)) * d2).mean()
        + (1 + 2 * beta2) ** (-d / 2)
    )
    found = henze_zirkler.measure_henze_zirkler(sample_of(x)).statistic
    assert found == pytest.approx(expected, rel=1e-10)


def test_the_null_moments_are_those_of_simulated_statistics():
    rng = np.random.default_rng(1)
    found = np.array(
        [
            henze_zirkler.measure_henze_zirkler(sample_of(rng.standard_normal((100, 3)))).statistic
            for _ in range(600)
        ]
    )
    mean, variance = henze_zirkler.null_moments(100, 3)
    assert found.mean() == pytest.approx(mean, rel=0.02)
    assert found.var() == pytest.approx(variance, rel=0.25)


@pytest.mark.parametrize(("n", "d"), [(3000, 48), (3000, 250), (20_000, 48), (100, 24)])
def test_where_vectors_have_no_neighbours_it_is_blind(n, d):
    assert "near 1 whatever the law" in henze_zirkler.blind_henze_zirkler(n, d)


@pytest.mark.parametrize(("n", "d"), [(50, 2), (500, 8), (3000, 16)])
def test_where_they_have_it_is_not(n, d):
    assert henze_zirkler.blind_henze_zirkler(n, d) == ""


def test_blind_it_gives_no_pvalue_but_the_published_one_on_request():
    x = np.random.default_rng(0).standard_exponential((300, 60))
    result = multivariate_normality(x, "henze_zirkler")
    assert np.isnan(result.pvalue)
    assert not result.informative
    published = multivariate_normality(x, "henze_zirkler", method="published")
    assert published.statistic == pytest.approx(1, abs=0.05)
    assert 0 <= published.pvalue <= 1


def test_two_modes_are_seen_in_few_dimensions():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((400, 4))
    x[:, 0] += 6 * (rng.random(400) < 0.5)
    assert multivariate_normality(x, "henze_zirkler", method="published").pvalue < 1e-3
