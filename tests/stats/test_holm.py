import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from mlflow_latents.stats.holm import holm, stagewise


@pytest.mark.parametrize("largest", [0.01, 1.0])
def test_the_correction_is_that_of_statsmodels(largest):
    pvalues = np.round(np.random.default_rng(0).uniform(0, largest, 40), 3)
    np.testing.assert_allclose(holm(pvalues), multipletests(pvalues, method="holm")[1])


def test_p_values_that_are_missing_do_not_count():
    np.testing.assert_allclose(holm([0.01, np.nan, 0.04, 0.03]), [0.03, np.nan, 0.06, 0.06])
    assert np.isnan(holm([np.nan])).all()
    assert not holm([]).size


def test_two_stages_by_hand():
    screening = {"a": 0.001, "b": 0.02, "c": 0.5, "none": np.nan}
    within = {"a": [0.004, 0.01, np.nan], "b": [0.02], "c": [0.0001], "none": [np.nan]}
    screened, corrected = stagewise(screening, within)
    assert screened == pytest.approx({"a": 0.003, "b": 0.04, "c": 0.5, "none": np.nan}, nan_ok=True)
    # Two of three families pass: Holm within each, times 3/2.
    np.testing.assert_allclose(corrected["a"], [0.012, 0.015, np.nan])
    np.testing.assert_allclose(corrected["b"], [0.04])
    np.testing.assert_allclose(corrected["c"], [0.5])
    assert np.isnan(corrected["none"]).all()


@pytest.mark.parametrize("false", [0, 1, 5, 10])
def test_both_rates_are_held_where_families_are_false_in_part(false):
    """Ten families of a control and nine levels with three values each, one level shifted in some.

    Judged at full 5 % within each family that passes, a tenth of the families has a false level
    among five false ones already at `false=1`.
    """
    rng = np.random.default_rng(false)
    families, levels, times = 10, 9, 300
    pages, shares = 0, 0.0
    for _ in range(times):
        y = rng.standard_normal((families, levels + 1, 3))
        y[:false, -1] += 12
        screening = dict(enumerate(stats.f_oneway(*np.moveaxis(y, 1, 0), axis=1).pvalue))
        spread = np.sqrt(2 / 3 * y.var(axis=2, ddof=1).mean(axis=1))[:, None]
        t = (y[:, 1:].mean(axis=2) - y[:, :1].mean(axis=2)) / spread
        pvalues = 2 * stats.t.sf(np.abs(t), 2 * (levels + 1))
        screened, corrected = stagewise(screening, dict(enumerate(pvalues)))
        found = np.array(list(corrected.values())) < 0.05
        if false:
            assert found[:false, -1].all()
        wrong = (found[:false, :-1].any(axis=1)).sum() + found[false:].any(axis=1).sum()
        passed = sum(p < 0.05 for p in screened.values())
        pages += any(screened[i] < 0.05 for i in range(false, families))
        shares += wrong / max(passed, 1)
    beyond = stats.binom.isf(1e-3, times, 0.05) / times
    assert pages / times <= beyond
    assert shares / times <= beyond
