import numpy as np
import pytest

from mlflow_latents.plots import to_png
from mlflow_latents.plots.attribute_strips import draw_attribute_strips
from mlflow_latents.probes.strips import AttributeStrips


def strips(labels, faces=2, steps=7, shape=(64, 64, 3)):
    rng = np.random.default_rng(0)
    coarse = rng.integers(60, 200, (labels, faces, steps, 4, 4, shape[2]), dtype=np.uint8)
    plain = coarse.repeat(shape[0] // 4, 3).repeat(shape[1] // 4, 4)
    names = tuple(f"an attribute of long name {i}" for i in range(labels))
    where = np.linspace(-3, 3, steps)
    return AttributeStrips(names, where, plain, plain[:, :, [0, -1]])


@pytest.mark.parametrize(
    ("labels", "faces", "steps", "shape"),
    [(5, 2, 7, (64, 64, 3)), (1, 1, 2, (8, 8, 1)), (2, 3, 5, (32, 16, 3))],
)
def test_draws_every_image(labels, faces, steps, shape):
    each = strips(labels, faces, steps, shape)
    figure = draw_attribute_strips(each)
    (page,) = figure.axes
    assert len(page.images) == labels * faces * (steps + 2)
    first = each.plain[0, 0, 0]
    np.testing.assert_array_equal(
        page.images[0].get_array(), first if shape[2] == 3 else first[..., 0]
    )
    assert len(to_png(figure)) < 200_000


def test_texts_never_overlap():
    figure = draw_attribute_strips(strips(3))
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    pictures = [image.get_window_extent() for image in figure.axes[0].images]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i] + pictures)


def test_steps_are_written_above_their_images():
    figure = draw_attribute_strips(strips(1, steps=3))
    page = figure.axes[0]
    texts = {text.get_text(): text.get_position()[0] for text in page.texts}
    left, right, *_ = page.images[0].get_extent()
    assert texts["0"] > right
    steps = [text for text in page.texts if text.get_text() in ("−3", "0", "+3")]
    assert [text.get_text() for text in steps] == ["−3", "0", "+3", "−3", "+3"]
    assert left < steps[0].get_position()[0] < right
