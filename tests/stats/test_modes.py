import numpy as np
import pytest

from mlflow_latents.stats.modes import valley_depth

ONE_MODE = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "uniform": lambda rng, n: rng.random(n),
    "exponential": lambda rng, n: rng.exponential(size=n),
    "t(3)": lambda rng, n: rng.standard_t(3, n),
    "laplace": lambda rng, n: rng.laplace(size=n),
}


@pytest.mark.parametrize("law", ONE_MODE)
@pytest.mark.parametrize("n", [200, 2000, 20_000])
def test_one_mode_has_no_valley(law, n):
    for seed in range(20):
        assert valley_depth(ONE_MODE[law](np.random.default_rng(seed), n)) < 0.1


@pytest.mark.parametrize(
    ("share", "apart", "least"), [(0.5, 3, 0.15), (0.5, 4, 0.5), (0.1, 4, 0.1), (0.1, 6, 0.6)]
)
def test_two_modes_have_one(share, apart, least):
    rng = np.random.default_rng(0)
    values = rng.standard_normal(20_000) + apart * (rng.random(20_000) < share)
    assert valley_depth(values) > least


def test_place_and_scale_do_not_matter():
    rng = np.random.default_rng(0)
    values = rng.standard_normal(5000) + 4 * (rng.random(5000) < 0.5)
    assert valley_depth(100 - 3 * values) == pytest.approx(valley_depth(values), abs=0.02)
