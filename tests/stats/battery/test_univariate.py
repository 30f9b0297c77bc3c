import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris

from mlflow_latents.errors import InputError
from mlflow_latents.stats.battery.univariate import UNIVARIATE, univariate_normality

SEPAL = load_iris().data[:50, 0]
# R 4.2.2, packages stats and nortest
REFERENCE = {
    "shapiro_wilk": (0.97769855, 0.45951315),
    "anderson_darling": (0.40798598, 0.335243895123),
    "lilliefors": (0.11485991, 0.0969324809269),
    "cramer_von_mises": (0.07175269, 0.259687073704),
}


@pytest.mark.parametrize("test", REFERENCE)
def test_values_are_those_of_r(test):
    assert univariate_normality(SEPAL, test) == pytest.approx(REFERENCE[test], abs=1e-8)


def test_dagostino_is_that_of_scipy():
    found = univariate_normality(SEPAL, "dagostino")
    assert found == pytest.approx(tuple(stats.normaltest(SEPAL)), rel=1e-9)


@pytest.mark.parametrize("test", UNIVARIATE)
def test_size_and_power(test):
    rng = np.random.default_rng(0)
    size = np.mean([univariate_normality(rng.normal(9, 2, 60), test)[1] < 0.05 for _ in range(400)])
    assert 0.02 < size < 0.09
    assert univariate_normality(rng.standard_exponential(200), test)[1] < 1e-4


@pytest.mark.parametrize("test", UNIVARIATE)
def test_place_and_scale_do_not_matter(test):
    moved = univariate_normality(1e4 + 3 * SEPAL, test)
    assert moved == pytest.approx(univariate_normality(SEPAL, test), rel=1e-8)


def test_the_pvalue_of_cramer_von_mises_falls_all_the_way():
    base = np.sort(np.random.default_rng(1).standard_normal(300))
    pvalues = [
        univariate_normality(np.sign(base) * abs(base) ** power, "cramer_von_mises")[1]
        for power in (1.0, 1.2, 1.4, 1.7, 2.5, 4.0)
    ]
    assert np.all(np.diff(pvalues) < 0) or pvalues[-1] == 7.37e-10
    assert pvalues == sorted(pvalues, reverse=True)


def test_bad_input_is_refused_in_one_sentence():
    with pytest.raises(
        InputError, match="no univariate test 'shapiro': choose one of shapiro_wilk"
    ):
        univariate_normality(SEPAL, "shapiro")
    with pytest.raises(InputError, match=r"shape \(50, 1\)"):
        univariate_normality(SEPAL[:, None], "dagostino")
    with pytest.raises(InputError, match="NaN or infinity in 1 places"):
        univariate_normality(np.append(SEPAL, np.nan), "dagostino")
    with pytest.raises(InputError, match="7 numbers: give at least 8"):
        univariate_normality(SEPAL[:7], "dagostino")
    with pytest.raises(InputError, match="All numbers of x are the same"):
        univariate_normality(np.full(20, 0.1), "dagostino")
    with pytest.raises(InputError, match="holds up to 5000 numbers, and x has 5001"):
        univariate_normality(np.arange(5001.0), "shapiro_wilk")
