import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, stats

from mlflow_latents.generate.quality import (
    laplacian_pyramid,
    project_images,
    pyramid,
    sliced_wasserstein,
)
from mlflow_latents.generate.quality.jackknife import GROUPS, group_of

KERNEL = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])[None, None] / 256


def pictures(n, shape=(32, 32, 3), seed=0):
    """Random patterns with a correlation between pixels, as photographs have."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((n, *shape))
    smooth = ndimage.gaussian_filter(noise, (0, 3, 3, 0), mode="wrap")
    values = 8 * smooth + 0.3 * noise + rng.standard_normal((n, 1, 1, 1))
    return np.clip(128 + 30 * values, 0, 255).astype(np.uint8)


def down(images):
    return ndimage.convolve(images, KERNEL, mode="mirror")[:, :, ::2, ::2]


def up(images, shape):
    apart = np.zeros(shape)
    apart[:, :, ::2, ::2] = images
    return ndimage.convolve(apart, 4 * KERNEL, mode="mirror")


def straightforward_pyramid(images):
    coarse, levels = np.moveaxis(images, 3, 1).astype(float), []
    while min(-(-side // 2) for side in coarse.shape[2:]) >= 16:
        fine, coarse = coarse, down(coarse)
        levels.append(fine - up(coarse, fine.shape))
    return [*levels, coarse]


@pytest.mark.parametrize(
    "shape", [(64, 64, 3), (33, 47, 1), (16, 40, 3), (31, 100, 1), (8, 8, 1), (35, 35, 3)]
)
def test_pyramid_agrees_with_convolutions(shape):
    images = np.random.default_rng(0).integers(256, size=(3, *shape), dtype=np.uint8)
    levels = laplacian_pyramid(images)
    expected = straightforward_pyramid(images)
    assert [level.shape for level in levels] == [level.shape for level in expected]
    for ours, theirs in zip(levels, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-3)


@pytest.mark.parametrize(
    ("sides", "expected"),
    [((8, 8), [8]), ((31, 64), [31, 16]), ((30, 64), [30]), ((256, 256), [256, 128, 64, 32, 16])],
)
def test_levels_down_to_16_pixels(sides, expected):
    levels = laplacian_pyramid(np.zeros((1, *sides, 1), np.uint8))
    assert [level.shape[2] for level in levels] == expected


def straightforward_distance(x, y, seed):
    """Per level; from the same places and directions."""
    rng = np.random.default_rng(seed)
    n, _, _, channels = x.shape
    levels = [straightforward_pyramid(images) for images in (x, y)]
    places = [
        [rng.integers(side - 6, size=(n, pyramid.PATCHES)) for side in level.shape[2:]]
        for level in levels[0]
    ]
    size = 49 * channels
    bases = np.linalg.qr(rng.standard_normal((147 // size, size, size)))[0].reshape(147, size)
    distances = []
    for number, (top, left) in enumerate(places):
        sets = []
        for images in levels:
            patches = np.array(
                [
                    images[number][i, :, a : a + 7, b : b + 7]
                    for i in range(n)
                    for a, b in zip(top[i], left[i], strict=True)
                ]
            )
            patches -= patches.mean(axis=(0, 2, 3), keepdims=True)
            patches /= patches.std(axis=(0, 2, 3), keepdims=True)
            sets.append(patches.reshape(len(patches), -1) @ bases.T)
        each = [stats.wasserstein_distance(a, b) for a, b in zip(*(s.T for s in sets), strict=True)]
        distances.append(1000 * np.mean(each))
    return distances


@pytest.mark.parametrize("shape", [(32, 35, 3), (12, 9, 1)])
def test_distance_agrees_with_a_straightforward_one(shape):
    x, y = pictures(12, shape), pictures(12, shape, seed=1) // 2
    mean, levels = compare(x, y, seed=5)
    expected = straightforward_distance(x, y, seed=5)
    assert [level.value for level in levels] == pytest.approx(expected, rel=1e-4)
    assert mean.value == pytest.approx(np.mean(expected), rel=1e-4)


def compare(x, y, seed=0):
    reference = project_images(x, seed)
    return sliced_wasserstein(reference, project_images(y, seed, reference))


def distance(x, y):
    """Without its error, which takes most of the time."""
    pairs = zip(project_images(x), project_images(y), strict=True)
    return 1000 * np.mean([pyramid.wasserstein(a.projections, b.projections) for a, b in pairs])


@given(
    st.tuples(st.integers(8, 40), st.integers(8, 40), st.sampled_from([1, 3])), st.integers(0, 99)
)
@settings(max_examples=10, deadline=None)
def test_any_shape_and_no_distance_to_itself(shape, seed):
    x = pictures(10, shape, seed)
    assert distance(x, x) == 0
    assert distance(x, 255 - x) == pytest.approx(distance(255 - x, x), rel=1e-4)
    assert distance(x, 255 - x) > 0


def test_an_equal_set_has_no_error():
    mean, _ = compare(pictures(10), pictures(10))
    assert (mean.value, mean.error) == (0, 0)


def test_brightness_and_contrast_do_not_count_but_blur_does():
    x, y = pictures(60), pictures(60, seed=1)
    floor = distance(x, y)
    fainter = 10 + (y * 0.8).round().astype(np.uint8)
    assert distance(x, fainter) == pytest.approx(floor, rel=0.1)
    blurred = [ndimage.gaussian_filter(y, (0, sd, sd, 0)) for sd in (0.5, 1)]
    assert floor < distance(x, blurred[0]) < distance(x, blurred[1])


def test_images_of_one_colour_have_a_distance():
    mean, levels = compare(pictures(20), np.full((20, 32, 32, 3), 100, np.uint8))
    assert mean.value > 100
    assert all(0 < level.error < 0.2 * level.value for level in levels)


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_left_is_as_if_the_groups_had_never_been_there(monkeypatch, channels):
    x, y = (pictures(40, (16, 16, channels), seed) for seed in (0, 1))
    y = ndimage.gaussian_filter(y, (0, 1, 1, 0))
    reference = project_images(x)
    (a,), (b,) = reference, project_images(y, 0, reference)
    assert 1000 * pyramid._left_distance(a, b, ()) == pytest.approx(distance(x, y), rel=1e-3)
    places = pyramid._Places

    class OfTheLeft(places):
        def __init__(self, height, width, size, rng):
            super().__init__(height, width, (len(x), size[1]), rng)
            self.top, self.left = self.top[kept], self.left[kept]

    approximate, exact = [], []
    monkeypatch.setattr(pyramid, "_Places", OfTheLeft)
    for group in range(GROUPS):
        kept = group_of(40) != group
        approximate.append(1000 * pyramid._left_distance(a, b, (group,)))
        exact.append(distance(x[kept], y[kept]))
    assert np.std(exact) > 0
    np.testing.assert_allclose(approximate, exact, atol=0.25 * np.std(exact))


def test_error_is_that_of_repeated_samples():
    # 12 samples tell their standard deviation to within a fifth.
    found = [
        compare(pictures(20, (16, 16, 1), i), pictures(20, (16, 16, 1), 100 + i))[0]
        for i in range(12)
    ]
    sd = np.std([each.value for each in found], ddof=1)
    assert np.mean([each.error for each in found]) == pytest.approx(sd, rel=0.5)


def test_many_images_have_fewer_patches_each(monkeypatch):
    monkeypatch.setattr(pyramid, "MOST_PATCHES", 200)
    assert project_images(pictures(20, (8, 8, 1)))[0].projections.shape == (147, 200)
    assert project_images(pictures(100, (8, 8, 1)))[0].projections.shape == (147, 400)
