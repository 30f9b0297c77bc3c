import numpy as np
import pytest
import statsmodels.api as sm

from mlflow_latents.stats.label_regression import regress_on


def test_slopes_and_leverages_are_those_of_least_squares():
    rng = np.random.default_rng(0)
    labels = np.column_stack([rng.random(200) < 0.3, rng.standard_normal((200, 2))]).astype(float)
    labels[:, 1] += labels[:, 0]
    labels[5:9, 2] = np.nan
    known = np.isfinite(labels).all(axis=1)
    x = rng.standard_normal((200, 3)) + labels[:, [0]]
    regression = regress_on(labels, (0, 1, 2))
    for column in range(3):
        fit = sm.OLS(x[known, column], sm.add_constant(labels[known])).fit()
        slopes = [regression.slope_weights(each, each == 0) @ x[:, column] for each in range(3)]
        sd = np.array([1, labels[known, 1].std(), labels[known, 2].std()])
        np.testing.assert_allclose(slopes, fit.params[1:] * sd)
        residuals = x[:, column] - regression.design @ regression.coefficients(x)[:, column]
        np.testing.assert_allclose(residuals[known], fit.resid, atol=1e-12)
        leverage = fit.get_influence().hat_matrix_diag
    np.testing.assert_allclose(regression.widening[known], 1 / np.sqrt(1 - leverage))


def test_a_label_that_the_others_determine_has_no_slope():
    classes = np.eye(3)[np.random.default_rng(1).integers(3, size=60)]
    regression = regress_on(classes, (0, 1, 2))
    assert all(np.isnan(regression.weights(each)).all() for each in range(3))
    other = np.column_stack([classes, np.arange(60.0)])
    assert np.isfinite(regress_on(other, (0, 1, 2, 3)).weights(3)).all()


@pytest.mark.parametrize("known", [0, 5, 11])
def test_too_few_vectors_have_no_slope(known):
    labels = np.where(np.arange(40) < known, np.arange(40.0), np.nan)[:, None]
    assert np.isnan(regress_on(labels, (0,)).weights(0)).all()
    assert np.isfinite(regress_on(labels, (0,)).unit_influence(0, False)).all()


def test_influence_of_a_vector_on_the_unit_of_a_slope():
    labels = np.random.default_rng(2).standard_normal((50, 2))
    labels[7, 0] = np.nan
    influence = regress_on(labels, (0, 1)).unit_influence(1, False)
    known = np.isfinite(labels).all(axis=1)
    variance = labels[known, 1].var()
    for row in (3, 7, 30):
        # The derivative of the variance with respect to the vector's weight.
        weights = known + 1e-6 * known * (np.arange(50) == row)
        centred = labels[:, 1] - weights @ labels[:, 1] / weights.sum()
        changed = weights @ centred**2 / weights.sum() / variance - 1
        assert influence[row] == pytest.approx(1e6 * changed, abs=1e-4)
    assert not regress_on(labels, (0, 1)).unit_influence(1, True).any()
