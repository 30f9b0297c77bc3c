import numpy as np
import pytest
from scipy import stats

from mlflow_latents.stats import judge_coordinates
from mlflow_latents.stats.noise import (
    axis_noise,
    radial_noise,
    ratio_noise,
    shape_noise,
    share_noise,
)


def test_noise_of_the_worst_axis():
    # Of 200 samples, 250 axes each, the worst exceeds its noise in about one of a hundred.
    worst = [
        judge_coordinates(np.random.default_rng(s).standard_normal((200, 250))).ks.max()
        for s in range(200)
    ]
    assert np.mean(np.array(worst) > axis_noise(200, 250)) < 0.04
    assert np.mean(np.array(worst) > 0.8 * axis_noise(200, 250)) > 0.1


def test_noise_of_the_variance_ratio():
    d2 = np.random.default_rng(0).chisquare(5, (2000, 3000))
    ratio = d2.var(axis=1, ddof=1) / 10
    assert ratio_noise(3000, 5) == pytest.approx(3.5 * ratio.std(), rel=0.05)


@pytest.mark.parametrize(("n", "k"), [(9, 7), (200, 64), (300, 250)])
def test_noise_of_the_variance_ratio_has_the_kurtosis_of_the_law(n, k):
    excess = stats.beta(k / 2, (n - k - 1) / 2).stats("k")
    assert ratio_noise(n, k) == pytest.approx(3.5 * np.sqrt((excess + 2) / n))


def test_noise_of_radii_and_shares():
    assert radial_noise(1000) == pytest.approx(stats.kstwobign.isf(0.01) / 1000**0.5, rel=2e-3)
    assert radial_noise(500, 500) == pytest.approx(2 * radial_noise(1000))
    assert share_noise(10_000, 0.4) == pytest.approx(4 * stats.binom(10_000, 0.4).std() / 1e4)


def test_distances_of_axes_of_one_heavy_law_differ_by_less_than_their_noise():
    z = np.random.default_rng(0).standard_t(5, (2000, 200))
    marginals = judge_coordinates(z)
    noise = shape_noise(2000, marginals.excess_kurtosis)
    worst = np.argmax(marginals.ks)
    difference = marginals.ks[worst] - np.median(marginals.ks)
    assert difference < max(noise[worst], np.median(noise))
    assert difference > np.median(noise)  # the worst axis needs its own
