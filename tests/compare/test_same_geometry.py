import numpy as np
import pytest

from mlflow_latents.compare.same_geometry import similarity, similarity_beside

PAIRS = np.triu_indices(12, 1)


def symmetric(rng, a=12):
    values = rng.normal(size=(a, a))
    return (values + values.T) / np.sqrt(2)


def test_it_is_the_correlation_over_pairs():
    rng = np.random.default_rng(0)
    one, other = symmetric(rng), symmetric(rng)
    found = similarity(one, one + other)
    assert found.r == pytest.approx(np.corrcoef(one[PAIRS], (one + other)[PAIRS])[0, 1])
    assert found.low < found.r < found.high
    assert found.p == 1 / 1000
    assert found.pairs == 66


def test_permuted_attributes_are_found_by_chance_alone():
    """Under no relation p is uniform, though pairs share attributes."""
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(2, 25, 8, 1))
    ones, others = (row + row.transpose(0, 2, 1) for row in rows)  # each attribute its own level
    found = [similarity(one, other) for one, other in zip(ones, others, strict=True)]
    p = np.array([each.p for each in found])
    assert 0.35 < p.mean() < 0.65
    assert (p <= 0.05).mean() <= 0.15


def with_unknown(matrix, attributes):
    unknown = np.isin(np.arange(len(matrix)), attributes)
    return np.where(unknown | unknown[:, None], np.nan, matrix)


@pytest.mark.parametrize(
    ("a", "of_one", "of_other"),
    [
        (12, range(4, 12), range(4, 12)),  # 4 attributes known, 24 permutations
        (20, range(5, 20), range(5, 20)),
        (14, range(8, 14), [*range(4), *range(12, 14)]),  # others in each
    ],
)
def test_unknown_attributes_make_nothing_significant(monkeypatch, a, of_one, of_other):
    monkeypatch.setattr("mlflow_latents.compare.same_geometry.PERMUTATIONS", 199)
    rng = np.random.default_rng(6)
    p = [
        similarity(
            with_unknown(symmetric(rng, a), of_one), with_unknown(symmetric(rng, a), of_other)
        ).p
        for _ in range(60)
    ]
    assert np.mean(np.array(p) <= 0.05) <= 0.15
    assert 0.4 < np.mean(p) < 0.65


def test_unknown_attributes_leave_the_test_as_it_is_without_them():
    rng = np.random.default_rng(7)
    one, other = symmetric(rng, 9), symmetric(rng, 9)
    found = similarity(with_unknown(one, [6, 7]), with_unknown(other, [8]))
    assert found == similarity(one[:6, :6], other[:6, :6])


def scattered(rng, known):
    """Make a matrix of 10 attributes of which this share of the pairs is known."""
    shown = np.triu(rng.uniform(size=(10, 10)) < known, 1)
    return np.where(shown | shown.T, symmetric(rng, 10), np.nan)


def test_permutations_that_leave_no_correlation_do_not_count(monkeypatch):
    """Neither for a relation nor against it: under none p is uniform."""
    monkeypatch.setattr("mlflow_latents.compare.same_geometry.PERMUTATIONS", 299)
    rng = np.random.default_rng(8)
    found = [similarity(scattered(rng, 0.25), scattered(rng, 0.25)) for _ in range(200)]
    p = np.array([each.p for each in found])
    p = p[np.isfinite(p)]
    assert len(p) > 40
    assert 0.4 < p.mean() < 0.6
    assert np.mean(p <= 0.05) <= 0.12


def test_too_few_such_permutations_give_no_test():
    shown = np.zeros((16, 16), dtype=bool)
    shown[np.arange(0, 16, 2), np.arange(1, 16, 2)] = True  # 8 of 120 pairs
    one, other = np.where(
        shown | shown.T, [symmetric(np.random.default_rng(9), 16) for _ in "ab"], np.nan
    )
    found = similarity(one, 2 * other)
    assert found.r == pytest.approx(1)
    assert np.isnan(found.p)


def test_the_interval_holds_the_truth():
    rng = np.random.default_rng(2)
    held = [
        found.low < 0.6 < found.high
        for _ in range(60)
        if (found := _interval(symmetric(rng), symmetric(rng), 0.6))
    ]
    assert 0.8 < np.mean(held) <= 1


def _interval(one, noise, r):
    return similarity_beside(one, r * one + np.sqrt(1 - r**2) * noise, np.eye(len(one)))


def test_what_goes_through_a_third_matrix_is_taken_off():
    rng = np.random.default_rng(3)
    shared, a, b = (symmetric(rng, 30) for _ in range(3))
    one, other = 3 * shared + a, 3 * shared + b
    assert similarity(one, other).r > 0.8
    beside = similarity_beside(one, other, shared)
    assert beside.low < 0 < beside.high
    pairs = np.triu_indices(30, 1)
    r = np.corrcoef([each[pairs] for each in (one, other, shared)])
    partial = (r[0, 1] - r[0, 2] * r[1, 2]) / np.sqrt((1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2))
    assert beside.r == pytest.approx(partial)


def test_unknown_pairs_are_left_out():
    rng = np.random.default_rng(4)
    one, other = symmetric(rng, 7), symmetric(rng, 7)
    holes = one.copy()
    holes[:, 2] = holes[2] = np.nan
    kept = np.flatnonzero(np.arange(7) != 2)
    found = similarity(holes, other)
    assert found.pairs == 15
    assert found.r == pytest.approx(
        similarity(one[np.ix_(kept, kept)], other[np.ix_(kept, kept)]).r
    )


@pytest.mark.parametrize("matrix", [np.eye(3), np.full((5, 5), 0.5), np.full((5, 5), np.nan)])
def test_too_few_attributes_or_no_variation_give_nothing(matrix):
    assert np.isnan(similarity(matrix, matrix).r)


def test_what_is_held_fixed_itself_leaves_nothing():
    one = symmetric(np.random.default_rng(5))
    assert np.isnan(similarity_beside(one, one, one).r)
