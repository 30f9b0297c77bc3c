import numpy as np
import pytest
from scipy import special

from mlflow_latents.generate.splitting import log_rare_share


def cap(d, cosine):
    """Log of the chance that a random direction lies within an angle of a fixed one."""
    return np.log(special.betainc((d - 1) / 2, 0.5, 1 - cosine**2) / 2)


@pytest.mark.parametrize(("d", "cosine"), [(2, 0.999), (3, 0.9999), (20, 0.9), (60, 0.6)])
def test_caps_of_the_sphere(d, cosine):
    def score(x):
        return 1 + (cosine - x[:, 0])

    log_share, error = log_rare_share(np.eye(d), np.zeros(d), np.ones_like, score, seed=0)
    assert log_share == pytest.approx(cap(d, cosine), abs=4 * error)
    assert error < 0.6


@pytest.mark.parametrize(("d", "power"), [(1, 10), (5, 20), (30, 40)])
def test_a_ball_within_a_ball(d, power):
    # A ball of 10^-power of the volume, by the radius alone.
    radius = 10 ** (-power / d)

    def score(x):
        return np.linalg.norm(x, axis=1) / np.float32(radius)

    log_share, error = log_rare_share(np.eye(d), np.zeros(d), lambda w: w ** (1 / d), score, 1)
    assert log_share / np.log(10) == pytest.approx(-power, abs=4 * error / np.log(10))


def test_the_error_is_that_of_repetition():
    d, cosine = 6, 0.97

    def score(x):
        return 1 + (cosine - x[:, 0])

    found = np.array(
        [log_rare_share(np.eye(d), np.zeros(d), np.ones_like, score, i) for i in range(20)]
    )
    standardised = (found[:, 0] - cap(d, cosine)) / found[:, 1]
    assert np.sqrt(np.mean(standardised**2)) < 1.8
    assert found[:, 0].std(ddof=1) == pytest.approx(found[:, 1].mean(), rel=0.5)


def test_what_never_happens_ends(monkeypatch):
    monkeypatch.setattr("mlflow_latents.generate.splitting.MOST_STEPS", 20)
    log_share, error = log_rare_share(
        np.eye(2), np.zeros(2), np.ones_like, lambda x: 3 + x[:, 0], seed=0
    )
    assert log_share == -np.inf
    assert np.isnan(error)
