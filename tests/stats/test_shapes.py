import numpy as np
import pytest
from scipy import stats

from mlflow_latents.stats import shapes


@pytest.mark.parametrize(
    ("moments", "law"),
    [
        (shapes.gamma_moments(2.0), stats.expon()),
        (shapes.heavy_tailed_moments(3.0), stats.laplace()),
    ],
)
def test_moments_are_those_of_known_laws(moments, law):
    mean, sd = law.mean(), law.std()
    expected = [law.expect(lambda x, r=r: ((x - mean) / sd) ** r) for r in range(9)]
    np.testing.assert_allclose(moments, expected, rtol=1e-5, atol=1e-6)


def test_two_groups_have_the_kurtosis_of_their_separation():
    moments = shapes.two_groups_moments(3.0)
    a = 1.5**2
    assert moments[4] - 3 == pytest.approx(-2 * (a / (1 + a)) ** 2)
    np.testing.assert_allclose(moments[1::2], 0, atol=1e-12)


def test_variances_of_normal_samples_are_6_and_24():
    normal = shapes.gamma_moments(1e-9)
    assert shapes.skewness_variance(normal) == pytest.approx(6)
    assert shapes.kurtosis_variance(normal) == pytest.approx(24)


@pytest.mark.parametrize("score", [2.0, 3.5])
@pytest.mark.parametrize("n", [200, 3000])
def test_critical_values_give_their_scores(score, n):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((n, 400))
    skewness = stats.skew(x)
    assert np.array_equal(
        skewness > shapes.critical_skewness(n, score), stats.skewtest(x).statistic > score
    )
    kurtosis = stats.kurtosis(x, fisher=False)
    assert np.array_equal(
        kurtosis > shapes.critical_kurtosis(n, score), stats.kurtosistest(x).statistic > score
    )
