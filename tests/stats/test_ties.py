import numpy as np
import pytest

from mlflow_latents.stats import assess
from mlflow_latents.stats.modes import valley_depth
from mlflow_latents.stats.negentropy import negentropy
from mlflow_latents.stats.ties import spread_ties


def normal(n=20_000):
    return np.random.default_rng(0).standard_normal(n)


def bfloat16(x):
    """Cut float32 off to 8 bits of mantissa, as bfloat16 has."""
    return (x.astype(np.float32).view(np.uint32) & 0xFFFF0000).view(np.float32)


ROUNDED = {
    "decimals": lambda x: np.round(x, 2),
    "bfloat16": bfloat16,
    "tenths": lambda x: np.round(x, 1),
}


def test_values_without_ties_are_left():
    x = np.sort(normal(1000))[None]
    np.testing.assert_array_equal(spread_ties(x.copy()), x)


def test_ties_fill_the_cells_between_their_neighbours():
    x = np.sort(np.round(normal(), 1))[None]
    spread = spread_ties(x.copy())
    assert np.all(np.diff(spread) >= 0)
    assert np.abs(spread - x).max() <= 0.05 + 0.5  # the outermost cells may be wider
    assert np.median(np.abs(spread - x)) < 0.03
    assert len(np.unique(spread)) == x.size


def test_an_atom_stays_an_atom():
    x = np.sort(np.maximum(normal(), 0))[None]
    assert negentropy([x.copy()]).estimate[0] > 1
    constant = np.ones((1, 50))
    np.testing.assert_array_equal(spread_ties(constant.copy()), constant)


@pytest.mark.parametrize("how", ROUNDED)
def test_rounding_is_no_departure(how):
    x = ROUNDED[how](normal()).astype(np.float64)
    assert abs(negentropy([x[None]]).estimate[0]) < 0.003
    assert valley_depth(x) == 0


@pytest.mark.parametrize("how", ["decimals", "bfloat16"])
def test_rounded_vectors_have_the_verdict_of_exact_ones(how):
    z = np.random.default_rng(1).standard_normal((20_000, 3))
    assert assess(z).verdict.kind == assess(ROUNDED[how](z)).verdict.kind == "normal"
