import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scipy import integrate, stats

from mlflow_latents.stats import fit_gaussian
from mlflow_latents.stats.marginal import coordinate_blocks, principal_blocks
from mlflow_latents.stats.negentropy import Negentropy, negentropy, null_mean

TWO_MODES = "two modes 3 sd apart"


def draw(law, shape, rng):
    match law:
        case "normal":
            return rng.standard_normal(shape)
        case "exponential":
            return rng.exponential(size=shape)
        case "uniform":
            return rng.random(shape)
        case "laplace":
            return rng.laplace(size=shape)
        case _:
            return rng.standard_normal(shape) + 3 * (rng.random(shape) < 0.5)


def two_modes_truth():
    def surprise(x):
        density = (stats.norm.pdf(x) + stats.norm.pdf(x - 3)) / 2
        return -density * np.log(density)

    entropy = integrate.quad(surprise, -12, 15, limit=200)[0]
    return np.log(2 * np.pi * np.e * (1 + 9 / 4)) / 2 - entropy


TRUTH = {
    "normal": 0.0,
    "exponential": (np.log(2 * np.pi * np.e) - 2) / 2,
    "uniform": np.log(2 * np.pi * np.e / 12) / 2,
    "laplace": np.log(2 * np.pi * np.e * 2) / 2 - np.log(2 * np.e),
    TWO_MODES: two_modes_truth(),
}


def test_truths_are_those_of_the_literature():
    assert TRUTH["exponential"] == pytest.approx(0.4189, abs=1e-4)
    assert TRUTH["uniform"] == pytest.approx(0.1765, abs=1e-4)
    assert TRUTH["laplace"] == pytest.approx(0.0724, abs=1e-4)


@pytest.mark.parametrize("law", TRUTH)
@pytest.mark.parametrize("n", [500, 3000])
def test_estimates_are_right_and_their_errors_honest(law, n):
    found = negentropy([draw(law, (300, n), np.random.default_rng(3))])
    truth, spread = TRUTH[law], found.estimate.std()
    assert abs(found.mean - truth) < 0.025 * truth + 4 * spread / np.sqrt(300)
    assert 0.75 < found.standard_error.mean() / spread < 1.4
    assert np.mean(found.upper >= truth) > 0.85
    assert np.mean(found.lower <= truth) > 0.85


def test_large_samples_are_measured_closely():
    for law, truth in TRUTH.items():
        found = negentropy([draw(law, (5, 60_000), np.random.default_rng(4))])
        np.testing.assert_allclose(found.estimate, truth, atol=0.015)


def test_normal_axes_have_none_beyond_chance():
    found = negentropy([np.random.default_rng(5).standard_normal((400, 1000))])
    assert np.mean(found.lower > 0) < 0.1
    assert found.floor == null_mean(1000) > 0


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(1e-3, 1e3), shift=st.floats(-1e3, 1e3), seed=st.integers(0, 99))
def test_moving_and_stretching_change_nothing(scale, shift, seed):
    x = np.random.default_rng(seed).exponential(size=(2, 400))
    found, moved = negentropy([x]), negentropy([-scale * x + shift])
    np.testing.assert_allclose(moved.estimate, found.estimate, atol=1e-4)


def test_blocks_join_in_order_and_are_left_alone():
    x = np.random.default_rng(0).exponential(size=(7, 500))
    before = x.copy()
    whole, cut = negentropy([x]), negentropy([x[:3], x[3:]])
    np.testing.assert_allclose(whole.estimate, cut.estimate, rtol=1e-12)
    np.testing.assert_array_equal(x, before)


def test_constant_axes_have_none_and_do_not_count():
    x = np.random.default_rng(0).standard_normal((3, 500))
    x[1] = 0.1
    found = negentropy([x])
    assert np.isnan(found.estimate).tolist() == [False, True, False]
    assert np.isnan(found.standard_error[1])
    assert found.worst == np.nanmax(found.estimate)
    assert found.mean == pytest.approx(np.nanmean(found.estimate))
    assert np.isnan(negentropy([x[1:2]]).median)


def test_resolution_says_what_is_constant():
    x = np.random.default_rng(0).standard_normal((3, 500))
    found = negentropy([x[:2], x[2:]], resolution=np.array([0.1, 2.0, 0.1]))
    assert np.isnan(found.estimate).tolist() == [False, True, False]


def test_an_axis_with_atoms_is_far_from_normal_and_finite():
    x = np.maximum(np.random.default_rng(0).standard_normal((1, 2000)), 0)
    assert 1 < negentropy([x]).estimate[0] < 100


def test_bounds_are_never_negative():
    found = Negentropy(np.array([-0.1, 0.1]), np.array([0.01, 0.01]), 0.0, 10)
    np.testing.assert_allclose(found.upper, [0, 0.11645])
    np.testing.assert_allclose(found.lower, [0, 0.08355])


def test_axes_of_vectors_come_in_blocks():
    rng = np.random.default_rng(1)
    z = rng.exponential(size=(4000, 3)) * [5, 2, 1] + 10
    fit = fit_gaussian(z)
    found = negentropy(coordinate_blocks(z))
    np.testing.assert_allclose(found.estimate, TRUTH["exponential"], atol=0.06)
    along = negentropy(principal_blocks(fit, z))
    np.testing.assert_allclose(along.estimate, negentropy([fit.principal(z).T]).estimate, atol=1e-9)
