import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_latents.errors import InputError
from mlflow_latents.stats import fit_gaussian
from mlflow_latents.stats.blocks import row_blocks


def stretched(n, d, seed=0, condition=1e4, center=10.0):
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.standard_normal((d, d)))[0]
    sd = np.geomspace(1, condition**-0.5, d)
    return rng.standard_normal((n, d)) * sd @ rotation + center * rng.standard_normal(d)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_moments_and_distances_are_numpys(dtype):
    z = stretched(2000, 12).astype(dtype)
    fit = fit_gaussian(z)
    wide = z.astype(np.float64)
    covariance = np.cov(wide, rowvar=False)
    np.testing.assert_allclose(fit.mean, wide.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-8, atol=1e-12)
    centred = wide - wide.mean(axis=0)
    d2 = np.sum(centred * np.linalg.solve(covariance, centred.T).T, axis=1)
    np.testing.assert_allclose(fit.d2(z), d2, rtol=1e-7)
    np.testing.assert_allclose(fit.whiten(z).var(axis=0, ddof=1), 1, rtol=1e-8)
    np.testing.assert_allclose(fit.principal(z).var(axis=0, ddof=1), fit.variances, rtol=1e-8)
    assert fit.rank == 12
    assert not fit.degenerate
    assert (np.diff(fit.variances) < 0).all()


