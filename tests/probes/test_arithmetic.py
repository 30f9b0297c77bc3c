from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_latents.data.labels import Label
from mlflow_latents.errors import InputError
from mlflow_latents.models import decode, encode
from mlflow_latents.probes import arithmetic
from mlflow_latents.probes.arithmetic import MOVED, STEPS, moved_along, probe_arithmetic
from mlflow_latents.probes.arithmetic_table import means, metrics, rows
from mlflow_latents.stats.gaussian import fit_gaussian

NAMES = ("plain", "tied", "companion", "twofold", "alone")


class FactorJudge:
    """Reads the factors of hand-made images without error, the rounding of pixels aside."""

    def __init__(self, handmade, scale=1.0):
        self.labels = [Label(name, name, "binary", np.zeros(1)) for name in NAMES]
        self._read = scale * np.linalg.pinv(handmade.patterns)[:, : len(NAMES)]

    def __call__(self, images):
        return (images.reshape(len(images), -1) / 255 - 0.5) @ self._read


@pytest.fixture(scope="module")
def bench(handmade):
    """What the probe is given, with the true axes of the factors."""
    z = encode(handmade.encoder, handmade.images)
    train, test = handmade.images.indices("train"), handmade.images.indices("test")
    fit = fit_gaussian(z[train])
    factors = handmade.factors[train]
    one_by_one = np.linalg.pinv(handmade.mixing) @ (fit.axes * np.sqrt(fit.variances))
    # The slope on one factor alone is its column of the covariance, on all of them the mixing.
    together = np.linalg.pinv(one_by_one)
    axes, partial = (
        (together @ each)[:, : len(NAMES)].T for each in (np.cov(factors.T), np.eye(10))
    )
    axes, partial = (each / np.linalg.norm(each, axis=1)[:, None] for each in (axes, partial))
    return SimpleNamespace(
        white=fit.whiten(z[test]),
        fit=fit,
        axes=axes,
        partial=partial,
        decode=lambda z: decode(handmade.decoder, z),
        photographs=handmade.images.images[test],
        judge=FactorJudge(handmade),
    )


def probed(bench, names=NAMES, **options):
    return probe_arithmetic(
        bench.white,
        bench.decode,
        bench.fit,
        bench.axes,
        bench.partial,
        bench.judge,
        names,
        **options,
    )


@pytest.fixture(scope="module")
def found(bench):
    def features(images):
        return images.reshape(len(images), -1)[:, :6] / 255.0

    return probed(bench, features=features, photographs=bench.photographs)


def test_moving_by_one_sd_changes_a_factor_by_its_sd(found, handmade):
    """The judge is exact, its logit's sd being that of the factor; 1000 images tell it to 2 %."""
    for response in found.response(found.plain):
        assert response.value == pytest.approx(1, abs=0.08)
    # What the others explain cannot be moved: 0.8 = sqrt(1 - 0.6²).
    partial = [each.value for each in found.response(found.partial)]
    assert partial == pytest.approx([1, 0.8, 0.8, 1, 1], abs=0.08)
    assert found.n == MOVED
    np.testing.assert_allclose(found.plain.curve[4], np.array(STEPS), atol=0.25)
    assert np.all(np.diff(found.plain.probability, axis=1) > 0)


def test_what_goes_together_leaks_along_the_axis_and_not_along_the_partial_one(found):
    tied, companion, alone = (NAMES.index(name) for name in ("tied", "companion", "alone"))
    assert found.plain.change[tied, companion] == pytest.approx(0.6, abs=0.05)
    assert found.plain.change[companion, tied] == pytest.approx(0.6, abs=0.05)
    assert found.partial.change[tied, companion] == pytest.approx(0, abs=0.02)
    others = np.arange(5) != alone
    np.testing.assert_allclose(found.plain.change[alone, others], 0, atol=0.03)
    leakage, partial = found.leakage(found.plain), found.leakage(found.partial)
    assert leakage[[tied, companion]] == pytest.approx(0.6 / np.sqrt(4), abs=0.04)
    assert abs(leakage[alone]) < 0.03
    assert np.abs(partial).max() < 0.03


def test_bringing_vectors_back_to_their_level_weakens_the_answer(found):
    """Over 10 dimensions, 3 sd are much of a vector's own length, about 3.2."""
    plain, restored = (found.response(way) for way in (found.plain, found.restored))
    assert all(
        after.value < 0.8 * before.value for before, after in zip(plain, restored, strict=True)
    )


def test_the_middle_of_every_curve_is_no_change(found):
    middle = STEPS.index(0)
    for way in (found.plain, found.partial, found.restored):
        np.testing.assert_array_equal(way.curve[:, middle], 0)
    assert found.plain.probability[:, middle] == pytest.approx(
        found.restored.probability[:, middle]
    )


