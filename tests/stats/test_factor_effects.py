import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_latents.stats.factor_effects import ADDITIVE, REPLICATES, factor_effects

# Survival times of Box and Cox (1964), Journal of the Royal Statistical Society B 26, table 1:
# three poisons, four treatments, four animals.
POISONS = """
.31 .45 .46 .43  .82 1.10 .88 .72  .43 .45 .63 .76  .45 .71 .66 .62
.36 .29 .40 .23  .92 .61 .49 1.24  .44 .35 .31 .40  .56 1.02 .71 .38
.22 .21 .18 .23  .30 .37 .38 .29   .23 .25 .24 .22  .30 .36 .31 .33
"""
SURVIVAL = np.array(POISONS.split(), dtype=float)
DESIGN = {
    "poison": np.repeat(["I", "II", "III"], 16),
    "treatment": np.tile(np.repeat(list("ABCD"), 4), 3),
}


def by_level(found, factor):
    return {c.level: c for c in found.contrasts if c.factor == factor}


def test_a_published_two_way_analysis():
    found = factor_effects(SURVIVAL, DESIGN)
    f = {test.factors: test.statistic for test in (*found.omnibus, *found.interactions)}
    assert f == pytest.approx(
        {("poison",): 23.22, ("treatment",): 13.81, ("poison", "treatment"): 1.87}, abs=0.006
    )
    assert found.fit.error == REPLICATES
    assert by_level(found, "treatment")["B"].estimate == pytest.approx(0.3625, abs=1e-4)


def test_unbalanced_cells_have_equal_weight_and_the_robust_error_of_statsmodels():
    kept = np.r_[0:5, 7:20, 22:48]
    y, labels = SURVIVAL[kept], {name: column[kept] for name, column in DESIGN.items()}
    found = by_level(factor_effects(y, labels), "poison")["III"]
    cell = np.char.add(labels["poison"], labels["treatment"])
    names, code = np.unique(cell, return_inverse=True)
    # With one mean per cell, HC2 is s^2 / n of each.
    fitted = sm.OLS(y, np.eye(len(names))[code]).fit(cov_type="HC2")
    weights = np.array([0.25 * (n[:-1] == "III") - 0.25 * (n[:-1] == "I") for n in names])
    test = fitted.t_test(weights)
    assert found.estimate == pytest.approx(test.effect[0])
    assert found.standard_error == pytest.approx(test.sd[0, 0])


def test_without_replicates_the_residual_of_the_additive_model_is_the_error():
    means = SURVIVAL.reshape(12, 4).mean(1)
    labels = {name: column[::4] for name, column in DESIGN.items()}
    found = factor_effects(means, labels)
    assert found.fit.error == ADDITIVE
    peer = smf.ols("y ~ C(poison) + C(treatment)", pd.DataFrame({"y": means, **labels})).fit()
    for factor in labels:
        for level, contrast in by_level(found, factor).items():
            name = f"C({factor})[T.{level}]"
            assert contrast.estimate == pytest.approx(peer.params[name])
            assert contrast.pvalue == pytest.approx(peer.pvalues[name])
            assert contrast.interval() == pytest.approx(tuple(peer.conf_int().loc[name]))
    anova = sm.stats.anova_lm(peer, typ=2)
    for test in found.omnibus:
        assert test.pvalue == pytest.approx(anova.loc[f"C({test.factors[0]})", "PR(>F)"])
    assert np.isnan(found.interactions[0].pvalue)


def test_missing_cells_are_filled_by_the_additive_model():
    kept = ~((DESIGN["poison"] == "III") & np.isin(DESIGN["treatment"], ["A", "D"]))
    y, labels = SURVIVAL[kept], {name: column[kept] for name, column in DESIGN.items()}
    found = factor_effects(y, labels)
    assert found.fit.empty == 2
    assert found.fit.error == REPLICATES
    cells = {name: column[::4] for name, column in labels.items()}
    frame = pd.DataFrame({"y": y.reshape(-1, 4).mean(1), **cells})
    peer = smf.ols("y ~ C(poison) + C(treatment)", frame).fit()
    assert by_level(found, "treatment")["B"].estimate == pytest.approx(
        peer.params["C(treatment)[T.B]"]
    )
    assert found.interactions[0].pvalue > 0


def test_factors_that_change_together_cannot_be_told_apart():
    y, x = np.arange(8.0), ["a", "a", "a", "a", "b", "b", "b", "b"]
    found = factor_effects(y, {"x": x, "twin": x, "other": ["p", "q"] * 4})
    estimates = {contrast.factor: contrast.estimate for contrast in found.contrasts}
    assert np.isnan([estimates["x"], estimates["twin"]]).all()
    assert estimates["other"] == pytest.approx(1)
    assert np.isnan({t.factors: t.pvalue for t in found.omnibus}[("x",)])


@settings(max_examples=25)
@given(st.permutations(["A", "B", "C", "D"]), st.floats(-50, 50), st.floats(0.001, 1000))
def test_order_of_levels_and_scale_change_nothing_else(order, shift, scale):
    plain = factor_effects(SURVIVAL, DESIGN)
    found = factor_effects(
        scale * (SURVIVAL + shift), DESIGN, {"treatment": order, "poison": ["I", "II", "III"]}
    )
    before, after = by_level(plain, "treatment"), by_level(found, "treatment")
    at = {"A": 0.0} | {level: contrast.estimate for level, contrast in before.items()}
    for level, contrast in after.items():
        assert contrast.reference == order[0]
        assert contrast.estimate / scale == pytest.approx(at[level] - at[order[0]], abs=1e-9)
        if order[0] == "A":
            assert contrast.pvalue == pytest.approx(before[level].pvalue, rel=1e-6)
    for one, other in zip(
        (*plain.omnibus, *plain.interactions), (*found.omnibus, *found.interactions), strict=True
    ):
        assert other.pvalue == pytest.approx(one.pvalue, rel=1e-6)
