import numpy as np
import pytest
from scipy import stats

from mlflow_latents.stats.cell_means import fit_cells
from mlflow_latents.stats.f_tests import factor_tests, interaction_tests

Y = np.random.default_rng(0).standard_normal(24)
X, Z = np.repeat(list("ab"), 12), np.tile(np.repeat(list("pqr"), 4), 2)


def test_two_levels_are_welchs_t_squared():
    y, x = np.r_[Y[:3], 5 * Y[3:9]], ["a"] * 3 + ["b"] * 6
    (test,) = factor_tests(fit_cells(y, {"x": x}))
    welch = stats.ttest_ind(y[:3], y[3:], equal_var=False)
    assert test.statistic == pytest.approx(welch.statistic**2)
    assert test.error_df == pytest.approx(welch.df)
    assert test.pvalue == pytest.approx(welch.pvalue)


def test_equal_scatter_gives_the_classical_f():
    y = np.tile([-1.0, 0, 1], 4) + np.repeat([0, 1, 3, 0.5], 3)
    (test,) = factor_tests(fit_cells(y, {"x": np.repeat(list("abcd"), 3)}))
    classical = stats.f_oneway(*y.reshape(4, 3))
    assert (test.statistic, test.df, test.error_df) == pytest.approx((classical.statistic, 3, 8))
    assert test.pvalue == pytest.approx(classical.pvalue)


def test_what_adds_up_is_no_interaction():
    effect = 3.0 * (X == "b") + 2.0 * (Z == "r")
    tests = {
        name: interaction_tests(fit_cells(y, {"x": X, "z": Z}))[0]
        for name, y in {
            "plain": Y,
            "added": Y + effect,
            "crossed": Y + 9 * (X == "b") * (Z == "r"),
        }.items()
    }
    assert tests["plain"].factors == ("x", "z")
    assert tests["added"].pvalue == pytest.approx(tests["plain"].pvalue)
    assert tests["crossed"].pvalue < 1e-4


def test_without_replicates_there_is_no_test_of_interactions():
    fit = fit_cells(Y[::4], {"x": X[::4], "z": Z[::4]})
    (test,) = interaction_tests(fit)
    assert test.factors == ("x", "z")
    assert np.isnan([test.statistic, test.df, test.error_df, test.pvalue]).all()
    assert all(each.pvalue > 0 for each in factor_tests(fit))