def test_units_of_the_logits_do_not_matter(bench, found, handmade):
    other = probed(replace_judge(bench, FactorJudge(handmade, scale=7.0)))
    np.testing.assert_allclose(other.plain.change, found.plain.change, rtol=1e-9, atol=1e-12)


def replace_judge(bench, judge):
    return SimpleNamespace(**{**vars(bench), "judge": judge})


def test_it_is_repeatable_and_the_seed_chooses_the_images(bench, found):
    again, other = (probed(bench, seed=seed) for seed in (0, 1))
    np.testing.assert_array_equal(again.plain.change, found.plain.change)
    assert not np.array_equal(other.plain.curve, found.plain.curve)


def test_errors_are_those_of_the_means(bench):
    """Over many choices of images the means scatter as their errors say."""
    results = [
        probe_arithmetic(
            bench.white[60 * i : 60 * i + 60],
            bench.decode,
            bench.fit,
            bench.axes[:1],
            bench.partial[:1],
            bench.judge,
            NAMES[:1],
            steps=(0, 4),
        ).restored
        for i in range(19)
    ]
    changes = np.array([each.change[0] for each in results])
    errors = np.array([each.change_error[0] for each in results])
    # Own logits apart: there the common scale, whose error is left out, matters.
    ratio = changes.std(axis=0, ddof=1)[1:] / errors.mean(axis=0)[1:]
    assert np.all((ratio > 0.55) & (ratio < 1.6))


def test_classes_of_one_attribute_are_no_leakage(bench, handmade):
    judge = FactorJudge(handmade)
    judge.labels = [
        replace(label, attribute="pair" if label.name in ("tied", "companion") else label.name)
        for label in judge.labels
    ]
    found = probed(replace_judge(bench, judge))
    assert abs(found.leakage(found.plain)[NAMES.index("tied")]) < 0.03
    judge.labels = [replace(label, attribute="one") for label in judge.labels]
    found = probed(replace_judge(bench, judge))
    assert np.isnan(found.leakage(found.plain)).all()


def test_an_attribute_that_does_not_answer_has_no_leakage(found):
    """Below two errors, what leaks beside it has no measure."""
    error = found.plain.change_error.copy()
    error[2, 2] = 0.51 * found.plain.change[2, 2]
    unsure = replace(found.plain, change_error=error)
    assert np.isnan(found.leakage(unsure)).tolist() == [False, False, True, False, False]


def test_labels_that_the_judge_does_not_know_are_left_out(bench):
    found = probed(bench, names=("plain", "odd", "companion", "strange", "alone"))
    assert found.names == ("plain", "companion", "alone")
    assert found.own.tolist() == [0, 2, 4]
    assert found.plain.change.shape == (3, 5)
    assert found.response(found.plain)[1].value == pytest.approx(1, abs=0.08)


def test_as_many_are_moved_as_asked_for(bench, monkeypatch):
    monkeypatch.setattr(arithmetic, "MOST_UNMOVED", 50)
    assert probed(bench, names=NAMES[:1], steps=(0, 1), moved=80).n == 80


def test_a_target_that_never_varies_does_not_hide_what_others_leak(bench, found, handmade):
    judge = FactorJudge(handmade)
    judge._read[:, NAMES.index("alone")] = 0
    constant = probed(replace_judge(bench, judge))
    leakage = constant.leakage(constant.plain)
    expected = found.leakage(found.plain)[:4] * np.sqrt(4 / 3)  # one target fewer
    np.testing.assert_allclose(leakage[[1, 2]], expected[[1, 2]], atol=0.01)
    assert np.isfinite(leakage).tolist() == [True, True, True, True, False]


def test_numbers_are_not_seen_with_a_probability(bench, found, handmade):
    table = rows(found)
    assert table[0]["probability_low"] == found.plain.probability[0, 0]
    assert table[0]["probability_high"] == found.plain.probability[0, -1]
    judge = FactorJudge(handmade)
    judge.labels = [replace(judge.labels[0], kind="continuous"), *judge.labels[1:]]
    first, second, *_ = rows(probed(replace_judge(bench, judge)))
    assert first["probability_low"] is first["probability_high"] is None
    assert 0 < second["probability_low"] < second["probability_high"] < 1


def test_means_of_a_pair_are_over_the_same_axes(bench, found):
    partial = bench.partial.copy()
    partial[NAMES.index("tied")] = np.nan
    fewer = probed(SimpleNamespace(**{**vars(bench), "partial": partial}))
    leakage = np.delete(fewer.leakage(fewer.plain), NAMES.index("tied"))
    numbers = metrics(fewer)
    assert numbers["attributes/leakage_mean"] == pytest.approx(leakage.mean())
    assert leakage.mean() != pytest.approx(fewer.leakage(fewer.plain).mean(), abs=0.01)
    kept = np.delete(fewer.leakage(fewer.partial), NAMES.index("tied"))
    assert numbers["attributes/leakage_partial_mean"] == pytest.approx(kept.mean())
    nowhere = probed(SimpleNamespace(**{**vars(bench), "partial": np.nan * partial}))
    assert means(nowhere)["leakage"] == pytest.approx(found.leakage(found.plain).mean())
    assert np.isnan(means(nowhere)["leakage_partial"])


