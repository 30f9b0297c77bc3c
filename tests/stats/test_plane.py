import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_latents.stats import judge_planes, random_pairs


def test_coverage_agrees_with_numpy(cloud):
    z = cloud("t5", 3000, 6).astype(np.float32)
    pairs = random_pairs(np.arange(6), 8, seed=1)
    planes = judge_planes(z, pairs)
    for pair, coverage in zip(pairs, planes.coverage, strict=True):
        x = z[:, pair].astype(np.float64)
        x -= x.mean(axis=0)
        d2 = np.sum(x @ np.linalg.inv(np.cov(x, rowvar=False)) * x, axis=1)
        np.testing.assert_array_equal(coverage, [np.mean(d2 <= k * k) for k in (1, 2, 3)])
    np.testing.assert_allclose(planes.expected, [0.3935, 0.8647, 0.9889], atol=5e-5)
    error = np.abs(planes.coverage - planes.expected).mean(axis=0)
    np.testing.assert_allclose(planes.coverage_error, error)


def test_normal_planes_have_their_share(cloud):
    z = cloud("normal", 20_000, 6)
    assert judge_planes(z, random_pairs(np.arange(6), 15)).coverage_error.max() < 0.005


@given(m=st.integers(0, 40), planes=st.integers(1, 200), seed=st.integers(0, 1000))
def test_pairs_are_different_and_of_different_coordinates(m, planes, seed):
    coordinates = np.arange(m) * 3
    pairs = random_pairs(coordinates, planes, seed)
    assert len(pairs) == min(planes, m * (m - 1) // 2)
    assert len({tuple(pair) for pair in pairs}) == len(pairs)
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert np.isin(pairs, coordinates).all()
    np.testing.assert_array_equal(pairs, random_pairs(coordinates, planes, seed))


def test_collinear_planes_are_left_out():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 500))
    z = np.stack([x, 3 * x + 1, y], axis=1).astype(np.float32)
    planes = judge_planes(z, np.array([[0, 1], [0, 2]]))
    assert np.isnan(planes.coverage[0]).all()
    assert np.isfinite(planes.coverage_error).all()
    assert np.isnan(judge_planes(z, np.array([[0, 1]])).coverage_error).all()


@pytest.mark.parametrize("m", [0, 1])
def test_no_plane_without_two_coordinates(m):
    pairs = random_pairs(np.arange(m), 10)
    assert pairs.shape == (0, 2)
    assert np.isnan(judge_planes(np.ones((5, 1)), pairs).coverage_error).all()
