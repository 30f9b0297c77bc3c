import numpy as np
import pytest

from mlflow_latents.probes.strips import attribute_strips, strip_labels, with_and_without
from mlflow_latents.stats.gaussian import fit_gaussian


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(0)
    return fit_gaussian(rng.standard_normal((400, 4)) @ rng.standard_normal((4, 4)) + 3)


@pytest.mark.parametrize("of_each", [False, True])
def test_every_image_is_the_vector_that_it_says(fit, of_each):
    """Images that show their vector's whitened coordinates."""

    def decode(z):
        return np.round(20 * fit.whiten(z) + 128).astype(np.uint8).reshape(-1, 2, 2, 1)

    rng = np.random.default_rng(1)
    white = rng.standard_normal((2, 3, 4) if of_each else (3, 4))
    axes = np.linalg.qr(rng.standard_normal((4, 4)))[0][:2]
    strips = attribute_strips(white, decode, fit, axes, ["a", "b"], steps=(2, -2, 0))
    assert strips.steps.tolist() == [-2, 0, 2]
    assert strips.plain.shape == (2, 3, 3, 2, 2, 1)
    assert strips.restored.shape == (2, 3, 2, 2, 2, 1)
    for i, axis in enumerate(axes):
        vectors = white[i] if of_each else white
        for j, vector in enumerate(vectors):
            for k, step in enumerate((-2, 0, 2)):
                shown = (strips.plain[i, j, k].ravel() - 128.0) / 20
                np.testing.assert_allclose(shown, vector + step * axis, atol=0.026)
            end = vector + 2 * axis
            end *= np.linalg.norm(vector) / np.linalg.norm(end)
            shown = (strips.restored[i, j, 1].ravel() - 128.0) / 20
            np.testing.assert_allclose(shown, end, atol=0.026)


def test_labels_to_show():
    celeba = dict.fromkeys(["Male", "Bald", "Eyeglasses", "Smiling"], 0.9)
    assert strip_labels(celeba) == ["Eyeglasses", "Smiling", "Male"]
    scores = {"a": 0.6, "b": np.nan, "c": 0.9, "d": 0.7, "e": 0.8, "f": 0.5, "g": 0.4}
    assert strip_labels(scores) == ["c", "e", "d", "a", "f"]


def test_images_with_and_without():
    values = np.array([0, 1, 0, 0, 1, np.nan, 0])
    assert with_and_without(values, np.array([5, 4, 1, 6, 3, 0])).tolist() == [6, 4]
    assert with_and_without(values, np.array([5, 4, 1, 6, 3, 0]), n=3).tolist() == [6, 3, 4]
    numbers = np.arange(100.0)
    low, high = with_and_without(numbers, np.random.default_rng(0).permutation(100))
    assert numbers[low] < 25
    assert numbers[high] > 75
