import numpy as np
import pytest
from sklearn.decomposition import PCA

from mlflow_latents.data import flattened, open_images
from mlflow_latents.data.flattened import mean_image_error, principal_components, random_pixels


@pytest.fixture(scope="module")
def digits():
    return open_images("digits")


@pytest.fixture(scope="module")
def flat(digits):
    return digits.images[:].reshape(len(digits.images), -1).astype(np.float64)


@pytest.mark.parametrize("block", [100, 512, 5000])
def test_components_are_those_of_scikit_learn(digits, flat, monkeypatch, block):
    monkeypatch.setattr(flattened, "BLOCK", block)
    train, test = digits.indices("train"), digits.indices("test")
    ours = principal_components(digits, train, test, 6)
    theirs = PCA(6, svd_solver="full").fit(flat[train]).transform(flat[test])
    signs = np.sign(np.sum(ours * theirs, axis=0))
    np.testing.assert_allclose(ours * signs, theirs, atol=0.01 * theirs.std())
    np.testing.assert_allclose(ours.var(axis=0), theirs.var(axis=0), rtol=0.002)


def test_no_more_components_than_there_are(digits):
    train = digits.indices("train")
    assert principal_components(digits, train, train[:5], 1000).shape == (5, 64)
    assert principal_components(digits, train[:8], train, 1000).shape == (len(train), 7)


def test_components_do_not_change_with_the_same_seed(digits):
    train = digits.indices("train")
    first, again = (principal_components(digits, train, train, 5, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_pixels_are_columns_of_the_images(digits, flat):
    indices = np.array([5, 900, 3])
    pixels = random_pixels(digits, indices, 10, seed=1)
    places = [np.flatnonzero((flat[indices] == column[:, None]).all(axis=0)) for column in pixels.T]
    assert all(len(each) for each in places)
    assert random_pixels(digits, indices, 1000).shape == (3, 64)
    np.testing.assert_array_equal(random_pixels(digits, indices, 1000), flat[indices])


def test_the_error_of_the_mean_image(digits, flat):
    train, test = digits.indices("train"), digits.indices("test")
    expected = np.mean((flat[test] - flat[train].mean(axis=0)) ** 2) / 255**2
    assert mean_image_error(digits, train, test) == pytest.approx(expected, rel=1e-5)
