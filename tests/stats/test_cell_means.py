import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.stats.cell_means import (
    ADDITIVE,
    BORROWED,
    NO_ERROR,
    REPLICATES,
    additive_blocks,
    fit_cells,
)


def variances(fit):
    return fit.shares @ fit.variances


def test_each_cell_has_the_variance_of_its_own_mean():
    fit = fit_cells([0.0, 2.0, 1.0, 4.0, 7.0], {"x": list("aabbb")})
    assert fit.error == REPLICATES
    assert fit.means == pytest.approx([1, 4])
    assert variances(fit) == pytest.approx([2 / 2, 9 / 3])
    assert fit.dfs == pytest.approx([1, 2])


def test_a_single_run_borrows_the_variance_of_the_others_by_degrees_of_freedom():
    fit = fit_cells([0.0, 2.0, 1.0, 4.0, 7.0, 20.0], {"x": list("aabbbc")})
    assert fit.error == BORROWED
    assert variances(fit)[2] == pytest.approx((1 * 2 + 2 * 9) / 3)


def test_without_replicates_the_residual_is_the_error():
    y = np.array([[1.0, 2.0, 3.0], [2.0, 3.0, 7.0]])
    fit = fit_cells(y.ravel(), {"x": list("aaabbb"), "z": list("pqrpqr")})
    residual = y - y.mean(1, keepdims=True) - y.mean(0) + y.mean()
    assert fit.error == ADDITIVE
    assert variances(fit) == pytest.approx([np.sum(residual**2) / 2] * 6)


def test_a_perfect_fit_has_no_error():
    fit = fit_cells([1.0, 2.0, 4.0], {"x": list("abc")})
    assert fit.error == NO_ERROR
    assert fit.shares.shape == (3, 0)


def test_rounding_is_no_scatter():
    fit = fit_cells([0.1 + 0.2, 0.3, 1e6, 1e6], {"x": list("aabb")})
    assert variances(fit).tolist() == [0, 0]


def test_levels_that_occur_make_cells_and_constant_factors_none():
    labels = {"x": list("abb"), "same": ["s"] * 3, "z": ["2", "2", "10"]}
    fit = fit_cells([1.0, 2.0, 3.0], labels, {"x": ["c", "b", "a"]})
    assert fit.names == ("x", "z")
    assert fit.levels == (("b", "a"), ("2", "10"))
    assert fit.codes.tolist() == [[0, 0], [0, 1], [1, 0]]
    assert fit.means.tolist() == [2, 3, 1]
    assert fit.empty == 1
    constant, x, z = additive_blocks(fit.codes, fit.levels)
    np.testing.assert_array_equal(
        np.column_stack([constant, x, z]), [[1, 0, 0], [1, 0, 1], [1, 1, 0]]
    )


@pytest.mark.parametrize(
    ("y", "factors", "words"),
    [
        ([1.0, np.nan], {"x": ["a", "b"]}, "finite"),
        ([[1.0, 2.0]], {"x": ["a"]}, r"shape \(1, 2\)"),
        ([1.0, 2.0], {"x": ["a"]}, "1 labels for 2"),
        ([1.0, 2.0], {"x": ["a", "a"]}, r"No factor varies \(x\)"),
        ([1.0, 2.0], {}, r"No factor varies \(none"),
    ],
)
def test_bad_input_is_named(y, factors, words):
    with pytest.raises(InputError, match=words):
        fit_cells(y, factors)
