import numpy as np
import pytest

from mlflow_latents.stats.signed_squares import Z_95, signed_root, square_interval


def test_the_root_keeps_the_sign():
    np.testing.assert_array_equal(signed_root(np.array([4.0, 0.0, -9.0])), [2, 0, -3])


@pytest.mark.parametrize("square", [-1.0, -0.1, 0.0, 0.3, 5.0])
def test_the_bounds_are_those_that_the_estimate_does_not_rule_out(square):
    flat, linear, curved = 0.04, 0.3, 0.02
    low, high = square_interval(square, flat, linear, curved)
    for bound, side in ((low, 1), (high, -1)):
        at = max(bound, 0)
        sd = np.sqrt(flat + linear * at + curved * at**2)
        assert bound + side * Z_95 * sd == pytest.approx(square)


def test_a_variance_that_outgrows_the_square_has_no_upper_bound():
    low, high = square_interval(1.0, 0.01, 0.1, 1.0)
    assert 0 < low < 1
    assert high == np.inf
