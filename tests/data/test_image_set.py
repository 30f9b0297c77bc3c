import numpy as np
import pytest

from mlflow_latents.data import ImageSet
from mlflow_latents.errors import InputError


def image_set(**changes):
    fields = {
        "name": "mine",
        "images": np.zeros((4, 5, 6, 3), np.uint8),
        "split": np.array(["train", "test", "train", "validation"]),
        "names": np.array(list("abcd")),
        "digest": "0" * 32,
        "source": "here",
        "attributes": {"label": np.arange(4)},
    }
    return ImageSet(**(fields | changes))


def test_indices_and_shape():
    images = image_set()
    assert images.shape == (5, 6, 3)
    assert len(images) == 4
    assert images.indices("train").tolist() == [0, 2]
    assert images.indices("validation").tolist() == [3]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"images": np.zeros((4, 5, 6, 3))}, "type float64"),
        ({"images": np.zeros((4, 5, 6), np.uint8)}, r"shape \(4, 5, 6\)"),
        ({"images": np.zeros((4, 5, 6, 2), np.uint8)}, r"shape \(4, 5, 6, 2\)"),
        ({"images": np.zeros((0, 5, 6, 3), np.uint8)}, "is empty"),
        ({"split": np.array(["train"])}, "'split' has shape"),
        ({"split": np.array(["train", "test", "dev", "train"])}, "unknown split 'dev'"),
        ({"names": np.array(list("abca"))}, "several images of the same name"),
        ({"attributes": {"label": np.arange(3)}}, "'label' has shape"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes, says):
    with pytest.raises(InputError, match=says):
        image_set(**changes)


def test_an_unknown_split_is_refused():
    with pytest.raises(InputError, match="no split 'dev'"):
        image_set().indices("dev")
