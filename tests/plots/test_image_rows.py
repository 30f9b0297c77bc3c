import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.plots.image_rows import ImageRow, draw_image_rows, with_error


def images(m, shape=(8, 8, 1), seed=0):
    return np.random.default_rng(seed).integers(0, 256, (m, *shape), dtype=np.uint8)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (64, 64, 3), (40, 16, 3), (12, 40, 1)])
def test_no_two_things_overlap_and_nothing_leaves_the_page(shape):
    numbers = {"sharpness": (0.4123, 0.0123), "energy distance": (12.3, 0.4), "novelty": (1, 0)}
    rows = [
        ImageRow("principal_planes", images(16, shape), "within 2 sd in planes of axes", numbers),
        ImageRow("mixture", images(3, shape), "several normal components", numbers),
    ]
    figure = draw_image_rows("Rows", {"The first group of rows": rows, "The second": rows})
    figure.canvas.draw()
    page = figure.axes[0]
    boxes = [
        thing.get_window_extent()
        for thing in (*page.texts, *page.images, figure._suptitle)
        if getattr(thing, "get_text", lambda: "image")()
    ]
    assert len(page.images) == 38
    for box in boxes:
        assert min(box.x0, box.y0) >= 0
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1
    for i, box in enumerate(boxes):
        for other in boxes[:i]:
            width = min(box.x1, other.x1) - max(box.x0, other.x0)
            height = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert width <= 0 or height <= 1.5  # pixels; a descender may touch


@pytest.mark.parametrize("shape", [(8, 8, 1), (64, 48, 3)])
def test_images_keep_their_pixels_and_their_shape(shape):
    given = images(5, shape)
    page = draw_image_rows("Rows", {"One": [ImageRow("row", given)]}).axes[0]
    for drawn, image in zip(page.images, given, strict=True):
        np.testing.assert_array_equal(drawn.get_array(), image.squeeze())
        left, right, bottom, top = drawn.get_extent()
        assert (bottom - top) / (right - left) == pytest.approx(shape[0] / shape[1])


def test_each_row_stands_below_its_label_and_beside_its_numbers():
    rows = [
        ImageRow("one", images(2), numbers={"sharpness": (0.5, 0.1)}),
        ImageRow("two", images(2), "words", {"novelty": (3.0, np.nan)}),
    ]
    page = draw_image_rows("Rows", {"Group": rows}).axes[0]
    height = {text.get_text(): text.get_position()[1] for text in page.texts}
    assert height["one"] == height["0.50 ± 0.10"] < page.images[0].get_extent()[3]
    assert height["two"] == height["3"] == height["words"] > page.images[1].get_extent()[2]
    assert height["Group"] == height["sharpness"] == height["novelty"] < height["one"]


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.41234, 0.01234, "0.412 ± 0.012"),
        (12.3, 4.5, "12.3 ± 4.5"),
        (1234.5, 123.4, "1234 ± 123"),
        (0.5, np.nan, "0.5"),
        (0.5, 0.0, "0.5"),
        (-49.67581, 1e-12, "-49.7"),
        (-3.9e-8, 1e-14, "-3.9e-08"),
        (np.nan, 0.1, "–"),
    ],
)
def test_a_value_is_written_to_the_second_digit_of_its_error(value, error, text):
    assert with_error(value, error) == text


def test_more_measures_than_a_line_holds_are_refused():
    numbers = dict.fromkeys("abcd", (1.0, 0.1))
    with pytest.raises(InputError, match=r"holds 4 measures \(a, b, c, d\)"):
        draw_image_rows("Rows", {"Group": [ImageRow("row", images(2), numbers=numbers)]})
