import numpy as np
import pytest

from mlflow_latents.generate.quality import frechet_distance
from mlflow_latents.probes.looks import compare_looks


def features(seed=0, axes=3, m=60, f=4):
    rng = np.random.default_rng(seed)
    unmoved = rng.standard_normal((m, f))
    shift = np.array([-1, 1])[:, None, None] * rng.standard_normal((axes, 1, 1, f))
    return rng.standard_normal((200, f)), unmoved, unmoved + shift


def test_distances_are_those_of_both_ends_together():
    photographs, unmoved, moved = features()
    looks = compare_looks(photographs, unmoved, list(moved), list(0.5 * moved))
    for found, images in (
        (looks.unmoved, unmoved),
        (looks.moved[1], moved[1]),
        (looks.restored[2], 0.5 * moved[2]),
    ):
        expected = frechet_distance(photographs, images.reshape(-1, 4)).value
        assert found.value == pytest.approx(expected)
    together = [frechet_distance(photographs, way.reshape(-1, 4)) for way in (moved, 0.5 * moved)]
    assert looks.difference.value == pytest.approx(together[1].value - together[0].value)


def test_equal_images_differ_by_nothing():
    photographs, unmoved, moved = features()
    looks = compare_looks(photographs, unmoved, list(moved), list(moved))
    assert (looks.difference.value, looks.difference.error) == (0, 0)


def test_the_error_of_the_difference_is_that_over_many_images():
    results = []
    for seed in range(12):
        photographs, unmoved, moved = features(seed)
        rng = np.random.default_rng(99)
        shift = rng.standard_normal((3, 2, 1, 4))
        moved = unmoved + shift
        results.append(
            compare_looks(photographs, unmoved, list(moved), list(0.8 * moved)).difference
        )
    scatter = np.std([each.value for each in results], ddof=1)
    assert np.mean([each.error for each in results]) == pytest.approx(scatter, rel=0.5)


def test_errors_of_distances_are_those_of_choosing_the_images():
    """Wider than the scatter, which photographs of their own would widen, too."""
    photographs, *_ = features()
    found = []
    for seed in range(1, 40):
        _, unmoved, moved = features(seed)
        looks = compare_looks(photographs, unmoved, list(moved), list(moved))
        found.append((looks.unmoved.value, looks.unmoved.error))
    values, errors = np.array(found).T
    assert 0.8 < errors.mean() / values.std(ddof=1) < 2


def test_axes_that_are_none_are_left_out():
    photographs, unmoved, moved = features()
    looks = compare_looks(photographs, unmoved, [moved[0], None], [moved[0], None])
    assert np.isnan(looks.moved[1].value)
    assert looks.moved[0] == looks.restored[0]


def test_without_any_axis_there_is_nothing_to_compare():
    photographs, unmoved, _ = features()
    assert compare_looks(photographs, unmoved, [None, None], [None, None]) is None


def test_too_few_images_are_not_compared():
    photographs, unmoved, moved = features(m=19)
    assert compare_looks(photographs, unmoved, list(moved), list(moved)) is None