def test_without_a_partial_axis_there_are_no_numbers_for_it(bench):
    partial = bench.partial.copy()
    partial[1] = np.nan
    found = probed(SimpleNamespace(**{**vars(bench), "partial": partial}))
    assert np.isnan(found.partial.change[1]).all()
    assert np.isnan(found.leakage(found.partial)).tolist() == [False, True, False, False, False]
    numbers = metrics(found)
    assert "attributes/tied/leakage_partial" not in numbers
    assert "attributes/tied/leakage" in numbers
    assert rows(found)[1]["leakage_partial"] is None


@pytest.mark.parametrize("steps", [(1, 2), (0,), (0, 1, 1), (0, 0, 1)])
def test_steps_that_are_none(bench, steps):
    with pytest.raises(InputError, match=r"^steps are .*give different numbers of sd, 0 among"):
        probed(bench, steps=steps)


def test_nothing_to_judge(bench):
    with pytest.raises(InputError, match="knows none of the labels"):
        probed(bench, names=["a", "b", "c", "d", "e"])
    with pytest.raises(InputError, match="white holds 1 vectors"):
        probed(SimpleNamespace(**{**vars(bench), "white": bench.white[:1]}))


def test_looks(found):
    """Moved by 3 sd, single pixels leave the range of photographs; brought back they do less."""
    looks = found.looks
    assert len(looks.moved) == len(looks.restored) == 5
    for before, after in zip(looks.moved, looks.restored, strict=True):
        assert before.value > after.value
        assert before.error > 0
    assert looks.unmoved.value < min(each.value for each in looks.restored)
    assert looks.difference.value < -3 * looks.difference.error


def test_metrics_and_rows(found):
    numbers = metrics(found, {"tied": 0.75, "alone": 0.5}, correlations=["alone"])
    assert numbers["attributes/tied/judge_auc"] == 0.75
    assert numbers["attributes/alone/judge_correlation"] == 0.5
    assert "attributes/plain/judge_auc" not in numbers
    response = found.response(found.plain)
    assert numbers["attributes/tied/response"] == response[1].value
    assert numbers["attributes/tied/response_error"] == response[1].error
    assert numbers["attributes/response_mean"] == pytest.approx(
        np.mean([r.value for r in response])
    )
    assert numbers["attributes/leakage_mean"] == pytest.approx(found.leakage(found.plain).mean())
    assert numbers["attributes/frechet_difference"] == found.looks.difference.value
    assert all(np.isfinite(value) for value in numbers.values())
    table = rows(found, {"tied": 0.75})
    assert [row["attribute"] for row in table] == list(NAMES)
    assert (table[1]["most_changed"], table[1]["judge"]) == ("companion", 0.75)
    assert table[1]["most_change"] == pytest.approx(0.6, abs=0.05)
    assert table[0]["judge"] is None


def test_names_that_mlflow_refuses(found):
    names = "a(b)", *found.names[1:]
    numbers = metrics(replace(found, names=names, given=names))
    assert "attributes/a_b_/response" in numbers


def test_names_are_the_same_beside_labels_that_the_judge_does_not_know(bench, handmade):
    """The first, "a+", is unknown to the judge, and has the name "a_" in the other metrics."""
    judge = FactorJudge(handmade)
    judge.labels[1] = replace(judge.labels[1], name="a#")
    numbers = metrics(probed(replace_judge(bench, judge), names=("a+", "a#", *NAMES[2:])))
    assert "attributes/a_ 2/response" in numbers
    assert "attributes/a_/response" not in numbers


@given(st.integers(0, 2**31), st.floats(-6, 6), st.integers(2, 9))
@settings(max_examples=30, deadline=None)
def test_moved_vectors_keep_their_radius_where_restored(seed, step, rank):
    rng = np.random.default_rng(seed)
    white, axis = rng.standard_normal((5, rank)), rng.standard_normal(rank)
    axis /= np.linalg.norm(axis)
    plain, restored = (moved_along(white, axis, [step], restore)[0] for restore in (False, True))
    np.testing.assert_allclose((plain - white) @ axis, step, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(plain - white, axis=1), abs(step), atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(restored, axis=1), np.linalg.norm(white, axis=1))
    directions = [each / np.linalg.norm(each, axis=1)[:, None] for each in (plain, restored)]
    np.testing.assert_allclose(*directions, atol=1e-9)


def test_the_centre_can_be_restored():
    moved = moved_along(np.zeros((1, 3)), np.eye(3)[0], [0, 2], restore=True)
    np.testing.assert_array_equal(moved, 0)
