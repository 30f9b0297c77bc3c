import numpy as np
import pytest
from scipy import stats

from mlflow_latents.plots import atypical_info, draw_atypical, to_png


def images(n, channels, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 8, 8, channels), dtype=np.uint8)


def test_finds_the_farthest_and_their_correlation_with_the_error():
    rng = np.random.default_rng(0)
    d2, mse = rng.chisquare(5, 200), rng.random(200)
    info = atypical_info(d2, mse)
    assert info.farthest.tolist() == np.argsort(-d2)[:10].tolist()
    np.testing.assert_allclose(info.radius**2, d2)
    assert info.correlation == pytest.approx(stats.spearmanr(d2, mse).statistic)


@pytest.mark.parametrize(("n", "channels"), [(1, 1), (4, 3), (10, 1), (30, 3)])
def test_draws_each_image_above_its_reconstruction(n, channels):
    d2 = np.arange(n, 0, -1.0)
    info = atypical_info(d2, d2 / n)
    originals = images(len(info.farthest), channels)
    figure = draw_atypical(info, originals, 255 - originals)
    shown = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    assert len(shown) == 2 * min(n, 10)
    titles = [axes.get_title("left") for axes in figure.axes if axes.images]
    assert titles[0] == f"{np.sqrt(n):.1f} sd"
    assert to_png(figure)


def test_many_images_are_thinned_in_the_picture_alone():
    d2 = np.random.default_rng(0).chisquare(3, 20_000)
    info = atypical_info(d2, d2)
    figure = draw_atypical(info, images(10, 1), images(10, 1))
    drawn = figure.axes[-1].lines[0].get_xdata()
    assert len(info.radius) == 20_000
    assert len(drawn) <= 6667
