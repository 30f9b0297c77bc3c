import numpy as np
import pytest
from scipy import stats

from mlflow_latents.probes.map_causes import explained, mean_colours
from mlflow_latents.probes.map_labels import label_correlations

N, MAPS = 400, 30


def responses(seed=0):
    return np.random.default_rng(seed).normal(size=(N, MAPS)) + 5


def test_correlations_and_their_p_values_are_those_of_scipy():
    means, labels = responses(), np.random.default_rng(1).integers(0, 2, (N, 3)).astype(float)
    labels[::7, 1] = np.nan
    found = label_correlations(means, labels)
    known = ~np.isnan(labels)
    tests = [
        [stats.pearsonr(means[known[:, a], m], labels[known[:, a], a]) for a in range(3)]
        for m in range(MAPS)
    ]
    np.testing.assert_allclose(found.values, [[t.statistic for t in row] for row in tests])
    p = np.array([[t.pvalue for t in row] for row in tests])
    adjusted = stats.false_discovery_control(p, axis=None)
    np.testing.assert_allclose(found.adjusted.ravel(), adjusted.ravel(), rtol=1e-8)


def test_labels_that_do_not_vary_or_are_not_known_have_no_correlation():
    labels = np.ones((N, 3))
    labels[5:, 1] = np.nan
    labels[:, 2] = responses(2)[:, 0]
    found = label_correlations(responses(), labels)
    assert np.isnan(found.values[:, :2]).all()
    assert np.isfinite(found.values[:, 2]).all()
    assert (found.best == 2).all()
    assert not found.found[:, :2].any()


def test_maps_that_do_not_vary_have_no_correlation():
    means = responses()
    means[:, 3] = 0.7
    found = label_correlations(means, responses(2)[:, :4])
    assert np.isnan(found.values[3]).all()
    assert np.isnan(found.best_held_out[3])
    assert not found.found[3].any()


def test_a_correlation_is_found_and_its_size_is_held_out():
    labels = np.random.default_rng(1).normal(size=(N, 20))
    means = responses()
    means[:, 7] = 3 * labels[:, 4] + 4 * np.random.default_rng(2).normal(size=N)  # correlation 0.6
    found = label_correlations(means, -labels)
    assert found.best[7] == 4
    assert found.found[7, 4]
    assert found.best_held_out[7] == pytest.approx(0.6, abs=0.1)


def test_shuffled_labels_give_nothing():
    labels = np.random.default_rng(1).normal(size=(N, 40))
    found = [
        label_correlations(responses(s), labels[np.random.default_rng(s).permutation(N)])
        for s in range(12)
    ]
    assert np.mean([each.found.any() for each in found]) < 0.3
    # The largest of 40 correlations is far from 0 by chance alone; the held-out one is not.
    largest = np.mean([np.abs(each.values).max(axis=1).mean() for each in found])
    held_out = [each.best_held_out.mean() for each in found]
    error = np.std(held_out) / np.sqrt(len(held_out))
    assert largest > 0.1
    assert abs(np.mean(held_out)) < 3 * error < 0.02


def test_variance_explained_by_causes():
    rng = np.random.default_rng(3)
    causes = rng.normal(size=(2000, 5))
    means = causes @ rng.normal(size=(5, 1)) * [[1.0, 0, 1]] + [[0, 1, 1]] * rng.normal(
        size=(2000, 3)
    )
    found = explained(means, causes)
    signal = means[:, 0].var()
    np.testing.assert_allclose(found, [1, 0, signal / (signal + 1)], atol=0.03)


def test_too_few_images_for_the_causes_say_nothing():
    assert np.isnan(explained(responses(), np.ones((N, 100)))).all()
    assert np.isfinite(explained(responses(), np.ones((N, 90)))).all()


def test_causes_that_are_not_known_everywhere_are_left_out():
    causes = responses(4)[:, :2]
    causes[0, 1] = np.nan
    np.testing.assert_array_equal(
        explained(responses(), causes), explained(responses(), causes[:, :1])
    )


def test_without_causes_nothing_is_explained_and_nothing_said():
    unknown = np.full((N, 2), np.nan)
    for causes in (unknown, unknown[:, :0]):
        assert np.isnan(explained(responses(), causes)).all()


def test_mean_colours():
    images = np.random.default_rng(0).integers(0, 256, (1100, 2, 3, 3), dtype=np.uint8)
    rows = np.random.default_rng(1).permutation(1100)[:1030]
    np.testing.assert_allclose(
        mean_colours(images, rows), images[rows].mean(axis=(1, 2)) / 255, rtol=1e-12
    )
