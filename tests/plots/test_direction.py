import numpy as np
import pytest
from scipy import stats

from mlflow_latents.plots.direction import (
    _cosine_ratio,
    _kurtosis_of_uniform,
    direction_info,
    draw_direction,
)
from mlflow_latents.stats import fit_gaussian
from mlflow_latents.stats.battery import Battery, TestResult
from mlflow_latents.stats.battery.shape import fit_shape


def result(test):
    return TestResult(test, 1.0, 0.1, "", 900, 4, 7.5, "variance ratio of d2; 1", True, "", ())


BATTERY = Battery((result("radial"), result("direction")), np.array([1e-8, 0.3]), 0.05)


def info_of(z):
    return direction_info(z, fit_gaussian(z), BATTERY)


def test_pairs_are_counted_once_each():
    unit = fit_shape(np.random.default_rng(0).standard_normal((1500, 6)))
    edges, ratio, sd = _cosine_ratio(unit)
    cosine = (unit @ unit.T)[np.triu_indices(1500, 1)]
    counts = np.histogram(cosine * np.sqrt(6), edges)[0]
    expected = counts / ratio
    np.testing.assert_allclose(sd**2 * expected, 1 - expected / len(cosine), rtol=1e-9)
    assert expected.sum() == pytest.approx(counts.sum(), rel=2e-3)


@pytest.mark.parametrize(("n", "d"), [(300, 5), (300, 60)])
def test_ratio_and_its_chance_are_those_of_fitted_normal_vectors(n, d):
    rng = np.random.default_rng(1)
    found = [_cosine_ratio(fit_shape(rng.standard_normal((n, d)))) for _ in range(60)]
    ratios, sd = np.array([each[1] for each in found]), found[0][2]
    np.testing.assert_allclose(ratios.mean(axis=0), 1, atol=0.1)
    middle = np.abs(found[0][0][:-1]) < 1.5
    np.testing.assert_allclose(ratios.mean(axis=0)[middle], 1, atol=0.02)
    assert np.mean(ratios.std(axis=0) / sd) == pytest.approx(1, abs=0.1)


def test_kurtosis_of_uniform_directions_is_that_of_simulated_ones():
    rng = np.random.default_rng(2)
    drawn = rng.standard_normal((2000, 200, 8))
    drawn /= np.linalg.norm(drawn, axis=2, keepdims=True)
    ratio = np.mean(drawn[..., 0] ** 4, axis=1) / np.mean(drawn[..., 0] ** 2, axis=1) ** 2
    expected, sd = _kurtosis_of_uniform(200, 8)
    assert ratio.mean() == pytest.approx(expected, rel=0.01)
    assert ratio.std() == pytest.approx(sd, rel=0.05)


def test_kurtosis_of_many_dimensions_is_the_normal_one():
    expected, sd = _kurtosis_of_uniform(24, 10**6)
    assert expected == pytest.approx(3, rel=1e-4)
    assert sd == pytest.approx(1, rel=1e-4)


def test_heavy_tailed_but_elliptical_clouds_look_uniform():
    rng = np.random.default_rng(3)
    z = (
        rng.standard_t(2, size=(3000, 1))
        * rng.standard_normal((3000, 5))
        @ np.diag([9, 4, 2, 1, 1])
    )
    info = info_of(z)
    assert np.all(np.abs(info.kurtosis - 1) < 4 * info.kurtosis_sd)
    assert np.mean(np.abs(info.ratio - 1) < 3 * info.ratio_sd) > 0.9


def test_components_that_are_not_normal_huddle_along_their_axes():
    rng = np.random.default_rng(4)
    info = info_of(rng.laplace(size=(3000, 5)) * [5, 4, 3, 2, 1])
    assert np.all(info.kurtosis > 1 + 4 * info.kurtosis_sd)
    assert info.ratio[-1] > 1 + 4 * info.ratio_sd[-1]


def test_says_direction_and_radius_apart():
    info = info_of(np.random.default_rng(5).standard_normal((900, 4)))
    assert (info.pvalue, info.radius_pvalue, info.radius_ratio) == (0.3, 1e-8, 7.5)
    said = draw_direction(info).get_supxlabel()
    assert "Direction: nothing seen (p = 0.30)." in said
    assert "Radius: not normal (p < 0.001), variance of d2 7.5 ×" in said


def test_few_vectors_give_a_reason():
    few = np.random.default_rng(6).standard_normal((40, 4))
    assert "Tyler" in info_of(few)
    assert "one dimension" in info_of(few[:, :1])
    draw_direction(info_of(few))


def test_the_fit_of_the_law_of_cosines_is_uniform_without_a_fit():
    # For many vectors the push of the fit vanishes: what is left is the beta law of the cosine.
    unit = np.random.default_rng(7).standard_normal((4000, 3))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    edges, ratio, _ = _cosine_ratio(unit)
    cosine = (unit @ unit.T)[np.triu_indices(4000, 1)]
    counts = np.histogram(cosine * np.sqrt(3), edges)[0]
    law = np.diff(stats.uniform(-1, 2).cdf(edges / np.sqrt(3))) * len(cosine)
    np.testing.assert_allclose(counts / ratio, law, rtol=0.01)
