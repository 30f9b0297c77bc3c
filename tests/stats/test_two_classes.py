import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.stats.two_classes import two_classes


def two_clouds(n=300, k=5, seed=0):
    rng = np.random.default_rng(seed)
    member = rng.random(n) < 0.3
    z = rng.standard_normal((n, k)) @ rng.standard_normal((k, k)) + 7
    z[member] += rng.standard_normal(k)
    return z, member


def test_the_metric_within_is_that_of_the_pooled_covariance():
    z, member = two_clouds()
    classes = two_classes(z, member)
    centred = np.where(member[:, None], z - z[member].mean(0), z - z[~member].mean(0))
    inverse = np.linalg.inv(centred.T @ centred / (len(z) - 2))
    contrast = z[member].mean(0) - z[~member].mean(0)
    along, d2 = classes.within_along
    assert d2 == pytest.approx(contrast @ inverse @ contrast)
    np.testing.assert_allclose(along * np.sqrt(d2), centred @ inverse @ contrast, atol=1e-10)
    np.testing.assert_allclose(classes.within2, np.sum(centred @ inverse * centred, axis=1))


def test_vectors_are_whitened_by_their_own_covariance():
    z, member = two_clouds()
    x, centred = two_classes(z, member).x, z - z.mean(0)
    np.testing.assert_allclose(np.cov(x.T), np.eye(5), atol=1e-10)
    mahalanobis = np.sum(centred @ np.linalg.inv(np.cov(z.T)) * centred, axis=1)
    np.testing.assert_allclose(np.sum(x**2, axis=1), mahalanobis)


def test_white_vectors_are_taken_as_they_are():
    z, member = two_clouds()
    white = two_classes(z, member).x
    again = two_classes(white, member)
    np.testing.assert_allclose(again.x, white, atol=1e-14)


def test_what_cannot_be_compared():
    z, member = two_clouds(n=30)[0], np.arange(30) < 12
    with pytest.raises(InputError, match="3 of 30 vectors"):
        two_classes(z, np.arange(30) < 3)
    with pytest.raises(InputError, match="float64 values of shape"):
        two_classes(z, member.astype(float))
    with pytest.raises(InputError, match="at least 26 vectors"):
        two_classes(np.tile(z[:20], 4), np.arange(20) < 10)
    with pytest.raises(InputError, match="subspace"):
        two_classes(np.column_stack([z, z.sum(axis=1)]), member)
    with pytest.raises(InputError, match="subspace"):
        two_classes(np.column_stack([z, np.ones(30)]), member)
