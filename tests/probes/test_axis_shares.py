import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from mlflow_latents.probes.axis_shares import explained_shares, share_of_all


def test_equals_adjusted_r2_of_a_regression():
    rng = np.random.default_rng(0)
    labels = rng.standard_normal((200, 3)) * (1, 10, 0.1)
    white = labels @ rng.standard_normal((3, 5)) + rng.standard_normal((200, 5))
    plain = [LinearRegression().fit(labels, y).score(labels, y) for y in white.T]
    adjusted = 1 - (1 - np.array(plain)) * 199 / 196
    np.testing.assert_allclose(explained_shares(white, labels), adjusted)


def test_classes_that_sum_to_one_count_once_and_constants_not_at_all():
    rng = np.random.default_rng(1)
    digit = rng.integers(0, 4, 500)
    classes = (digit[:, None] == np.arange(4)) * 1.0
    white = rng.standard_normal((500, 6)) + classes[:, :1]
    fewer = explained_shares(white, classes[:, :3])
    np.testing.assert_allclose(explained_shares(white, classes), fewer)
    more = np.column_stack([classes, np.ones(500)])
    np.testing.assert_allclose(explained_shares(white, more), fewer)


def test_shuffled_labels_explain_nothing_on_average():
    rng = np.random.default_rng(2)
    white, labels = rng.standard_normal((300, 40)), rng.standard_normal((300, 20))
    shares = [explained_shares(white, rng.permutation(labels)).mean() for _ in range(50)]
    assert np.mean(shares) == pytest.approx(0, abs=4 * np.std(shares) / np.sqrt(50))
    assert np.std(shares) < 0.01


def test_too_few_vectors_and_the_share_of_all():
    assert np.isnan(explained_shares(np.eye(3), np.eye(3))).all()
    assert share_of_all(np.array([1.0, 0.0]), np.array([3.0, 1.0])) == 0.75
