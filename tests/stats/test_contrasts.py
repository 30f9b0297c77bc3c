import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlflow_latents.stats.cell_means import fit_cells
from mlflow_latents.stats.contrasts import level_contrasts, mean_table, turn_of


def by_level(y, x):
    return {contrast.level: contrast for contrast in level_contrasts(fit_cells(y, {"x": x}))}


@settings(max_examples=30)
@given(st.integers(2, 6), st.integers(2, 6), st.floats(0.1, 20), st.integers(0, 99))
def test_two_levels_are_welchs_t_test(m, n, scatter, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal(m), scatter * rng.standard_normal(n) + 1
    found = by_level(np.r_[a, b], ["a"] * m + ["b"] * n)["b"]
    welch = stats.ttest_ind(b, a, equal_var=False)
    assert found.reference == "a"
    assert found.pvalue == pytest.approx(welch.pvalue)
    assert found.df == pytest.approx(welch.df)
    interval = welch.confidence_interval()
    assert found.interval() == pytest.approx((interval.low, interval.high))


@pytest.mark.parametrize("noisy", [None, "a", "d"])
def test_intervals_cover_whatever_varies_most(noisy):
    rng = np.random.default_rng(0)
    x = np.repeat(list("abcd"), 3)
    values = rng.standard_normal((400, 12)) * np.where(x == noisy, 10.0, 1.0)
    ends = np.array([by_level(y, x)["b"].interval() for y in values])
    # Pooled variances would cover 0.95, 0.77 and 1.00.
    assert 0.92 <= np.mean((ends[:, 0] <= 0) & (ends[:, 1] >= 0)) <= 0.985


def test_a_single_run_counts_with_the_degrees_of_freedom_that_it_borrows():
    contrast = by_level([0.0, 2.0, 5.0, 9.0, 20.0], list("aabbc"))["c"]
    assert contrast.standard_error == pytest.approx(np.sqrt(2 / 2 + (2 + 8) / 2))
    # One source of two: (2/2 + 2/2) of the first, 8/2 of the second.
    assert contrast.df == pytest.approx(6**2 / (2**2 + 4**2))


def test_replicates_that_do_not_vary_say_nothing_of_chance():
    contrast = by_level([0.1, 0.1, 0.1, 0.7, 0.7, 0.7], list("aaabbb"))["b"]
    assert contrast.estimate == pytest.approx(0.6)
    assert contrast.standard_error == 0
    assert np.isnan(contrast.pvalue)


def test_where_nothing_repeats_and_nothing_is_left_no_interval_is_given():
    found = by_level([1.0, 2.0, 4.0], ["1", "2", "4"])
    assert [c.estimate for c in found.values()] == pytest.approx([1, 3, 1.5])
    assert np.isnan([(c.pvalue, *c.interval()) for c in found.values()]).all()


def test_the_trend_is_the_slope_per_doubling_or_per_unit():
    x = np.repeat(["2", "8", "256"], 3)
    scatter = np.tile([-0.1, 0, 0.1], 3)
    slope = by_level(3 * np.log2(x.astype(float)) + scatter, x)["doubling"]
    assert slope.is_trend
    assert slope.estimate == pytest.approx(3)
    x = np.repeat(["0", "1", "5"], 3)
    assert by_level(-2 * x.astype(float) + scatter, x)["unit"].estimate == pytest.approx(-2)
    assert list(by_level(scatter[:6], ["1"] * 3 + ["2"] * 3)) == ["2"]


def test_means_over_the_other_factor_weigh_cells_equally():
    y = np.array([1.0, 3.0, 5.0, 5.0, 8.0, 9.0, 13.0])
    fit = fit_cells(y, {"x": list("aaaabbb"), "z": list("ppqqppq")})
    assert mean_table(fit, ["x"]).means == pytest.approx([(2 + 5) / 2, (8.5 + 13) / 2])
    assert mean_table(fit, []).means == pytest.approx((2 + 5 + 8.5 + 13) / 4)
    whole = mean_table(fit, ["z", "x"])
    assert whole.levels == (("p", "q"), ("a", "b"))
    assert whole.means == pytest.approx(np.array([[2, 8.5], [5, 13]]))
    single = stats.ttest_1samp(y[:2], 0).confidence_interval()
    assert (whole.low[0, 0], whole.high[0, 0]) == pytest.approx((single.low, single.high))


def test_there_is_no_mean_of_an_empty_cell():
    fit = fit_cells([1.0, 2.0, 3.0, 4.0], {"x": list("aabb"), "z": list("pqpp")})
    table = mean_table(fit, ["x", "z"])
    assert np.isnan(table.means).tolist() == [[False, False], [False, True]]


def test_means_beside_empty_cells_differ_as_the_effects_do():
    """z adds 10, and level b of x lacks a value there: raw means of x would say that b is less."""
    x, z = list("aaaabb"), list("ppqqpp")
    y = np.array([0.0, 0.2, 10.0, 10.2, 1.0, 1.2])
    fit = fit_cells(y, {"x": x, "z": z})
    table = mean_table(fit, ["x"])
    (effect,) = (c.estimate for c in level_contrasts(fit) if c.level == "b")
    assert effect == pytest.approx(1)
    assert np.diff(table.means) == pytest.approx([effect])
    assert table.means == pytest.approx([5.1, 6.1])
    assert mean_table(fit, []).means == pytest.approx(5.6)


def test_a_mean_that_the_cells_cannot_tell_is_none():
    fit = fit_cells([1.0, 2.0, 5.0, 6.0], {"x": list("aabb"), "z": list("ppqq")})
    table = mean_table(fit, ["x"])
    assert np.isnan([table.means, table.low, table.high]).all()


def test_means_turn_only_where_both_steps_are_clear():
    x = np.repeat(["1", "2", "4"], 3)
    scatter = np.tile([-0.1, 0, 0.1], 3)
    y = scatter + np.repeat([0.0, 1.0, 0.0], 3)
    turn = turn_of(fit_cells(y, {"x": x}), "x")
    assert (turn.first, turn.level, turn.last, turn.is_top) == ("1", "2", "4", True)
    # Of three pairs Holm takes the two clear ones three times and, equal, as often.
    assert turn.pvalue == pytest.approx(3 * stats.ttest_ind(y[3:6], y[:3], equal_var=False).pvalue)
    y = scatter + np.repeat([0.0, 1.0, 0.9], 3)
    assert turn_of(fit_cells(y, {"x": x}), "x").pvalue > 0.1
    assert turn_of(fit_cells(scatter + np.repeat([0.0, 1.0, 2.0], 3), {"x": x}), "x") is None
    assert not turn_of(fit_cells(-y, {"x": x}), "x").is_top


@pytest.mark.parametrize("value", [8.0, 0.1, 1e-9, 3e7])
def test_equal_means_differ_by_nothing_not_by_rounding(value):
    """Six levels and another factor: weights of a pseudo-inverse are not exact."""
    x, other = np.repeat(list("abcdef"), 6), np.tile(np.repeat(list("uvw"), 2), 6)
    y = np.where(x == "f", 2 * value, value) * np.ones(36)
    y[-1] *= 1.5
    fit = fit_cells(y, {"x": x, "other": other})
    found = {(c.factor, c.level): c for c in level_contrasts(fit)}
    for level in "bcde":
        assert found["x", level].estimate == 0.0
        assert found["x", level].standard_error == 0.0
    assert found["x", "f"].estimate == pytest.approx(value * 7 / 6)
    table = mean_table(fit, ["x"])
    assert np.isnan(table.low[:5]).all()
    assert table.means[:5] == pytest.approx(value)


def test_means_of_zeros_are_zero():
    x, other = np.repeat(list("abc"), 4), np.tile(list("uuvv"), 3)
    y = np.array([0.0, 1, 1, 1, *[0.0] * 8])
    table = mean_table(fit_cells(y, {"x": x, "other": other}), ["x"])
    np.testing.assert_array_equal(table.means[1:], [0.0, 0.0])
    assert not np.signbit(table.means).any()
