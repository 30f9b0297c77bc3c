import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris

from mlflow_latents.errors import InputError
from mlflow_latents.stats.battery import multivariate_normality
from mlflow_latents.stats.battery.doornik_hansen import (
    _kurtosis_score,
    _skewness_score,
    published_doornik_hansen,
)

IRIS = load_iris().data
# From the published formulas, with the data centred column by column
REFERENCE = [
    (IRIS[:50, :2], 5.9243522384, 0.20486937),
    (IRIS[:50], 24.4144938603, 0.00195219),
    (IRIS[50:100], 14.6394629254, 0.066546827998),
]


@pytest.mark.parametrize(("x", "statistic", "pvalue"), REFERENCE)
def test_published_values_are_those_of_the_reference(x, statistic, pvalue):
    result = multivariate_normality(x, "doornik_hansen", method="published")
    assert result.statistic == pytest.approx(statistic, abs=1e-8)
    assert result.pvalue == pytest.approx(pvalue, abs=1e-8)


def test_place_and_scale_of_the_columns_do_not_matter():
    before = published_doornik_hansen(IRIS[:50]).statistic
    moved = IRIS[:50] * [1, 20, 0.3, 5] + [100, -7, 0, 3]
    assert published_doornik_hansen(moved).statistic == pytest.approx(before, rel=1e-9)


def test_the_skewness_score_is_that_of_dagostino():
    x = np.random.default_rng(0).standard_exponential(40)
    assert _skewness_score(stats.skew(x), 40) == pytest.approx(stats.skewtest(x).statistic)


def test_both_scores_are_standard_normal_under_the_null():
    x = np.random.default_rng(1).standard_normal((30, 4000))
    skewness, kurtosis = stats.skew(x), stats.kurtosis(x, fisher=False)
    for score in (_skewness_score(skewness, 30), _kurtosis_score(kurtosis, skewness, 30)):
        assert score.mean() == pytest.approx(0, abs=0.06)
        assert score.std() == pytest.approx(1, abs=0.06)


def test_the_size_is_about_right_for_independent_coordinates():
    rng = np.random.default_rng(2)
    rejected = [
        published_doornik_hansen(rng.standard_normal((50, 2))).pvalue < 0.05 for _ in range(500)
    ]
    assert 0.02 < np.mean(rejected) < 0.08


def test_few_vectors_are_refused():
    x = np.random.default_rng(0).standard_normal((7, 2))
    with pytest.raises(InputError, match="need 8 vectors or more: there are 7"):
        published_doornik_hansen(x)
    assert "there are 7" in multivariate_normality(x, "doornik_hansen").reason
