from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_latents.data.splits import WITHOUT_TEST, choose, seeded_split
from mlflow_latents.errors import InputError

SEEDS = st.integers(0, 2**31)


@given(blocks=st.integers(1, 30), seed=SEEDS)
def test_shares_are_exact_for_every_twenty_images(blocks, seed):
    count = Counter(seeded_split(20 * blocks, seed).tolist())
    assert count == {"train": 15 * blocks, "validation": blocks, "test": 4 * blocks}


@given(blocks=st.integers(1, 30), seed=SEEDS)
def test_shares_without_a_test_split(blocks, seed):
    count = Counter(seeded_split(20 * blocks, seed, WITHOUT_TEST).tolist())
    assert count == {"train": 19 * blocks, "validation": blocks}


@given(n=st.integers(3, 200), more=st.integers(0, 200), seed=SEEDS)
def test_the_split_of_an_image_does_not_depend_on_what_follows(n, more, seed):
    split = seeded_split(n, seed)
    assert set(split.tolist()) == {"train", "validation", "test"}
    assert np.array_equal(split, seeded_split(n + more, seed)[:n])


def test_another_seed_gives_another_split():
    assert not np.array_equal(seeded_split(200, 0), seeded_split(200, 1))


@given(n=st.integers(3, 300), images=st.integers(3, 300), seed=SEEDS)
def test_a_subset_keeps_the_splits_in_proportion(n, images, seed):
    split = seeded_split(n, 0)
    images = min(n, images)
    chosen = choose(split, images, seed, "mine")
    assert len(chosen) == images
    assert np.all(np.diff(chosen) > 0)
    for name, members in Counter(split.tolist()).items():
        share = np.sum(split[chosen] == name)
        # Within one image of its proportion; one more is given where it would be none.
        assert share >= 1
        assert abs(share - members * images / n) < 2


def test_fewer_images_are_a_part_of_more():
    split = seeded_split(400, 0)
    choices = [set(choose(split, images, 5, "mine").tolist()) for images in (20, 100, 200, 400)]
    assert choices[0] < choices[1] < choices[2] < choices[3]


def test_a_split_without_images_is_refused():
    with pytest.raises(InputError, match="none for validation"):
        choose(np.array(["train", "test", "test"]), None, 0, "mine")
