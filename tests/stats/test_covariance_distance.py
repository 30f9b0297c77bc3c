from itertools import permutations

import numpy as np
import pytest

from mlflow_latents.stats.covariance_distance import covariance_distance, trace_of_square
from mlflow_latents.stats.two_classes import two_classes


def test_the_trace_is_the_mean_over_all_fours():
    x = np.random.default_rng(0).exponential(size=(6, 3))
    centred = x - x.mean(axis=0)
    found = trace_of_square(np.cov(x.T), np.sum(centred**2, axis=1))
    fours = [((x[a] - x[b]) @ (x[c] - x[d])) ** 2 / 4 for a, b, c, d in permutations(range(6), 4)]
    assert found == pytest.approx(np.mean(fours))


def draw(rng, n, members, variances, shift=0.0):
    member = np.arange(n) < members
    x = rng.standard_normal((n, len(variances)))
    x[member] *= np.sqrt(variances)
    x[member, -1] += shift
    return x, member


def truth(share, variances, shift=0.0):
    total = share * variances + (1 - share)
    total[-1] += share * (1 - share) * shift**2
    return np.mean((variances / total - 1) ** 2)


@pytest.mark.parametrize(
    ("n", "members", "scale", "shift"),
    [(600, 300, 0.6, 0.0), (600, 40, 1.0, 0.0), (600, 60, 1.7, 0.0), (600, 150, 1.0, 2.5)],
)
def test_distance_without_bias_and_error_as_large_as_it_says(n, members, scale, shift):
    rng, k = np.random.default_rng(1), 20
    variances = np.where(np.arange(k) < k / 2, scale, 1.0)
    found = np.array(
        [covariance_distance(two_classes(*draw(rng, n, members, variances, shift)))
         for _ in range(150)]
    )  # fmt: skip
    values, errors = found.T
    expected = truth(members / n, variances, shift)
    # What is left of the bias is of the order of (k/n)^2.
    assert values.mean() == pytest.approx(expected, abs=4 * values.std() / np.sqrt(150) + 1e-3)
    assert errors.mean() == pytest.approx(values.std(), rel=0.25)
    assert np.mean(np.abs(values - expected) < 1.96 * errors) > 0.87


def test_classes_drawn_by_lot_have_the_same_covariance():
    rng, n, k = np.random.default_rng(2), 700, 100
    x = rng.standard_normal((n, k)) / np.sqrt(rng.chisquare(8, (n, 1)) / 8)  # heavy tails
    found = np.array(
        [covariance_distance(two_classes(x, rng.permutation(n) < 350)) for _ in range(50)]
    )
    values, errors = found.T
    assert abs(values.mean()) < 4 * values.std() / np.sqrt(50)
    assert np.mean(np.abs(values) < 1.96 * errors) > 0.87
