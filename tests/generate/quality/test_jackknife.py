import numpy as np
import pytest

from mlflow_latents.generate.quality.jackknife import (
    GROUPS,
    LEFT_OUT,
    estimate,
    group_of,
    group_sums,
    groups,
    kept_groups,
    median,
)


def of_means(values, function):
    """Estimate of a function of the mean of all values."""
    sums = group_sums(np.column_stack([np.ones(len(values)), values]))

    def statistic(out):
        n, *totals = sums[kept_groups(out)].sum(axis=0)
        return function(np.array(totals) / n)

    return estimate(statistic)


def test_groups_are_dealt_out_in_turn():
    of = group_of(23)
    assert np.bincount(of).tolist() == [3, 3, 3, 2, 2, 2, 2, 2, 2, 2]
    for group, rows in enumerate(groups(23)):
        np.testing.assert_array_equal(np.flatnonzero(of == group), np.arange(23)[rows])
    assert len(LEFT_OUT) == len(set(LEFT_OUT)) == 1 + GROUPS + 45


def test_the_error_of_a_mean_is_that_of_the_means_of_groups():
    values = np.random.default_rng(0).exponential(size=50)
    found = of_means(values, lambda mean: mean[0])
    means = [values[rows].mean() for rows in groups(50)]
    assert found.value == pytest.approx(values.mean())
    assert found.error == pytest.approx(np.std(means, ddof=1) / np.sqrt(GROUPS))


@pytest.mark.parametrize(
    ("function", "centre"),
    [
        (lambda mean: mean[0], 0),
        (lambda mean: np.square(mean).sum(), 0),
        (lambda mean: np.square(mean).sum(), 0.5),
        (lambda mean: np.abs(mean).sum(), 0),
    ],
)
def test_errors_are_those_of_repeated_samples(function, centre):
    """Without the correction that of the squares at 0 would be 1.4 times too large."""
    rng = np.random.default_rng(1)
    found = [of_means(centre + rng.standard_normal((40, 8)), function) for _ in range(500)]
    sd = np.std([each.value for each in found])
    assert np.mean([each.error for each in found]) == pytest.approx(sd, rel=0.12)


def test_the_median_and_its_error():
    rng = np.random.default_rng(0)
    found = [median(rng.exponential(size=101)) for _ in range(500)]
    values = [each.value for each in found]
    assert np.mean(values) == pytest.approx(np.log(2), rel=0.05)
    assert np.mean([each.error for each in found]) == pytest.approx(np.std(values), rel=0.15)
    assert median(np.ones(10)).error == 0


@pytest.mark.parametrize("n", [11, 40])
def test_the_error_of_the_median_is_that_of_bootstrap_samples(n):
    rng = np.random.default_rng(0)
    values = np.exp(rng.standard_normal(n))
    samples = np.median(rng.choice(values, (40_000, n)), axis=1)
    assert median(values).error == pytest.approx(samples.std(), rel=0.05)
