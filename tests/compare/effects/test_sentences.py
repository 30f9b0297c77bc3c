import numpy as np
import pytest

from mlflow_latents.compare.effects import (
    MEASURES,
    brief_sentences,
    corrections,
    effect_sentences,
    find_effects,
    headline_sentences,
)

FACTOR = "tags.mlflow_latents.factor."
RATIO, SWD = MEASURES[0], MEASURES[5]
NAMED = "The variance ratio of d2"


def told(frame, *factors_and_measures):
    found = effect_sentences(find_effects(frame, *factors_and_measures))
    return [each.replace("\u00a0", " ") for each in found]


def test_a_change_is_claimed_only_where_chance_does_not_explain_it(study):
    sentences = told(study())
    (ratio,) = [s for s in sentences if s.startswith(f"{NAMED} changes")]
    assert "changes with batch_norm: beside batch_norm False, × 0.5" in ratio
    of_swd = [s for s in sentences if "SWD" in s]
    assert len(of_swd) == 2
    for sentence in of_swd:
        assert "no change of the SWD" in sentence


def test_what_looked_like_a_change_before_the_correction_is_told(study):
    rng = np.random.default_rng(3)
    frame = study(dims=("8",), replicates=4)
    frame[f"metrics.{SWD}"] = np.exp(np.tile([-0.1, 0, 0.1, 0], 2)) * np.repeat([1, 1.2], 4)
    for i in range(9):
        frame[f"metrics.noise{i}"] = rng.standard_normal(len(frame))
    assert "changes" in told(frame, None, [SWD])[0]
    (sentence,) = [
        s for s in told(frame, None, [SWD, *(f"noise{i}" for i in range(9))]) if "SWD" in s
    ]
    assert "no change" in sentence
    assert "Without correction there would be one at True" in sentence
    noisy = find_effects(frame, None, [SWD, *(f"noise{i}" for i in range(9))])
    assert "remains after the correction for many tests" in brief_sentences(noisy)[0]


def test_lost_runs_and_empty_cells_are_told(study):
    frame = study()
    gone = (frame[f"{FACTOR}batch_norm"] == "True") & (frame[f"{FACTOR}latent_dim"] == "16")
    frame.loc[gone, "status"] = "FAILED"
    frame.loc[0, f"metrics.{RATIO}"] = np.nan
    sentences = told(frame)
    assert any(
        s.startswith("Of the variance ratio of d2 1 of 6 cells are empty") for s in sentences
    )
    assert any(s.startswith("1 of 15 runs lack the variance ratio of d2 or") for s in sentences)
    assert "3 of 18 runs did not finish and do not count." in sentences


def test_infinity_as_mlflow_stores_it_is_missing(study):
    frame = study()
    clean = told(frame.drop(index=0), None, [RATIO])
    frame.loc[0, f"metrics.{RATIO}"] = 1.7976931348623157e308
    sentences = told(frame, None, [RATIO])
    assert sentences[: len(clean)] == clean
    assert (
        "1 of 18 runs lack the variance ratio of d2 or have no finite value of it" in sentences[-1]
    )


def test_what_does_not_vary_is_told_as_it_is(study):
    frame = study()
    frame["metrics.rank"] = 250.0
    frame["metrics.parameters"] = np.where(frame[f"{FACTOR}batch_norm"] == "True", 11.0, 10.0)
    sentences = told(frame, ["batch_norm"], ["rank", "parameters"])
    assert sentences[0] == "The rank is 250 in all runs."
    assert "+1 at True; without replicates that vary, nothing can be said" in sentences[1]


def test_without_replicates_the_sentences_say_so(study):
    frame = study(replicates=1)
    assert "There are no replicates" in corrections(find_effects(frame, measures=[RATIO]))[1]
    assert "without replicates that vary, nothing" in told(frame[:3], None, [RATIO])[0]


def test_a_cell_that_borrows_its_error_is_told(study):
    sentences = told(study()[2:], None, [RATIO])
    assert any("cells with a single run are taken to vary like the mean" in s for s in sentences)


def test_factors_that_change_together_are_told(study):
    frame = study(dims=("8",))
    frame[f"{FACTOR}twin"] = frame[f"{FACTOR}batch_norm"]
    assert "Nothing can be said of True, since cells are empty." in told(frame, None, [RATIO])[0]


def test_levels_with_commas_are_quoted(study):
    frame = study(batch_norm=("False",), dims=("faces, normal", "faces, bimodal"))
    sentence = told(frame, None, [RATIO])[0]
    assert "beside" not in sentence or "beside latent_dim “faces, normal”" in sentence
    assert "at “faces, bimodal”" in sentence


def test_means_that_go_up_and_down_by_chance_are_not_said_to_turn(study):
    frame = study(batch_norm=("False",), dims=("2", "4", "8", "16"))
    means = frame.groupby(f"{FACTOR}latent_dim")[f"metrics.{RATIO}"].mean()
    assert not means.loc[["2", "4", "8", "16"]].is_monotonic_increasing
    assert not any("one way" in s for s in told(frame, None, [RATIO]))
    frame.loc[frame[f"{FACTOR}latent_dim"] == "4", f"metrics.{RATIO}"] *= 2
    assert "do not go one way: higher at 4 than at" in told(frame, None, [RATIO])[0]


def test_where_nothing_can_be_tested_no_number_of_tests_is_told(study):
    frame = study(replicates=1, dims=("8",))
    text = " ".join(corrections(find_effects(frame, measures=[RATIO])))
    assert "there are no p-values" in text
    assert "the 0 tests" not in text


def test_in_brief_the_largest_change_and_its_way(study):
    brief = [x.replace("\u00a0", " ") for x in brief_sentences(find_effects(study()))]
    assert brief[0].startswith("batch_norm changes the variance ratio of d2: × 0.5")
    assert brief[0].endswith("at True beside False, towards an MND.")
    assert brief[1].startswith("latent_dim: no change of the variance ratio of d2 is shown")
    (alone,) = brief_sentences(find_effects(study(replicates=1, dims=("8",))))
    assert alone.endswith("without replicates that vary, chance is unknown.")


def test_the_rates_that_are_held_are_told(study):
    found = find_effects(study())
    text = " ".join(corrections(found))
    assert "with a probability of at most 5 %" in text
    assert "overall false discovery rate" in text
    assert "It is not held that all sentences of a page are true at once" in text
    changes = [each for each in headline_sentences(found) if "changes" in each]
    assert changes
    assert set(changes) <= set(effect_sentences(found))


@pytest.mark.parametrize("replicates", [3, 5])
def test_pages_without_effects_seldom_tell_one(study, replicates):
    """Of 40 pages of five null measures at most as many as the 99.9 % point of 5 % in 40: 7."""
    wrong = 0
    for seed in range(40):
        frame = study(batch_norm=("False",), dims=tuple("abcd"), replicates=replicates)
        rng = np.random.default_rng(seed)
        names = [f"m{i}" for i in range(5)]
        for name in names:
            frame[f"metrics.{name}"] = rng.standard_normal(len(frame))
        wrong += any(" changes " in each for each in told(frame, None, names))
    assert wrong <= 7
