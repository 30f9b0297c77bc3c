import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris

from mlflow_latents.errors import InputError
from mlflow_latents.stats.battery import multivariate_normality
from mlflow_latents.stats.battery.royston import published_royston, shapiro_francia

IRIS = load_iris().data
# R 4.2.2, package MVN 6.1
REFERENCE = [
    (IRIS[:50, :2], 2.6982767001, 0.244573731203),
    (IRIS[:50], 31.5180273457, 2.18765e-06),
    (IRIS[50:100], 7.8526202925, 0.0847745998276),
]


@pytest.mark.parametrize(("x", "statistic", "pvalue"), REFERENCE)
def test_published_values_are_those_of_r(x, statistic, pvalue):
    result = multivariate_normality(x, "royston", method="published")
    assert result.statistic == pytest.approx(statistic, rel=1e-8)
    assert result.pvalue == pytest.approx(pvalue, abs=1e-8)


def test_of_one_coordinate_it_is_the_test_of_shapiro_and_wilk():
    x = np.random.default_rng(0).uniform(size=(100, 1))
    found = published_royston(x)
    # Royston's (1992) normalisation is the one that SciPy has.
    assert found.pvalue == pytest.approx(stats.shapiro(x[:, 0]).pvalue, rel=1e-6)
    assert "with 1 equivalent" in found.law


def test_shapiro_francia_is_one_for_normal_quantiles():
    quantiles = stats.norm.ppf((np.arange(1, 41) - 3 / 8) / (40 + 1 / 4))
    assert shapiro_francia(5 - 3 * quantiles[::-1]) == pytest.approx(1)
    assert shapiro_francia(np.exp(quantiles)) < 0.9


@pytest.mark.parametrize("n", [10, 60])
def test_the_size_is_about_right_for_independent_coordinates(n):
    rng = np.random.default_rng(1)
    rejected = [published_royston(rng.standard_normal((n, 3))).pvalue < 0.05 for _ in range(300)]
    assert 0.02 < np.mean(rejected) < 0.1


def test_copies_of_a_coordinate_count_once():
    x = np.random.default_rng(2).uniform(size=(80, 1))
    near = x + 1e-4 * np.random.default_rng(3).standard_normal((80, 5))
    assert "with 1 equivalent" in published_royston(near).law


@pytest.mark.parametrize("n", [3, 2001])
def test_other_sizes_are_refused(n):
    x = np.random.default_rng(0).standard_normal((n, 1))
    with pytest.raises(InputError, match=f"4 to 2000 vectors, not for n = {n}"):
        published_royston(x)
    assert f"not for n = {n}" in multivariate_normality(x, "royston").reason
