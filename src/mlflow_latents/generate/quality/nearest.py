"""Distance from images to the nearest training image."""

import numpy as np

from mlflow_latents.generate.quality.coverage import squared_distances
from mlflow_latents.generate.quality.jackknife import UNKNOWN, Estimate, median

AXES = 256  # in which neighbours are looked for
SAMPLE = 1000  # training images that the axes come from
CANDIDATES = 16
BLOCK = 512  # images
BLOCK_PAIRS = 2**23


class TrainingImages:
    """The training images of an image set, to find the nearest of.

    Parameters
    ----------
    images : numpy.ndarray of uint8, shape (n, height, width, channels)
        May be a memory map.
    rows : numpy.ndarray of int
        Which of them.
    seed : int
        Of the choice of images that the principal axes come from; no distance depends on it.
    """

    def __init__(self, images, rows, seed=0):
        self.images, self.rows = images, rows
        sample = np.sort(np.random.default_rng(seed).permutation(rows)[:SAMPLE])
        sample = _flat(images[sample])
        self.centre = sample.mean(axis=0)
        sample -= self.centre
        axes = np.linalg.eigh(sample @ sample.T)[1][:, -AXES:]
        self.axes = np.linalg.qr(sample.T @ axes)[0]
        blocks = [self._coordinates(self._centred(block)) for block in _blocks(len(rows))]
        self.coordinates = np.concatenate(blocks)

    def distances(self, images):
        """Distance from images to the nearest training image.

        Where an image has a place in the space of the leading principal axes, and a distance from
        that space, two images are no nearer to each other than these say. So few candidates suffice
        for most images; the others are compared with every training image.

        Parameters
        ----------
        images : numpy.ndarray of uint8, shape (m, height, width, channels)

        Returns
        -------
        numpy.ndarray of float64, shape (m,)
            Root mean squared difference of the pixel values from 0 to 1.
        """
        squares, sure = np.empty(len(images)), np.empty(len(images), bool)
        step = max(1, min(BLOCK, BLOCK_PAIRS // len(self.rows)))
        for start in range(0, len(images), step):
            block = slice(start, start + step)
            squares[block], sure[block] = self._among_candidates(images[block])
        if not sure.all():
            squares[~sure] = self._among_all(images[~sure])
        return np.sqrt(squares / self.centre.size) / 255

    def _among_candidates(self, images):
        """Squared distances to the nearest of a few candidates; whether no other is nearer."""
        x = _flat(images) - self.centre
        bound = squared_distances(self._coordinates(x), self.coordinates)
        k = min(CANDIDATES, bound.shape[1] - 1)
        candidates = np.argpartition(bound, k, axis=1)[:, : k + 1]
        squares = np.array([self._exact(*pair) for pair in zip(x, candidates, strict=True)])
        return squares, squares <= bound[np.arange(len(x)), candidates[:, k]]

    def _exact(self, x, candidates):
        difference = self._centred(candidates) - x
        return np.einsum("ij,ij->i", difference, difference).min()

    def _among_all(self, images):
        x = _flat(images) - self.centre
        least, nearest = np.full(len(x), np.inf), np.zeros(len(x), int)
        for block in _blocks(len(self.rows)):
            d2 = squared_distances(x, self._centred(block))
            at = d2.argmin(axis=1)
            d2 = d2[np.arange(len(x)), at]
            nearest = np.where(d2 < least, at + block.start, nearest)
            least = np.minimum(d2, least)
        # Again, since differences of large squares lose digits.
        return np.array([self._exact(*pair) for pair in zip(x, nearest[:, None], strict=True)])

    def _centred(self, which):
        return _flat(self.images[self.rows[which]]) - self.centre

    def _coordinates(self, x):
        """Places in the space of the axes, and the distance from it."""
        inside = x @ self.axes
        outside = np.square(x).sum(axis=1) - np.square(inside).sum(axis=1)
        return np.column_stack([inside, np.sqrt(np.maximum(outside, 0))])


def nearness(reference, generated):
    """Median distance to the nearest training image, over that of held-out images.

    Below 1, generated images are nearer to the training images than new images are. Copies are;
    but so are blurred images, which lie between all others.

    Parameters
    ----------
    reference, generated : numpy.ndarray, shape (n,)
        Distances of held-out and of generated images: see `TrainingImages.distances`.

    Returns
    -------
    Estimate
        NaN where half of the held-out images are training images.
    """
    held_out, made = median(reference), median(generated)
    if not held_out.value > 0:
        return UNKNOWN
    # Both sets are independent; a jackknife of medians is unsteady.
    value = made.value / held_out.value
    error = np.hypot(made.error, value * held_out.error) / held_out.value
    return Estimate(value, float(error))


def _flat(images):
    return images.reshape(len(images), -1).astype(np.float32)


def _blocks(n):
    return [slice(start, start + BLOCK) for start in range(0, n, BLOCK)]
