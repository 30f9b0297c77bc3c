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
    return SimpleNamespace(found=found, explained=0.064, whole=SimpleNamespace(variance_ratio=21.3))


def test_readings_stand_beside_controls_and_name_best_and_worst():
    found = attribute("Male", 0.95), attribute("Big_Lips", 0.65), attribute("age", 0.4, "r2")
    classes, numbers, *_ = attribute_sentences(report(*found), None, None)
    assert "tells 2 attributes and classes" in classes
    assert "mean area under the curve of 0.800" in classes
    assert "principal components of the pixels 0.600, an untrained encoder 0.600" in classes
    assert classes.endswith("best Male (0.950), worst Big_Lips (0.650).")
    assert "1 numbers" in numbers
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
    assert "explain 6 % of the latent variance" in words
    assert "between their centres: Male (2.4 sd)." in words
    assert "1 of the 2 classes" in words
    assert "run from 1 to 9 (1 is normal); that of all vectors is 21.3." in words


def test_laws_of_numbers_are_counted_by_their_truth():
    found = (
        attribute("a", 0.9, "r2", values="normal", positions="normal"),
        attribute("b", 0.9, "r2", values="normal"),
        attribute("c", 0.9, "r2", values="bimodal", positions="bimodal"),
    )
    words = " ".join(attribute_sentences(report(*found), None, None))
    assert "Of the 2 numbers that are normal among the images, 1 are normal" in words
    assert "Of the 1 numbers that are bimodal among the images, 1 are bimodal" in words


@pytest.mark.parametrize(
    ("value", "words"),
    [(-0.07, "equally near"), (-0.5, "look nearer to"), (0.5, "look farther from")],
)
def test_looks_are_told_apart_only_beyond_chance(value, words):
    way = object()
    arithmetic = SimpleNamespace(
        names=("Male", "Dull"),
        plain=way,
        partial=way,
        restored=way,
        response=lambda _: [Estimate(0.5, 0.01), Estimate(0.02, 0.01)],
        leakage=lambda _: np.array([0.4, np.nan]),
        looks=SimpleNamespace(difference=Estimate(value, 0.04)),
    )
    told = " ".join(attribute_sentences(report(attribute("Male", 0.9)), arithmetic, None))
    assert words in told
    assert "Hardly anything comes of moving along Dull." in told
    assert "changes 0.40 times as much" in told
