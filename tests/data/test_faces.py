import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from mlflow_latents.data import open_images
from mlflow_latents.data.faces import FACTORS, draw_factors
from mlflow_latents.data.renderer import render

LAWS = {
    "normal": stats.norm().cdf,
    "uniform": stats.uniform(-np.sqrt(3), 2 * np.sqrt(3)).cdf,
    "bimodal": lambda x: (
        (stats.norm(0.9, np.sqrt(0.19)).cdf(x) + stats.norm(-0.9, np.sqrt(0.19)).cdf(x)) / 2
    ),
    "heavy_tailed": stats.t(3, scale=1 / np.sqrt(3)).cdf,
}
N = len(FACTORS)  # faces per call in these tests, all alike, so that the renderer compiles once


def draw(factors, resolution=32, crop=1.0):
    return np.asarray(render(np.float32(factors), resolution, crop)).astype(int)


@pytest.mark.parametrize("law", LAWS)
def test_factors_follow_their_law(law):
    factors = draw_factors(4000, law, 1)
    assert factors.dtype == np.float64
    assert stats.kstest(factors.ravel(), LAWS[law]).pvalue > 0.001
    if law != "heavy_tailed":
        assert np.allclose(factors.mean(0), 0, atol=0.07)
        assert np.allclose(factors.std(0), 1, atol=0.07)
        correlation = np.corrcoef(factors.T) - np.eye(len(FACTORS))
        assert abs(correlation).max() < 0.08


@pytest.mark.parametrize("law", LAWS)
def test_a_face_does_not_depend_on_how_many_are_drawn(law):
    assert np.array_equal(draw_factors(10, law, 3), draw_factors(1000, law, 3)[:10])


def test_a_set_is_the_start_of_a_larger_one():
    few = open_images("faces", images=20, resolution=16)
    many = open_images("faces", images=9000, resolution=16)  # more than one batch
    assert np.array_equal(few.images, many.images[:20])
    assert np.array_equal(few.split, many.split[:20])
    other = open_images("faces", images=20, resolution=16, data_seed=1)
    assert not np.array_equal(few.images, other.images)


def test_factors_and_what_is_visible_are_attributes():
    images = open_images("faces", images=2000, resolution=16, factor_law="bimodal")
    factors = draw_factors(2000, "bimodal", 0)
    for i, name in enumerate(FACTORS):
        assert images.attributes[name].dtype == np.float32
        assert np.allclose(images.attributes[name], factors[:, i])
    derived = set(images.attributes) - set(FACTORS)
    assert {"wears_glasses", "smiling", "dark_hair", "blond_hair", "has_beard"} <= derived
    for name in derived:
        assert images.attributes[name].dtype == bool
        assert 0.01 < images.attributes[name].mean() < 0.7
    assert "36 bimodal factors" in images.source


def test_every_factor_shows():
    base = np.zeros((N, N))
    base[FACTORS.index("glasses_size"), FACTORS.index("glasses")] = 2  # nothing to see without
    seen = abs(draw(base + 1.5 * np.eye(N)) - draw(base)).max(axis=(1, 2, 3))
    assert [name for name, change in zip(FACTORS, seen, strict=True) if change < 10] == []


@pytest.mark.parametrize("law", LAWS)
def test_faces_change_smoothly_with_their_factors(law):
    factors = draw_factors(N, law, 5)
    step = 0.01 * np.random.default_rng(0).standard_normal(factors.shape)
    change = abs(draw(factors) - draw(factors + step))
    assert change.mean() < 1.5
    assert change.max() < 40


def test_extreme_factors_still_give_faces():
    signs = np.sign(np.random.default_rng(0).standard_normal((N, len(FACTORS))))
    assert np.array_equal(draw(1e6 * signs), draw(30 * signs))
    # No channel is burnt out or drowned over most of the picture.
    means = draw(30 * signs).mean(axis=(1, 2))
    assert means.min() > 15
    assert means.max() < 240


def test_a_face_looks_the_same_at_any_resolution():
    factors = draw_factors(N, "normal", 0)
    large = draw(factors, 64).reshape(N, 32, 2, 32, 2, 3).mean(axis=(2, 4))
    assert np.mean(abs(large - draw(factors, 32))) < 3


def test_crop_shows_the_central_part():
    factors = draw_factors(N, "normal", 0)
    central = draw(factors, 64)[:, 16:48, 16:48]
    assert np.mean(abs(draw(factors, 32, 0.5) - central)) < 1


def test_jax_is_imported_only_when_faces_are_drawn():
    script = (
        "import sys, mlflow_latents.data as data\n"
        "data.ImagesConfig()\n"
        "heavy = {'jax', 'keras', 'sklearn', 'matplotlib', 'mlflow', 'pandas', 'scipy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)
