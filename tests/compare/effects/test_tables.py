import numpy as np
import pytest
from scipy import stats

from mlflow_latents.compare.effects import MEASURES, effects_table, interactions_table
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
    assert ratio["pvalue"] < ratio["pvalue_corrected"] < 0.05
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


def test_p_values_are_corrected_in_two_stages(study):
    frame = study(dims=("8",))
    alone = effects_table(frame, measures=[RATIO])
    assert alone["pvalue_corrected"].tolist() == pytest.approx(alone["pvalue"].tolist())
    for i in range(4):
        frame[f"metrics.noise{i}"] = np.tile([1.0, 2 + i, 3], 2)
    many = effects_table(frame, measures=[RATIO, *(f"noise{i}" for i in range(4))])
    # One of five families passes.
    assert many["pvalue_corrected"][0] == pytest.approx(5 * alone["pvalue"][0])
    assert many["factor_pvalue_holm"][0] == pytest.approx(5 * alone["pvalue"][0])


def test_a_numeric_factor_may_turn(study):
    frame = study(dims=("8", "16", "64"), batch_norm=("False",))
    assert not effects_table(frame, measures=[GAIN])["turn_pvalue_corrected"].lt(0.05).any()
    middle = frame[f"{FACTOR}latent_dim"] == "16"
    frame.loc[middle, f"metrics.{RATIO}"] *= 2
    trend = row_of(effects_table(frame, measures=[RATIO]), RATIO, "latent_dim", "doubling")
    assert trend["turn"] == "higher at 16 than at 8 and at 64"
    assert trend["turn_pvalue_corrected"] < 0.01


def test_errors_in_pixels_of_other_images_are_not_compared(study):
    frame = study(dims=("8", "16"))
    frame["params.resolution"] = frame[f"{FACTOR}latent_dim"]
    table = effects_table(frame, measures=[RATIO, SWD])
    pairs = set(zip(table["measure"], table["factor"], strict=True))
    assert (SWD, "batch_norm") in pairs
    assert (RATIO, "latent_dim") in pairs
    assert (SWD, "latent_dim") not in pairs
    with pytest.raises(InputError, match="cannot be compared between levels of latent_dim"):
        effects_table(frame, ["latent_dim"], [SWD])


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
    assert "The SWD of images from the ellipsoid is there at one level of batch_norm only." in notes
    with pytest.raises(InputError, match=f"{SWD} is there at one level of batch_norm only"):
        effects_table(frame, ["batch_norm"], [SWD])


def test_all_levels_must_be_given(study):
    with pytest.raises(InputError, match="'64', which is not among its levels 8, 16"):
        effects_table(study(), {"latent_dim": ["8", "16"]})
