"""Measures of features: what they are, and that their errors come from the images left out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist, pdist

from mlflow_latents.generate.quality import (
    diversity,
    frechet_distance,
    kernel_distance,
    precision_recall,
)
from mlflow_latents.generate.quality import frechet as frechet_module
from mlflow_latents.generate.quality.jackknife import group_of, standard_error


def features(n=60, f=5, seed=0):
    rng = np.random.default_rng(seed)
    return 3 + rng.standard_normal((n, f)) @ rng.standard_normal((f, f))


def straightforward_frechet(x, y):
    a, b = np.cov(x.T), np.cov(y.T)
    root = sqrtm(a @ b).real
    return np.sum((x.mean(axis=0) - y.mean(axis=0)) ** 2) + np.trace(a + b - 2 * root)


def straightforward_kernel(x, y):
    def kernel(a, b):
        return (np.dot(a, b) / len(a) + 1) ** 3

    n = len(x)
    within = sum(kernel(z[i], z[j]) for z in (x, y) for i in range(n) for j in range(n) if i != j)
    return within / (n * (n - 1)) - 2 * np.mean([[kernel(a, b) for b in y] for a in x])


def straightforward_precision(x, y):
    radius = np.sort(cdist(x, x), axis=1)[:, 3]
    return np.mean((cdist(y, x) <= radius).any(axis=1))


def straightforward_diversity(x, y):
    return np.mean(pdist(y) ** 2) / np.mean(pdist(x) ** 2)


MEASURES = {
    "frechet": (frechet_distance, straightforward_frechet),
    "kernel": (kernel_distance, straightforward_kernel),
    "precision": (lambda x, y: precision_recall(x, y)[0], straightforward_precision),
    "recall": (
        lambda x, y: precision_recall(x, y)[1],
        lambda x, y: straightforward_precision(y, x),
    ),
    "diversity": (diversity, straightforward_diversity),
}


@pytest.mark.parametrize("name", MEASURES)
def test_values_agree_with_straightforward_ones(name):
    measure, straightforward = MEASURES[name]
    x, y = features(), 0.7 * features(seed=1)
    assert measure(x, y).value == pytest.approx(straightforward(x, y), rel=1e-8)


@pytest.mark.parametrize("name", MEASURES)
def test_errors_agree_with_leaving_images_out(name):
    measure, straightforward = MEASURES[name]
    x, y = features(25), features(25, seed=1) + 0.5

    def of_the_left(out):
        kept = ~np.isin(group_of(25), out)
        return straightforward(x[kept], y[kept])

    assert measure(x, y).error == pytest.approx(standard_error(of_the_left), rel=1e-6)


def test_frechet_distance_of_known_laws():
    """Of N(0, I) and N(m, s² I) in f dimensions: m.m + f (s - 1)², and what n = 20,000 adds."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 20_000, 4))
    assert frechet_distance(x, 3 * y + 1).value == pytest.approx(4 + 4 * 4, rel=0.02)


@pytest.mark.parametrize("name", ["frechet", "kernel"])
@given(seed=st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_distances_are_symmetric(name, seed):
    x, y = features(30, 3, seed), features(30, 3, seed + 1) * 2
    there, back = (MEASURES[name][0](*pair) for pair in ((x, y), (y, x)))
    assert there.value == pytest.approx(back.value, rel=1e-6, abs=1e-9)
    assert there.error == pytest.approx(back.error, rel=1e-5, abs=1e-9)


def test_a_set_beside_itself():
    x = features()
    assert frechet_distance(x, x).value == pytest.approx(0, abs=1e-6)
    assert kernel_distance(x, x).value < 0  # unbiased: an image and its copy are too near
    assert [each.value for each in precision_recall(x, x)] == [1, 1]
    assert diversity(x, x).value == pytest.approx(1)


def test_fewer_images_than_features():
    x, y = features(20, 40), features(20, 40, seed=1)
    found = frechet_distance(x, y)
    assert found.value == pytest.approx(straightforward_frechet(x, y), rel=1e-4)
    assert np.isfinite(found.error)


def test_the_error_with_many_features_is_that_on_the_leading_axes(monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 100, 6)) * [5, 4, 3, 0.01, 0.01, 0.01]
    y[:, 0] += 2
    whole = frechet_distance(x, y)
    monkeypatch.setattr(frechet_module, "AXES", 3)
    leading = frechet_distance(x, y)
    assert leading.value == whole.value
    assert leading.error == pytest.approx(whole.error, rel=0.02)


def test_one_image_again_and_again():
    x = features()
    y = np.repeat(x[:1], len(x), axis=0)
    precision, recall = precision_recall(x, y)
    assert precision.value == 1
    assert recall.value < 0.1
    assert diversity(x, y).value == pytest.approx(0, abs=1e-12)
    assert frechet_distance(x, y).value > np.trace(np.cov(x.T)) - 1e-6
    assert np.isnan(diversity(y, x).value)


def test_errors_are_those_of_repeated_samples():
    """At the floor and off it."""
    rng = np.random.default_rng(0)
    for shift, names in ((0, ["frechet", "kernel"]), (0.7, MEASURES)):
        centres = np.array([0, shift])[:, None, None]
        pairs = [centres + rng.standard_normal((2, 80, 3)) for _ in range(60)]
        for name in names:
            found = [MEASURES[name][0](*pair) for pair in pairs]
            sd = np.std([each.value for each in found])
            assert np.mean([each.error for each in found]) == pytest.approx(sd, rel=0.35), name
