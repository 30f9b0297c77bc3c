from dataclasses import fields

import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.generate.quality import Quality, prepare

OF_FEATURES = ("frechet", "kernel", "precision", "recall", "diversity")


def judge(images):
    """Means of the quarters of the images."""
    n, height, width, _ = images.shape
    parts = [
        images[:, a : a + height // 2, b : b + width // 2].reshape(n, -1).mean(axis=1)
        for a in (0, height // 2)
        for b in (0, width // 2)
    ]
    return (np.stack(parts, axis=1).astype(np.float32) - 128) / 64


@pytest.fixture(scope="module")
def images(make_images):
    return make_images()


@pytest.fixture(scope="module")
def reference(images):
    return prepare(images, judge, n=1000)


def values(quality):
    return {each.name: getattr(quality, each.name).value for each in fields(Quality)[:7]}


def test_images_of_the_same_law_are_at_the_floor(make_images, reference):
    assert reference.n == 40
    other = make_images(seed=1).images[:40]
    measured, floor = reference.measure(other), reference.floor()
    for name in values(floor):
        ours, theirs = getattr(measured, name), getattr(floor, name)
        assert ours.error > 0
        # They share the held-out half that they are compared with.
        assert abs(ours.value - theirs.value) < 4 * np.hypot(ours.error, theirs.error), name
    assert len(floor.swd_levels) == 1


def test_worse_images_are_worse(make_images, reference):
    other = make_images(seed=1).images[:40]
    good = values(reference.measure(other))
    noise = np.random.default_rng(0).integers(256, size=other.shape, dtype=np.uint8)
    bad = values(reference.measure(noise))
    for name in ("swd", "frechet", "kernel", "nearest"):
        assert bad[name] > 2 * abs(good[name]), name
    for name in ("recall", "diversity"):
        assert bad[name] < good[name] / 2, name


def test_the_halves_are_test_images_and_the_seed_decides(images):
    seen = []

    def spy(batch):
        seen.append(batch)
        return judge(batch)

    prepare(images, spy, n=30, seed=3).floor()
    test = {image.tobytes() for image in images.images[images.indices("test")]}
    halves = [{image.tobytes() for image in half} for half in seen]
    assert [len(half) for half in halves] == [30, 30]
    assert halves[0] | halves[1] <= test
    assert not halves[0] & halves[1]
    again, other = prepare(images, judge, 30, 3), prepare(images, judge, 30, 4)
    assert again.floor() == prepare(images, judge, 30, 3).floor()
    assert again.floor() != other.floor()


def test_measures_of_features_need_a_judge(images, reference):
    measured = prepare(images).floor()
    assert all(np.isnan(values(measured)[name]) for name in OF_FEATURES)
    assert measured.swd == reference.floor().swd
    assert measured.nearest == reference.floor().nearest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x[:-1], r"uint8 of shape \(39, 16, 18, 1\).*uint8 of \(40, 16, 18, 1\)"),
        (lambda x: x[:, :-1], r"\(40, 15, 18, 1\)"),
        (lambda x: x / 255, "float64"),
    ],
)
def test_generated_images_that_do_not_fit(images, reference, change, message):
    with pytest.raises(InputError, match=message):
        reference.measure(change(images.images[:40]))


def test_too_few_images(make_images, images):
    with pytest.raises(InputError, match=r"waves has 19 test images.*at least 20: take more"):
        prepare(make_images(test=19))
    with pytest.raises(InputError, match="n is 9: compare 10 images or more"):
        prepare(images, n=9)
    measured = prepare(make_images(test=20), judge).floor()
    assert all(np.isfinite(value) for value in values(measured).values())


def test_a_judge_of_broken_features(images):
    with pytest.raises(InputError, match="not finite"):
        prepare(images, lambda x: np.full((len(x), 2), np.nan))
