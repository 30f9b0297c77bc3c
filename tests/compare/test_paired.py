import numpy as np
import pytest
from scipy import stats

from mlflow_latents.compare.paired import (
    difference_over_seeds,
    images_error,
    known_mean,
    least_seed_sd,
    paired_difference,
    same_but_for_the_seed,
    seed_spread,
)


def test_of_independent_attributes_it_is_the_paired_t_test():
    rng = np.random.default_rng(0)
    first, change = rng.normal(size=12), rng.normal(0.5, 1, size=12)
    found = paired_difference(first, first + change, np.eye(12))
    expected = stats.ttest_1samp(change, 0)
    assert found.mean == pytest.approx(change.mean())
    assert found.mean / found.error == pytest.approx(expected.statistic)
    assert [found.low, found.high] == pytest.approx(list(expected.confidence_interval(0.95)))
    assert found.effective == pytest.approx(12)
    assert (found.higher, found.lower) == ((change > 0).sum(), (change < 0).sum())


def test_attributes_that_go_together_count_as_fewer():
    """Of 20 attributes in twins, 10 are independent."""
    correlations = np.kron(np.eye(10), np.full((2, 2), -0.999))
    change = np.repeat(np.random.default_rng(0).normal(size=10), 2)
    found = paired_difference(np.zeros(20), change, correlations)
    assert found.effective == pytest.approx(10, rel=0.01)
    alone = paired_difference(np.zeros(10), change[::2], np.eye(10))
    assert found.error == pytest.approx(alone.error, rel=0.01)


def test_its_error_is_that_of_differences_that_correlate_as_assumed():
    """The standard error squared is the variance of the mean, over many trials."""
    labels = np.where(np.eye(8, dtype=bool), 1, 0.6)
    rng = np.random.default_rng(1)
    trials = rng.multivariate_normal(np.zeros(8), labels**2, size=4000)
    found = [paired_difference(np.zeros(8), each, labels) for each in trials]
    squares = np.mean([each.error**2 for each in found])
    assert squares == pytest.approx(np.var([each.mean for each in found]), rel=0.08)


def test_what_is_not_known_is_left_out_and_too_little_has_no_error():
    found = paired_difference(np.array([0.5, np.nan]), np.array([0.7, 0.9]), np.eye(2))
    assert found.n == 1
    assert found.mean == pytest.approx(0.2)
    assert np.isnan([found.error, found.low]).all()
    assert not found.beyond_chance
    assert paired_difference(np.array([np.nan]), np.array([1.0]), np.eye(1)).n == 0


def test_a_difference_of_the_same_run_is_nothing():
    same = paired_difference(np.arange(5.0), np.arange(5.0), np.eye(5))
    assert (same.mean, same.error, same.beyond_chance) == (0, 0, False)


def test_the_error_by_images_is_that_of_independent_ones():
    assert images_error(np.full(4, 0.3), np.full(4, 0.4), 4) == pytest.approx(0.25)


def test_what_is_not_known_is_left_out_of_a_mean():
    values = np.array([[1.0, np.nan, 4.0], [2.0, np.nan, np.nan]])
    np.testing.assert_array_equal(known_mean(values), [1.5, np.nan, 4.0])
    assert known_mean(np.array([0.1, np.nan, 0.3])) == pytest.approx(0.2)
    assert np.isnan(known_mean(np.empty(0)))
    assert np.isnan(images_error(np.full(2, np.nan), np.ones(2), 2))


def test_seeds_vary_by_the_pooled_sd_within_groups():
    spread = seed_spread([[1.0, 3.0], [5.0], [10.0, 10.0]])
    assert spread.degrees == 2
    assert spread.sd == pytest.approx(1.0)
    assert seed_spread([[1.0], [2.0]]) is None


def test_two_seeds_that_come_close_by_luck_do_not_make_a_small_sd():
    """The means of a and b agree, their attributes do not."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 400))
    least = least_seed_sd([paired_difference(a, b, np.eye(400))])
    assert least == pytest.approx(1 / np.sqrt(400), rel=0.1)  # sd of the mean of one run
    assert seed_spread([[0.5, 0.5]], least).sd == least
    assert least_seed_sd([]) == 0


def test_groups_of_seeds_are_compared_by_students_t():
    first, other = [1.0, 1.2, 1.4], [2.0, 2.1, 2.5]
    found = difference_over_seeds(first, other, seed_spread([first, other]))
    expected = stats.ttest_ind(other, first).confidence_interval(0.95)
    assert [found.low, found.high] == pytest.approx(list(expected))
    assert found.beyond_chance


def test_runs_are_grouped_when_nothing_but_their_seed_differs():
    settings = {"a": ("x", 0), "b": ("y", 0), "c": ("x", 1), "d": ("x", 0)}
    differing = {
        (one, other): {
            name
            for name, u, v in zip(("cae", "seed"), settings[one], settings[other], strict=True)
            if u != v
        }
        for one in settings
        for other in settings
    }
    # d is the first run again: it says nothing of seeds.
    assert same_but_for_the_seed(differing, list(settings)) == [["a", "c"], ["b"], ["d"]]
