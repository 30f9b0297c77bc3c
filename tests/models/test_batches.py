import numpy as np
import pytest

from mlflow_latents.models.batches import (
    all_batches,
    epoch_order,
    full_batches,
    padded,
    prefetched,
)


def test_order_depends_on_seed_and_epoch_alone():
    indices = np.arange(100, 150)
    order = epoch_order(indices, seed=3, epoch=2)
    assert np.array_equal(order, epoch_order(indices, seed=3, epoch=2))
    assert not np.array_equal(order, epoch_order(indices, seed=3, epoch=3))
    assert not np.array_equal(order, epoch_order(indices, seed=4, epoch=2))
    assert np.array_equal(np.sort(order), indices)


def test_batches():
    order = np.arange(10)
    assert [batch.tolist() for batch in full_batches(order, 4)] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert [len(batch) for batch in all_batches(order, 4)] == [4, 4, 2]
    assert len(full_batches(order, 10)) == 1


def test_padding():
    batch = np.ones((2, 3), np.uint8)
    assert padded(batch, 2) is batch
    assert padded(batch, 4).tolist() == [[1, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 0]]


def test_prefetched_batches_come_in_order_and_only_a_few_ahead():
    images, taken = np.arange(20)[:, None], []

    def batches():
        for number in range(20):
            taken.append(number)
            yield np.array([number])

    gathered = prefetched(images, batches())
    assert next(gathered).tolist() == [[0]]
    assert len(taken) < 10
    assert [batch.item() for batch in gathered] == list(range(1, 20))


def test_prefetching_stops_with_its_consumer():
    gathered = prefetched(np.zeros((4, 1)), (np.array([0]) for _ in iter(int, 1)))
    next(gathered)
    gathered.close()


def test_error_of_the_thread_reaches_the_consumer():
    with pytest.raises(IndexError):
        list(prefetched(np.zeros((4, 1)), [np.array([9])]))
