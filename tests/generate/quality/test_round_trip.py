import numpy as np
import pytest
from scipy import stats

from mlflow_latents.generate import fit_latent_model
from mlflow_latents.generate.quality import round_trip
from mlflow_latents.stats import level_of

D = 6


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    return fit_latent_model(2 + rng.standard_normal((5000, D)) * np.arange(1, D + 1))


def draws(model, n, seed):
    return model.fit.sample(n, seed)


def test_vectors_that_come_back(model):
    z = draws(model, 400, 1)
    found = round_trip(lambda images: z, model, z, images=None)
    assert found.moved.value == found.moved.error == 0
    assert found.radius.value == pytest.approx(np.sqrt(stats.chi2(D).median()), abs=0.1)
    assert found.level.value == pytest.approx(0.674, abs=0.1)  # half of the mass lies within
    assert found.inside.value == pytest.approx(0.9973, abs=0.008)
    assert 0 < found.inside.error < 0.01


def test_unrelated_vectors_are_at_1(model):
    found = round_trip(lambda images: draws(model, 1000, 2), model, draws(model, 1000, 1), None)
    expected = np.sqrt(2 * stats.chi2(D).median()) / np.sqrt(2 * D)
    assert found.moved.value == pytest.approx(expected, abs=4 * found.moved.error)
    assert found.moved.value == pytest.approx(1, abs=0.1)


def test_vectors_far_outside_that_are_drawn_to_the_centre(model):
    z = draws(model, 50, 1)
    inner = model.fit.mean + 0.1 * (z - model.fit.mean)
    found = round_trip(lambda images: inner, model, 100 * z, None)
    assert found.inside.value == 1
    assert found.inside.error > 0
    assert found.moved.value > 10
    assert found.radius.value < 0.5
    assert found.level.value == pytest.approx(level_of(found.radius.value**2, D), abs=1e-6)


def test_vectors_that_are_thrown_outside(model):
    z = draws(model, 50, 1)
    found = round_trip(lambda images: 1000 * z, model, z, None)
    assert found.inside.value == 0
    assert np.isfinite([found.level.value, found.level.error]).all()
    assert found.level.value > 100


def test_the_encoder_sees_the_images(model):
    z, images = draws(model, 10, 1), np.zeros((10, 8, 8, 1), np.uint8)
    seen = []
    round_trip(lambda given: seen.append(given) or z, model, z, images)
    assert seen[0] is images
