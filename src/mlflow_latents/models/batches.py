"""Batches of uint8 images, gathered by a thread while the machine computes."""

from collections.abc import Iterable, Iterator
from queue import Queue
from threading import Event, Thread

import numpy as np

AHEAD = 2


def epoch_order(indices: np.ndarray, seed: int, epoch: int) -> np.ndarray:
    """Order of the training images in one epoch, determined by seed and epoch alone.

    Parameters
    ----------
    indices : numpy.ndarray (n,) of int
    seed, epoch : int

    Returns
    -------
    numpy.ndarray (n,) of int
    """
    return np.random.default_rng([seed, epoch]).permutation(indices)


def full_batches(order: np.ndarray, size: int) -> list[np.ndarray]:
    """Split into batches of exactly `size`; what remains at the end is left out."""
    return [order[start : start + size] for start in range(0, len(order) - size + 1, size)]


def all_batches(indices: np.ndarray, size: int) -> list[np.ndarray]:
    """Split into batches of `size`; the last may be smaller."""
    return [indices[start : start + size] for start in range(0, len(indices), size)]


def padded(batch: np.ndarray, size: int) -> np.ndarray:
    """Fill a batch (m, ...) up with zeros to `size` entries."""
    missing = size - len(batch)
    return np.pad(batch, [(0, missing)] + [(0, 0)] * (batch.ndim - 1)) if missing else batch


def prefetched(images: np.ndarray, batches: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Gather `images[batch]` for each batch of indices, two batches ahead of the consumer.

    Parameters
    ----------
    images : numpy.ndarray (n, height, width, channels) of uint8
        May be a memory map.
    batches : iterable of numpy.ndarray of int

    Yields
    ------
    numpy.ndarray (m, height, width, channels) of uint8
    """
    queue: Queue = Queue(maxsize=AHEAD)
    stopped = Event()

    def gather():
        try:
            for batch in batches:
                queue.put(images[batch])
                if stopped.is_set():
                    return
            queue.put(None)
        except BaseException as error:
            # A thread's exception would be lost: it is handed to the consumer.
            queue.put(error)

    thread = Thread(target=gather, name="image prefetch", daemon=True)
    thread.start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        while thread.is_alive():
            while not queue.empty():
                queue.get()
            thread.join(timeout=0.01)
