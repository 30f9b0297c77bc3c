import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mlflow_latents.plots.points import (
    planes_of,
    project,
    subsample,
    whiten_leading_plane,
    whiten_plane,
)
from mlflow_latents.stats import fit_gaussian, judge_planes


def test_projection_by_blocks_is_the_projection():
    rng = np.random.default_rng(0)
    z, center, directions = (
        rng.normal(size=(20_000, 3)),
        rng.normal(size=3),
        rng.normal(size=(3, 2)),
    )
    np.testing.assert_allclose(project(z, center, directions), (z - center) @ directions)


@given(size=st.integers(1, 40), n=st.integers(1, 30), seed=st.integers(0, 5))
def test_subsample_is_a_subset_in_order_without_repeats(size, n, seed):
    z = np.arange(n, dtype=float)[:, None]
    chosen = subsample(z, size, seed)[:, 0]
    assert len(chosen) == min(size, n)
    assert np.all(np.diff(chosen) > 0)
    assert np.isin(chosen, z).all()
    np.testing.assert_array_equal(chosen, subsample(z, size, seed)[:, 0])


@given(st.integers(0, 20), st.floats(-0.99, 0.99), st.floats(1e-4, 1e4))
def test_whitened_plane_has_unit_covariance_and_the_mahalanobis_distance(seed, r, scale):
    z = np.random.default_rng(seed).normal(size=(50, 3))
    z[:, 2] = scale * (r * z[:, 0] + np.sqrt(1 - r**2) * z[:, 2])
    pair = np.array([0, 2])
    white = whiten_plane(z, fit_gaussian(z), pair)
    np.testing.assert_allclose(np.cov(white.T), np.eye(2), atol=1e-9)
    centered = z[:, pair] - z[:, pair].mean(axis=0)
    inverse = np.linalg.inv(np.cov(centered.T))
    expected = np.einsum("ni,ij,nj->n", centered, inverse, centered)
    np.testing.assert_allclose((white**2).sum(axis=1), expected, rtol=1e-6)


def test_uncorrelated_coordinates_keep_their_directions():
    rng = np.random.default_rng(0)
    z = np.linalg.qr(rng.normal(size=(100, 2)) - 0.0)[0]
    z -= z.mean(axis=0)
    z = np.linalg.qr(z)[0] * [3.0, 40.0]
    white = whiten_plane(z, fit_gaussian(z), np.array([0, 1]))
    np.testing.assert_allclose(white, z / z.std(axis=0, ddof=1), atol=1e-9)


def test_leading_plane_is_whitened_principal_scores():
    z = np.random.default_rng(0).normal(size=(200, 5)) * [1, 5, 2, 9, 0.1]
    fit = fit_gaussian(z)
    white = whiten_leading_plane(z, fit)
    np.testing.assert_allclose(np.cov(white.T), np.eye(2), atol=1e-9)
    np.testing.assert_allclose(white, fit.whiten(z)[:, :2], atol=1e-9)


def test_only_pairs_that_span_a_plane_remain():
    z = np.random.default_rng(0).normal(size=(100, 4))
    z[:, 1], z[:, 3] = 4.0, -3 * z[:, 0]
    pairs = np.array([[0, 1], [0, 2], [0, 3], [1, 3], [2, 3]])
    np.testing.assert_array_equal(planes_of(judge_planes(z, pairs)), [[0, 2], [2, 3]])


def test_no_pairs_give_no_planes():
    z = np.random.default_rng(0).normal(size=(10, 1))
    assert planes_of(judge_planes(z, np.empty((0, 2), int))).shape == (0, 2)
