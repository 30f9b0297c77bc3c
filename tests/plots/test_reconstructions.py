import io

import numpy as np
import pytest
from PIL import Image

from mlflow_latents.errors import InputError
from mlflow_latents.plots import draw_reconstructions, reconstructions_info, to_png


def photographs(n, shape, seed=0):
    """Noise, the hardest to compress."""
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)


def test_keeps_the_first_16_pairs():
    originals, reconstructions = photographs(20, (8, 8, 3)), photographs(20, (8, 8, 3), seed=1)
    info = reconstructions_info(originals, reconstructions)
    np.testing.assert_array_equal(info.originals, originals[:16])
    np.testing.assert_array_equal(info.reconstructions, reconstructions[:16])


@pytest.mark.parametrize(
    ("n", "shape"), [(1, (8, 8, 1)), (8, (16, 12, 3)), (9, (12, 40, 3)), (16, (8, 8, 1))]
)
def test_draws_each_original_and_its_reconstruction(n, shape):
    originals = photographs(n, shape)
    figure = draw_reconstructions(reconstructions_info(originals, 255 - originals))
    pictures = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    assert len(pictures) == 2 * n
    assert to_png(figure)


def test_a_reconstruction_stands_right_below_its_original():
    originals = photographs(3, (8, 8, 3))
    figure = draw_reconstructions(reconstructions_info(originals, 255 - originals))
    shown = [axes for axes in figure.axes if axes.images]
    for i in range(3):
        above, below = shown[i], shown[i + 3]
        np.testing.assert_array_equal(above.images[0].get_array(), originals[i])
        np.testing.assert_array_equal(below.images[0].get_array(), 255 - originals[i])
        assert above.get_subplotspec().colspan == below.get_subplotspec().colspan
        assert below.get_subplotspec().rowspan.start == above.get_subplotspec().rowspan.start + 1


def test_photographs_stay_light():
    smooth = np.repeat(np.repeat(photographs(16, (16, 16, 3)), 8, axis=1), 8, axis=2)
    png = to_png(draw_reconstructions(reconstructions_info(smooth, smooth)))
    picture = Image.open(io.BytesIO(png))
    assert len(png) < 200_000
    assert picture.size[0] in (800, 1040)


def test_pairs_of_different_shape_are_refused():
    with pytest.raises(InputError, match="differ in shape"):
        reconstructions_info(photographs(4, (8, 8, 3)), photographs(4, (8, 8, 1)))
