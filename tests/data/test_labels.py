"""Attributes as columns of numbers."""

import numpy as np

from mlflow_latents.data.labels import MOST_CLASSES, labels_of


def columns(values, train=slice(None)):
    values = np.asarray(values)
    return labels_of({"it": values}, np.arange(len(values))[train])


def test_two_values_are_one_column():
    (label,) = columns(["no", "yes", "no"])
    assert (label.name, label.attribute, label.kind) == ("it", "it", "binary")
    assert label.values.tolist() == [0, 1, 0]


def test_classes_are_a_column_each():
    labels = columns([3] * 5 + [7] * 6 + [9] * 5 + [11])
    assert [label.name for label in labels] == ["it 3", "it 7", "it 9"]  # one 11 is too few
    assert {label.kind for label in labels} == {"class"}
    assert {label.attribute for label in labels} == {"it"}
    assert [label.values.sum() for label in labels] == [5, 6, 5]


def test_numbers_stay_numbers():
    (label,) = columns([0.5, 1.5, -2.0])
    assert label.kind == "continuous"
    assert label.values.tolist() == [0.5, 1.5, -2.0]
    (many,) = columns(np.arange(MOST_CLASSES + 1))
    assert many.kind == "continuous"


def test_what_is_not_known_is_nan():
    (binary,) = columns([0.0, 1.0, np.nan, 1.0])
    np.testing.assert_array_equal(binary.values, [0, 1, np.nan, 1])
    (number,) = columns([0.0, 1.0, np.inf, 3.0])
    np.testing.assert_array_equal(number.values, [0, 1, np.nan, 3])


def test_a_value_that_no_training_image_has_is_not_known():
    (label,) = columns(["no", "yes", "no", ""], slice(3))
    np.testing.assert_array_equal(label.values, [0, 1, 0, np.nan])


def test_what_is_equal_in_all_training_images_is_left_out():
    assert columns([1, 1, 1, 0], slice(3)) == []
    assert columns([np.nan, 2.0, 2.0]) == []
