import numpy as np
import pytest
from scipy import stats

from mlflow_latents.compare.effects import MEASURES, cell_means, effects_table, interactions_table
from mlflow_latents.errors import InputError

FACTOR = "tags.mlflow_latents.factor."
RATIO, GAIN, SWD = MEASURES[0], MEASURES[2], MEASURES[5]


def row_of(table, measure, factor, level):
    found = table[
        (table["measure"] == measure) & (table["factor"] == factor) & (table["level"] == level)
    ]
    assert len(found) == 1
    return found.iloc[0]


def test_effects_are_ratios_and_differences_with_intervals(table):
    ratio = row_of(table, RATIO, "batch_norm", "True")
    assert (ratio["scale"], ratio["reference"]) == ("ratio", "False")
    assert ratio["low"] < 0.5 < ratio["high"]
    assert ratio["simultaneous_low"] < ratio["low"] < ratio["high"] < ratio["simultaneous_high"]
    assert ratio["pvalue"] < ratio["pvalue_holm"] < 0.05
    assert ratio["factor_pvalue_holm"] < 0.05
    trend = row_of(table, GAIN, "latent_dim", "doubling")
    assert trend["scale"] == "difference"
    assert trend["effect"] == pytest.approx(0.001, rel=0.02)
    assert table["n"].eq(18).all()
    assert table["lost"].eq(0).all()


def test_one_factor_of_two_levels_is_welchs_test_of_logarithms(study):
    frame = study(dims=("8",))
    table = effects_table(frame, measures=[SWD])
    low, high = (
        np.log(frame[f"metrics.{SWD}"][frame[f"{FACTOR}batch_norm"] == level])
        for level in ("False", "True")
    )
    welch = stats.ttest_ind(high, low, equal_var=False)
    assert table["pvalue"].tolist() == pytest.approx([welch.pvalue])
    interval = np.exp(welch.confidence_interval())
    assert table.loc[0, ["low", "high"]].tolist() == pytest.approx(interval.tolist())


def test_p_values_are_corrected_over_all_measures(study):
    frame = study(dims=("8",))
    alone = effects_table(frame, measures=[RATIO])
    assert alone["pvalue_holm"].tolist() == alone["pvalue"].tolist()
    for i in range(4):
        frame[f"metrics.noise{i}"] = np.tile([1.0, 2 + i, 3], 2)
    many = effects_table(frame, measures=[RATIO, *(f"noise{i}" for i in range(4))])
    assert many["pvalue_holm"][0] == pytest.approx(5 * alone["pvalue"][0])
    assert many["factor_pvalue_holm"][0] == pytest.approx(5 * alone["pvalue"][0])


def test_lost_runs_are_counted_and_cells_may_be_empty(study):
    frame = study()
    gone = (frame[f"{FACTOR}batch_norm"] == "True") & (frame[f"{FACTOR}latent_dim"] == "16")
    frame.loc[gone, "status"] = "FAILED"
    frame.loc[0, f"metrics.{RATIO}"] = np.nan
    table = effects_table(frame)
    assert row_of(table, RATIO, "batch_norm", "True")["lost"] == 4
    assert row_of(table, SWD, "batch_norm", "True")["lost"] == 3
    assert table["empty_cells"].eq(1).all()
    assert row_of(table, RATIO, "batch_norm", "True")["effect"] == pytest.approx(0.5, rel=0.05)
    cells = cell_means(frame, measures=[RATIO])
    assert cells["n"].tolist() == [2, 3, 3, 3, 0, 3]
    assert cells["lost"].tolist() == [1, 0, 0, 0, 3, 0]


def test_cell_means_are_those_of_pandas(study):
    frame = study()
    cells = cell_means(frame, ["latent_dim", "batch_norm"], [SWD])
    assert cells["latent_dim"].drop_duplicates().tolist() == ["8", "16", "64"]
    groups = frame.groupby([f"{FACTOR}latent_dim", f"{FACTOR}batch_norm"])[f"metrics.{SWD}"]
    for _, cell in cells.iterrows():
        values = groups.get_group((cell["latent_dim"], cell["batch_norm"]))
        assert (cell["mean"], cell["sd"]) == pytest.approx((values.mean(), values.std()))
    assert cell_means(frame, ["batch_norm"], [SWD])["n"].tolist() == [9, 9]


def test_a_factor_that_nobody_asks_for_is_no_error(study):
    frame = study()
    frame[f"metrics.{RATIO}"] *= 3.0 ** frame[f"{FACTOR}latent_dim"].astype(float).map(np.log2)
    table = effects_table(frame, ["batch_norm"], [RATIO])
    assert table["factor"].tolist() == ["batch_norm"]
    assert table["cells"].tolist() == [6]
    assert table["pvalue"][0] < 1e-4
    assert interactions_table(frame, ["batch_norm"], [RATIO]).empty


def test_parameters_are_factors_too(study):
    frame = study().drop(columns=[f"{FACTOR}batch_norm", f"{FACTOR}latent_dim"])
    frame["params.depth"] = ["2", "4"] * 9
    table = effects_table(frame, ["depth"], [SWD])
    assert (
        table["effect"].tolist() == effects_table(frame, ["params.depth"], [SWD])["effect"].tolist()
    )


def test_interactions_are_tested_and_found(study):
    frame = study()
    both = (frame[f"{FACTOR}batch_norm"] == "True") & (frame[f"{FACTOR}latent_dim"] == "64")
    frame.loc[both, f"metrics.{RATIO}"] *= 2
    table = interactions_table(frame).set_index("measure")
    assert table.loc[RATIO, "pvalue_holm"] < 0.001
    assert table.loc[SWD, "pvalue_holm"] > 0.05
    assert (table["factor"] + table["other"]).unique() == ["batch_normlatent_dim"]
    assert interactions_table(study(replicates=1))["pvalue"].isna().all()


def test_a_measure_must_be_there_at_two_levels(study):
    frame = study()
    frame.loc[frame[f"{FACTOR}batch_norm"] == "True", f"metrics.{SWD}"] = np.nan
    notes = effects_table(frame, measures=[SWD]).attrs["notes"]
    assert notes == (f"{SWD} is there at one level of batch_norm only.",)
    with pytest.raises(InputError, match=f"{SWD} is there at one level of batch_norm only"):
        effects_table(frame, ["batch_norm"], [SWD])


def test_all_levels_must_be_given(study):
    with pytest.raises(InputError, match="'64', which is not among its levels 8, 16"):
        effects_table(study(), {"latent_dim": ["8", "16"]})