def test_many_blocks_give_the_same(monkeypatch):
    z = stretched(500, 7)
    whole = fit_gaussian(z)
    monkeypatch.setattr("mlflow_latents.stats.blocks.BLOCK_VALUES", 70)
    assert len(row_blocks(*z.shape)) == 50
    pieces = fit_gaussian(z)
    np.testing.assert_allclose(pieces.covariance, whole.covariance, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(pieces.d2(z), whole.d2(z), rtol=1e-7)


def test_mapped_file_is_read_as_it_is(tmp_path):
    z = stretched(300, 5).astype(np.float32)
    np.save(tmp_path / "z.npy", z)
    mapped = np.load(tmp_path / "z.npy", mmap_mode="r")
    np.testing.assert_array_equal(fit_gaussian(mapped).mean, fit_gaussian(z).mean)


@given(
    n=st.integers(20, 200),
    d=st.integers(1, 8),
    seed=st.integers(0, 10**6),
    center=st.floats(-100, 100),
)
@settings(max_examples=40, deadline=None)
def test_d2_is_affine_invariant_and_sums_to_its_mean(n, d, seed, center):
    z = stretched(n, d, seed, condition=100)
    rng = np.random.default_rng(seed + 1)
    change = np.linalg.qr(rng.standard_normal((d, d)))[0] * np.geomspace(0.1, 10, d)
    d2 = fit_gaussian(z).d2(z)
    moved = z @ change + center
    np.testing.assert_allclose(fit_gaussian(moved).d2(moved), d2, rtol=1e-6, atol=1e-8)
    assert d2.sum() == pytest.approx(d * (n - 1), rel=1e-9)


def test_whitening_and_axes_round_trip():
    z = stretched(400, 6)
    fit = fit_gaussian(z)
    np.testing.assert_allclose(fit.principal(z) @ fit.axes.T + fit.mean, z, atol=1e-10)
    np.testing.assert_allclose(fit.axes.T @ fit.axes, np.eye(6), atol=1e-12)


def test_samples_have_the_fitted_moments():
    fit = fit_gaussian(stretched(1000, 5))
    drawn = fit.sample(200_000, seed=3)
    np.testing.assert_allclose(drawn.mean(axis=0), fit.mean, atol=0.01)
    error = np.cov(drawn, rowvar=False) - fit.covariance
    assert np.linalg.norm(error) < 0.01 * np.linalg.norm(fit.covariance)
    np.testing.assert_array_equal(drawn[:3], fit.sample(200_000, seed=3)[:3])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dead_constant_and_collinear_columns(dtype):
    z = 1e4 + stretched(3000, 10, center=0.0, condition=4)
    z[:, 2] = 0.0
    z[:, 4] = 1e4 + 0.1
    z[:, 6] = z[:, 1] + z[:, 3] - 1e4
    z[:, 8] = z[:, 0]
    fit = fit_gaussian(z.astype(dtype))
    assert fit.rank == 6
    assert fit.degenerate
    assert fit.whiten(z).shape == (3000, 6)
    assert fit.d2(z).sum() == pytest.approx(6 * 2999, rel=1e-6)
    drawn = fit.sample(100)
    np.testing.assert_allclose(drawn[:, 4], 1e4 + 0.1, rtol=1e-6)
    np.testing.assert_allclose(drawn[:, 8], drawn[:, 0], atol=1e-3)


def test_a_small_column_beside_a_large_one_counts():
    rng = np.random.default_rng(0)
    z = np.stack([1e4 + rng.standard_normal(500), 1e-4 * rng.standard_normal(500)], axis=1)
    assert fit_gaussian(z.astype(np.float32)).rank == 2


def test_standard_deviations_a_hundred_thousand_apart_are_full_rank():
    z = stretched(2000, 50, condition=1e10, center=10.0)
    assert fit_gaussian(z).rank == 50


def test_rounding_of_a_dense_layer_in_float32_is_no_dimension():
    rng = np.random.default_rng(0)
    u = rng.standard_normal((2000, 64)).astype("f4") + 100
    z = u @ (rng.standard_normal((64, 250)) / 8).astype("f4")
    assert fit_gaussian(z).rank == 64
    assert fit_gaussian(z.astype(np.float64)).rank == 64


def test_units_do_not_matter():
    x = np.random.default_rng(0).standard_normal((500, 4))
    units = np.array([1, 1e-8, 10, 1e-3])
    fit, scaled = fit_gaussian(x), fit_gaussian(x * units)
    assert scaled.rank == 4
    np.testing.assert_allclose(scaled.d2(x * units), fit.d2(x), rtol=1e-6)
    np.testing.assert_allclose(scaled.variances[-1], x[:, 1].var(ddof=1) * 1e-16, rtol=1e-2)


def test_collinear_up_to_the_rounding_of_the_covariance():
    x, y = np.random.default_rng(0).standard_normal((2, 500))
    assert fit_gaussian(np.stack([x, x + 1e-5 * y], axis=1)).rank == 2
    assert fit_gaussian(np.stack([x, x + 1e-7 * y], axis=1)).rank == 1


@pytest.mark.parametrize("scale", [1e-145, 1e-30, 1e149])
def test_scales_that_can_be_squared(scale):
    x = np.random.default_rng(0).standard_normal((200, 3))
    np.testing.assert_allclose(fit_gaussian(x * scale).d2(x * scale), fit_gaussian(x).d2(x))


@pytest.mark.parametrize("scale", [1e-170, 1e155])
def test_scales_that_cannot_be_squared(scale):
    with pytest.raises(InputError, match="rescale"):
        fit_gaussian(np.random.default_rng(0).standard_normal((200, 3)) * scale)


def test_the_largest_of_half_precision():
    z = np.random.default_rng(0).uniform(-65504, 65504, (100, 2)).astype(np.float16)
    z[0] = 65504
    assert fit_gaussian(z).rank == 2


def test_matrices_are_arrays_and_masks_are_refused():
    z = np.random.default_rng(0).standard_normal((50, 2))
    matrix = z.view(np.matrix)
    np.testing.assert_array_equal(fit_gaussian(matrix).d2(matrix), fit_gaussian(z).d2(z))
    with pytest.raises(InputError, match="masked"):
        fit_gaussian(np.ma.masked_greater(z, 2))


def test_distance_off_the_subspace():
    z = np.random.default_rng(0).standard_normal((50, 3))
    z[:, 2] = 4.0
    off = fit_gaussian(z).distance_off(z + np.arange(50)[:, None] * [0, 0, 1.0])
    np.testing.assert_allclose(off, np.arange(50), atol=1e-12)


def test_too_few_vectors():
    with pytest.raises(InputError, match=r"n = 6 vectors of d = 5 .* at least 7"):
        fit_gaussian(np.random.default_rng(0).standard_normal((6, 5)))
    assert fit_gaussian(np.random.default_rng(0).standard_normal((7, 5))).rank == 5


def test_values_that_are_not_finite():
    z = np.ones((10, 2), np.float32)
    z[3, 1], z[7, 0] = np.nan, np.inf
    with pytest.raises(InputError, match="2 of 10 rows, the first being row 3"):
        fit_gaussian(z)


@pytest.mark.parametrize(
    ("z", "message"),
    [
        (np.ones(5), "shape"),
        (np.ones((10, 2)), "equal"),
        (np.ones((10, 2), complex), "complex"),
        ([["a", "b"]] * 10, "real numbers"),
    ],
)
def test_what_cannot_be_fitted(z, message):
    with pytest.raises(InputError, match=message):
        fit_gaussian(z)


def test_vectors_of_another_encoder():
    fit = fit_gaussian(stretched(50, 3))
    with pytest.raises(InputError, match="4 dimensions and the fit 3"):
        fit.d2(np.zeros((2, 4)))
