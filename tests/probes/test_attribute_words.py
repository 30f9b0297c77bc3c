"""What was found of attributes, in sentences."""

from types import SimpleNamespace

import numpy as np
import pytest

from mlflow_latents.generate.quality import Estimate
from mlflow_latents.probes.attribute_words import attribute_sentences


def attribute(name, value, measure="auc", values=None, positions="neither", **rest):
    law = SimpleNamespace(
        values=values and SimpleNamespace(kind=values), positions=SimpleNamespace(kind=positions)
    )
    control = Estimate(0.6, 0.01)
    return SimpleNamespace(
        **{
            "name": name,
            "measure": measure,
            "score": Estimate(value, 0.01),
            "controls": {"pca": None, "untrained": None},
            "score_of": lambda _: control,
            "where": None,
            "alone": None,
            "law": law,
            **rest,
        }
    )


def report(*found):
    return SimpleNamespace(
        found=found,
        together=[each.name for each in found],
        explained=0.064,
        whole=SimpleNamespace(variance_ratio=21.3),
    )


def moved(response, leakage, partial=None, looks=None):
    """What arithmetic found of as many axes: responses, and leakage along both kinds of axes."""
    leaks = {"plain": leakage, "partial": leakage if partial is None else partial}
    return SimpleNamespace(
        names=("Male", "Dull", "Young", "Bald")[: len(response)],
        plain="plain",
        partial="partial",
        restored="restored",
        response=lambda _: [Estimate(value, 0.01) for value in response],
        leakage=lambda way: np.array(leaks[way]),
        looks=looks,
    )


def test_readings_stand_beside_controls_and_name_best_and_worst():
    found = attribute("Male", 0.95), attribute("Big_Lips", 0.65), attribute("age", 0.4, "r2")
    classes, numbers, *_ = attribute_sentences(report(*found), None, None)
    assert "tells 2 attributes and classes" in classes
    assert "mean area under the curve of 0.800" in classes
    assert "principal components of the pixels 0.600, an untrained encoder 0.600" in classes
    assert classes.endswith("best Male (0.950), worst Big_Lips (0.650).")
    assert "tells 1 number of held-out images" in numbers
    assert "mean R² of 0.400" in numbers


def test_places_and_classes_by_themselves():
    where = SimpleNamespace(low=1.0, distance=2.41)
    by_chance = SimpleNamespace(low=-0.2, distance=0.3)
    alone = [SimpleNamespace(kind=kind, variance_ratio=r) for kind, r in (("normal", 1), ("x", 9))]
    found = (
        attribute("Male", 0.95, where=where, alone=alone[0]),
        attribute("Dull", 0.5, where=by_chance, alone=alone[1]),
    )
    words = " ".join(attribute_sentences(report(*found), None, None))
    assert "All attributes together explain 6 % of the latent variance" in words
    assert "between their centres: Male (2.4 sd)." in words
    assert "Of 2 classes of at least 5 d vectors, judged by themselves, 1 looks normal" in words
    assert "run from 1 to 9 (1 is normal); that of all vectors is 21.3." in words


def test_laws_of_numbers_are_counted_by_their_truth():
    found = (
        attribute("a", 0.9, "r2", values="normal", positions="normal"),
        attribute("b", 0.9, "r2", values="normal"),
        attribute("c", 0.9, "r2", values="bimodal", positions="bimodal"),
    )
    words = " ".join(attribute_sentences(report(*found), None, None))
    assert "Of the 2 numbers that are normal among the images, 1 is normal along" in words
    assert "Of the 1 number that is bimodal among the images, 1 is bimodal along" in words


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (
            ("x", "x", "x"),
            "none looks normal, none cannot be decided, and the others are not (x 3); their",
        ),
        (
            ("normal", "normal", "undecided"),
            "2 look normal, 1 cannot be decided; their variance ratios",
        ),
    ],
)
def test_classes_are_one_or_several(kinds, words):
    found = [
        attribute(str(i), 0.9, alone=SimpleNamespace(kind=kind, variance_ratio=1))
        for i, kind in enumerate(kinds)
    ]
    assert words in " ".join(attribute_sentences(report(*found), None, None))


def test_attributes_unknown_for_some_images_are_not_said_to_explain_together():
    told = report(attribute("Male", 0.9), attribute("part", 0.9))
    told.together = ["Male"]
    words = " ".join(attribute_sentences(told, None, None))
    assert "All attributes that are known for every training image together explain 6 %" in words
    told.explained = np.nan
    assert "explain" not in " ".join(attribute_sentences(told, None, None))


@pytest.mark.parametrize(
    ("value", "words"),
    [(-0.07, "equally near"), (-0.5, "look nearer to"), (0.5, "look farther from")],
)
def test_looks_are_told_apart_only_beyond_chance(value, words):
    looks = SimpleNamespace(difference=Estimate(value, 0.04))
    arithmetic = moved([0.5, 0.02], [0.4, np.nan], looks=looks)
    told = " ".join(attribute_sentences(report(attribute("Male", 0.9)), arithmetic, None))
    assert words in told
    assert "Hardly anything comes of moving along Dull." in told
    assert "changes 0.40 times as much" in told


def said(arithmetic):
    return " ".join(attribute_sentences(report(attribute("Male", 0.9)), arithmetic, None))


def test_axes_that_work_in_reverse_are_told_apart_from_weak_ones():
    told = said(moved([0.5, -0.02, -0.9], [0.4, np.nan, 0.2]))
    assert "Hardly anything comes of moving along Dull." in told
    assert "Moving up the axes of Young does the reverse" in told
    assert "reverse" not in said(moved([0.5, -0.02], [0.4, np.nan]))


def test_only_attributes_that_have_a_response_are_counted():
    told = said(moved([0.5, np.nan, 0.7], [0.4, np.nan, 0.2]))
    assert "by 0.60 of its sd, mean over 2 attributes (0.60 when" in told
    assert "Dull" not in told
    nothing = said(moved([np.nan, np.nan], [np.nan, np.nan]))
    assert "sd" not in nothing
    assert "nan" not in nothing


def test_leakage_along_both_axes_is_over_the_same_attributes():
    told = said(moved([0.5] * 4, [0.1, 0.2, 0.9, np.nan], [0.05, 0.15, np.nan, 0.7]))
    assert "changes 0.15 times as much (root mean square); along partial axes, 0.10 times" in told
    told = said(moved([0.5] * 2, [0.1, 0.3], [np.nan, np.nan]))
    assert "changes 0.20 times as much (root mean square)." in told
