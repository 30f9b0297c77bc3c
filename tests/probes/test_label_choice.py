import numpy as np
import pytest

from mlflow_latents.data.labels import Label, labels_of
from mlflow_latents.errors import InputError
from mlflow_latents.probes.label_choice import choose_labels, leave_out_rare

N = 1000
SPLIT = np.array(["train"] * 800 + ["test"] * 200)


def binary(positives, held_out=100, name="hat"):
    values = np.zeros(N)
    values[:positives] = 1
    values[800 : 800 + held_out] = 1
    return Label(name, name, "binary", values)


def number(known=N, name="size"):
    values = np.random.default_rng(0).standard_normal(N)
    values[known:] = np.nan
    return Label(name, name, "continuous", values)


def names(labels):
    return [label.name for label in labels]


def test_takes_all_that_enough_images_show():
    chosen, left_out = choose_labels([binary(50), number(), binary(750, name="no hat")], SPLIT)
    assert names(chosen) == ["hat", "size", "no hat"]
    assert left_out == {}


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        (binary(49), "'hat' has 49 training images with it, and 50 are needed"),
        (binary(751), "'hat' has 49 training images without it, and 50 are needed"),
        (binary(100, 9), "'hat' has 9 test images with it, and 10 are needed"),
        (binary(100, 0), "'hat' is the same in all test images"),
        (binary(0), "'hat' is the same in all training images"),
        (number(40), "'size' has 40 training images whose value is known, and 50"),
        (number(800), "'size' has 0 test images whose value is known, and 10"),
    ],
)
def test_leaves_out_with_one_sentence_or_refuses_what_was_asked_for(label, sentence):
    chosen, left_out = choose_labels([label, binary(300, name="other")], SPLIT)
    assert names(chosen) == ["other"]
    assert sentence in left_out[label.name]
    assert left_out[label.name].endswith("choose another one, or more images.")
    with pytest.raises(InputError, match=sentence):
        choose_labels([label, binary(300, name="other")], SPLIT, [label.name])


def test_names_are_of_labels_or_of_attributes_with_all_their_classes():
    rng = np.random.default_rng(0)
    attributes = {"digit": rng.integers(0, 4, N), "hat": rng.random(N) < 0.5}
    labels = labels_of(attributes, np.flatnonzero(SPLIT == "train"))
    assert names(choose_labels(labels, SPLIT, ["digit"])[0]) == [f"digit {i}" for i in range(4)]
    chosen, left_out = choose_labels(labels, SPLIT, ["hat", "digit 2", "hat"])
    assert names(chosen) == ["hat", "digit 2"]
    assert left_out == {}


def test_a_rare_class_of_a_named_attribute_is_left_out():
    labels = [
        Label("digit 0", "digit", "class", binary(400).values),
        Label("digit 1", "digit", "class", binary(20).values),
    ]
    chosen, left_out = choose_labels(labels, SPLIT, ["digit"])
    assert names(chosen) == ["digit 0"]
    assert list(left_out) == ["digit 1"]


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(InputError, match="no attribute 'glasses': choose among hat, size"):
        choose_labels([binary(300), number()], SPLIT, ["glasses"])


def test_attributes_of_one_value_are_told():
    attributes = {"hat": np.arange(N) % 2, "head": np.ones(N)}
    labels = labels_of(attributes, np.flatnonzero(SPLIT == "train"))
    chosen, left_out = choose_labels(labels, SPLIT, attributes=attributes)
    assert names(chosen) == ["hat"]
    assert "'head' is the same in all training images" in left_out["head"]
    assert choose_labels(labels, SPLIT, ["hat"], attributes)[1] == {}
    with pytest.raises(InputError, match="'head' is the same in all training images"):
        choose_labels(labels, SPLIT, ["head"], attributes)


def test_attributes_of_many_rare_classes_or_of_no_value_are_told():
    """Three labels for each of many persons: no person is shown often enough."""
    attributes = {
        "person": np.arange(N) // 3,
        "height": np.full(N, np.nan),
        "weight": np.where(np.arange(N) < 400, 1.5, np.nan),
        "hat": np.arange(N) % 2,
    }
    attributes["person"] = attributes["person"].astype(str)
    train = np.flatnonzero(SPLIT == "train")
    chosen, left_out = choose_labels(labels_of(attributes, train), SPLIT, None, attributes)
    assert names(chosen) == ["hat"]
    assert left_out["person"] == (
        "Attribute 'person' varies too little: none of its classes has 5 training images: choose "
        "another one, or more images."
    )
    assert "'height' is unknown in all training images:" in left_out["height"]
    assert "'weight' is the same in all training images:" in left_out["weight"]


def test_labels_known_for_too_few_training_images_for_the_dimensions_are_left_out():
    labels = [number(56, "few"), number(57, "enough"), binary(300)]
    assert leave_out_rare(labels, SPLIT, 51) == (
        labels[1:],
        {
            "few": "Attribute 'few' is known for 56 training images, and 57 are needed with 51 "
            "latent dimensions: choose another one, or more images."
        },
    )
    assert leave_out_rare(labels, SPLIT, 50) == (labels, {})
    with pytest.raises(InputError, match=r"None of the 1 attributes .* 'few' is known for 56"):
        leave_out_rare(labels[:1], SPLIT, 51)


def test_says_what_can_be_done_where_nothing_is_left():
    with pytest.raises(InputError, match=r"no attributes that vary .* maps need none"):
        choose_labels([], SPLIT)
    with pytest.raises(InputError, match=r"None of the 1 attributes .* 'hat' has 3 training"):
        choose_labels([binary(3)], SPLIT)
