import numpy as np

from mlflow_latents.compare.effects import MEASURES, effect_sentences, effects_table

FACTOR = "tags.mlflow_latents.factor."
RATIO, SWD = MEASURES[0], MEASURES[5]


def test_a_change_is_claimed_only_where_chance_does_not_explain_it(table):
    sentences = effect_sentences(table)
    (ratio,) = [s for s in sentences if s.startswith(f"{RATIO} changes")]
    assert "batch_norm" in ratio
    assert "beside batch_norm False, × 0.5" in ratio
    assert "corrected for 12 comparisons" in ratio
    of_swd = [s for s in sentences if s.startswith(SWD)]
    assert len(of_swd) == 2
    for sentence in of_swd:
        assert "no change with" in sentence
        assert "are compatible with the runs" in sentence


def test_what_looked_like_a_change_before_the_correction_is_told(study):
    rng = np.random.default_rng(3)
    frame = study(dims=("8",), replicates=4)
    frame[f"metrics.{SWD}"] = np.exp(np.tile([-0.1, 0, 0.1, 0], 2)) * np.repeat([1, 1.2], 4)
    for i in range(9):
        frame[f"metrics.noise{i}"] = rng.standard_normal(len(frame))
    assert "changes" in effect_sentences(effects_table(frame, measures=[SWD]))[0]
    many = effects_table(frame, measures=[SWD, *(f"noise{i}" for i in range(9))])
    (sentence,) = [s for s in effect_sentences(many) if s.startswith(SWD)]
    assert "no change" in sentence
    assert "Judged alone there would be one at True" in sentence


def test_lost_runs_and_empty_cells_are_told(study):
    frame = study()
    gone = (frame[f"{FACTOR}batch_norm"] == "True") & (frame[f"{FACTOR}latent_dim"] == "16")
    frame.loc[gone, "status"] = "FAILED"
    frame.loc[0, f"metrics.{RATIO}"] = np.nan
    told = effect_sentences(effects_table(frame))
    of_cells = "1 of 6 cells are empty: the effects hold where the factors act independently"
    assert f"{of_cells} of each other." in told
    assert f"4 replicates are lost or not done yet: 14 runs count ({RATIO})." in told
    assert "3 of 18 runs did not finish and do not count." in told


def test_what_does_not_vary_is_told_as_it_is(study):
    frame = study()
    frame["metrics.rank"] = 250.0
    frame["metrics.parameters"] = np.where(frame[f"{FACTOR}batch_norm"] == "True", 11.0, 10.0)
    told = effect_sentences(effects_table(frame, ["batch_norm"], ["rank", "parameters"]))
    assert told[0] == "rank is 250 in all 18 runs."
    assert told[1].endswith("where replicates do not vary nothing can be said about chance.")
    assert "+1 at True" in told[1]


def test_without_replicates_the_sentences_say_so(study):
    frame = study(replicates=1)
    told = " ".join(effect_sentences(effects_table(frame, measures=[RATIO])))
    assert "There are no replicates: the error is what an additive model leaves" in told
    told = effect_sentences(effects_table(frame[:3], measures=[RATIO]))
    assert "without replicates nothing can be said about chance" in told[0]


def test_a_cell_that_borrows_its_error_is_told(study):
    told = effect_sentences(effects_table(study()[2:], measures=[RATIO]))
    assert "Cells with a single run are taken to vary like the mean of the others." in told


def test_factors_that_change_together_are_told(study):
    frame = study(dims=("8",))
    frame[f"{FACTOR}twin"] = frame[f"{FACTOR}batch_norm"]
    told = effect_sentences(effects_table(frame, measures=[RATIO]))
    assert "the effect at True cannot be told apart from those of other factors" in told[0]


def test_levels_with_commas_are_quoted(study):
    frame = study(batch_norm=("False",), dims=("faces, normal", "faces, bimodal"))
    (sentence,) = effect_sentences(effects_table(frame, measures=[RATIO]))
    assert "beside latent_dim “faces, normal”" in sentence
    assert "at “faces, bimodal”" in sentence
