import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial.distance import cdist

from mlflow_latents.generate.quality import TrainingImages, nearest, nearness


def noise(n, seed=0, shape=(9, 8, 3)):
    return np.random.default_rng(seed).integers(256, size=(n, *shape), dtype=np.uint8)


def smooth(n, seed=0):
    values = gaussian_filter(noise(n, seed).astype(float), (0, 2, 2, 0), mode="wrap")
    return np.clip(128 + 6 * (values - 128), 0, 255).astype(np.uint8)


def straightforward(images, training):
    x, y = (each.reshape(len(each), -1) / 255 for each in (images, training))
    return cdist(x, y).min(axis=1) / np.sqrt(x.shape[1])


@pytest.mark.parametrize("kind", [noise, smooth])
@pytest.mark.parametrize("axes", [5, 256])
def test_distances_agree_with_those_to_all(kind, axes, monkeypatch):
    monkeypatch.setattr(nearest, "AXES", axes)
    monkeypatch.setattr(nearest, "BLOCK", 64)
    monkeypatch.setattr(nearest, "BLOCK_PAIRS", 4000)
    images, rows = kind(400), np.arange(3, 400, 2)
    generated = kind(50, seed=1)
    found = TrainingImages(images, rows).distances(generated)
    np.testing.assert_allclose(found, straightforward(generated, images[rows]), rtol=1e-5)


@pytest.mark.parametrize(("kind", "least", "most"), [(smooth, 0, 30), (noise, 90, 100)])
def test_few_candidates_suffice_for_smooth_images(monkeypatch, kind, least, most):
    monkeypatch.setattr(nearest, "AXES", 60)
    training, unsure = TrainingImages(kind(600), np.arange(600)), []
    monkeypatch.setattr(training, "_among_all", lambda x: unsure.append(len(x)) or np.zeros(len(x)))
    training.distances(kind(100, seed=1))
    assert least <= sum(unsure) <= most


@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_training_images(n):
    images, generated = noise(n), noise(4, seed=1)
    found = TrainingImages(images, np.arange(n)).distances(generated)
    np.testing.assert_allclose(found, straightforward(generated, images), rtol=1e-5)


def test_copies_and_blurred_images_are_nearer():
    images, held_out = smooth(300), smooth(60, seed=1)
    training = TrainingImages(images, np.arange(300))
    distances = training.distances(held_out)
    copies, blurred = images[40:100], gaussian_filter(held_out, (0, 2, 2, 0))
    assert training.distances(copies).max() == 0
    assert nearness(distances, training.distances(copies)).value == 0
    assert 0 < nearness(distances, training.distances(blurred)).value < 0.95
    assert nearness(distances, distances).value == 1
    assert np.isnan(nearness(training.distances(copies), distances).value)


def test_the_error_of_a_ratio_of_medians():
    rng = np.random.default_rng(0)
    found = [nearness(*rng.gamma((9, 4), size=(81, 2)).T) for _ in range(400)]
    sd = np.std([each.value for each in found])
    assert np.mean([each.error for each in found]) == pytest.approx(sd, rel=0.15)
