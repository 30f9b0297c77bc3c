"""Sliced Wasserstein distance between the patches of two sets of images, level by level."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.generate.quality.jackknife import (
    GROUPS,
    Estimate,
    group_sums,
    groups,
    kept_groups,
    standard_error,
)

LEAST_SIDE = 16  # pixels, of the coarsest level
PATCH = 7  # pixels, side of a patch
PATCHES, MOST_PATCHES, LEAST_PATCHES = 32, 64_000, 4  # per image and level; of all; per image
DIRECTIONS = 147  # one orthonormal basis of the patches in three channels, three of those in one
TIMES = 1000  # as the distance is told
BLOCK_IMAGES = 64
BINOMIAL = np.array([1, 4, 6, 4, 1]) / 16
# Edges of the bins of the distribution functions from which errors are computed, in standard
# deviations: evenly spaced in asinh, since the projections of fine levels have heavy tails.
BINS, REACH = 512, 4.0
EDGES = np.sinh(np.linspace(-REACH, REACH, BINS + 1))


@dataclass(frozen=True)
class Patches:
    """Patches of one level of the pyramids of many images, projected and sorted.

    Parameters
    ----------
    projections : numpy.ndarray of float32, shape (directions, m)
        Ascending along each direction.
    counts : numpy.ndarray of float64, shape (groups, directions, bins + 1)
        Per group, how many projections lie below each of the `EDGES` in units of `spread`.
    spread : numpy.ndarray, shape (directions,)
        Standard deviation of the reference's projections.
    sums : numpy.ndarray of float64, shape (groups, 3, channels)
        Per group and channel: the number of the patches' pixels, and the sums of their values and
        squared values, by which each set is normalised.
    weights : numpy.ndarray of float64, shape (directions, channels)
        Sum of each direction's components that belong to a channel, over the channel's standard
        deviation.
    """

    projections: np.ndarray
    counts: np.ndarray
    spread: np.ndarray
    sums: np.ndarray
    weights: np.ndarray
    shares: np.ndarray


def project_images(images, seed=0, reference=None):
    """Prepare images for `sliced_wasserstein`.

    Parameters
    ----------
    images : numpy.ndarray of uint8, shape (n, height, width, channels)
    seed : int
        Of the patches' places and of the directions: sets that are compared share it, so that
        their patches lie at the same places.
    reference : list of Patches, optional
        Those of the images with which these will be compared.

    Returns
    -------
    list of Patches
        From the finest level to the coarsest.
    """
    rng = np.random.default_rng(seed)
    n, height, width, channels = images.shape
    per_image = max(LEAST_PATCHES, min(PATCHES, MOST_PATCHES // n))
    places = [_Places(*size, (n, per_image), rng) for size in _level_sizes(height, width)]
    size = channels * PATCH**2
    bases = np.linalg.qr(rng.standard_normal((DIRECTIONS // size, size, size)))[0]
    levels = [np.empty((n, per_image, channels, PATCH, PATCH), np.float32) for _ in places]
    for start in range(0, n, BLOCK_IMAGES):
        rows = slice(start, start + BLOCK_IMAGES)
        for level, maps, at in zip(levels, laplacian_pyramid(images[rows]), places, strict=True):
            level[rows] = at.cut(maps, rows)
    spreads = [None] * len(levels) if reference is None else [each.spread for each in reference]
    directions = bases.reshape(DIRECTIONS, channels, -1)
    return [_project(*level, directions) for level in zip(levels, spreads, strict=True)]


def sliced_wasserstein(reference, generated):
    """Sliced Wasserstein distance of two sets of images, times 1000.

    Karras, Aila, Laine, Lehtinen (2018), Progressive growing of GANs, section 5: patches of 7 x 7
    pixels from each level of Laplacian pyramids down to 16 x 16 pixels; each set normalised by its
    own mean and standard deviation per channel; the mean, over random directions, of the
    one-dimensional Wasserstein distances of the projections. Because of the normalisation neither
    mean colour nor contrast counts, nor that blur makes the fine levels fainter: only the shapes of
    their laws and patterns count. The directions are orthonormal, each of them uniform, which
    lessens the noise of their choice (Rowland et al. 2019, Orthogonal estimation of Wasserstein
    distances).

    Parameters
    ----------
    reference, generated : list of Patches
        Of equally many images, with the same seed: see `project_images`.

    Returns
    -------
    mean : Estimate
        Mean over the levels.
    levels : tuple of Estimate
        Each level, from the finest to the coarsest.
    """
    pairs = list(zip(reference, generated, strict=True))
    values = [TIMES * wasserstein(a.projections, b.projections) for a, b in pairs]
    left = {}

    def of_levels(out):
        if out not in left:
            left[out] = np.array([TIMES * _left_distance(a, b, out) for a, b in pairs])
        return left[out]

    levels = tuple(
        Estimate(value, standard_error(lambda out, level=level: of_levels(out)[level]))
        for level, value in enumerate(values)
    )
    return Estimate(
        float(np.mean(values)), standard_error(lambda out: of_levels(out).mean())
    ), levels


def wasserstein(x, y):
    """Mean Wasserstein distance between rows of sorted values, both of shape (directions, m)."""
    # Row by row, which stays in the cache.
    return float(np.mean([np.abs(a - b).mean(dtype=np.float64) for a, b in zip(x, y, strict=True)]))


def laplacian_pyramid(images):
    """Laplacian pyramid (Burt and Adelson 1983) with binomial 5 x 5 kernels, mirrored at borders.

    Parameters
    ----------
    images : numpy.ndarray, shape (n, height, width, channels)

    Returns
    -------
    list of numpy.ndarray of float32, shape (n, channels, level height, level width)
        From the finest level, in the units of the images; a level's sides are half those of the
        finer one, rounded up, as long as both are at least 16. The last is the coarse image itself.
    """
    coarse = np.ascontiguousarray(np.moveaxis(images, 3, 1), dtype=np.float32)
    pyramid = []
    for _ in _level_sizes(*coarse.shape[2:])[1:]:
        rows, columns = (_blur(side) for side in coarse.shape[2:])
        fine, coarse = coarse, rows[::2] @ coarse @ columns[::2].T
        pyramid.append(fine - 2 * rows[:, ::2] @ coarse @ (2 * columns[:, ::2].T))
    return [*pyramid, coarse]


def _level_sizes(height, width):
    sizes = [(height, width)]
    while min(height := -(-height // 2), width := -(-width // 2)) >= LEAST_SIDE:
        sizes.append((height, width))
    return sizes


def _blur(side):
    """Matrix (side, side) of float32 that blurs along one side, mirrored at the borders."""
    matrix, pixels = np.zeros((side, side), np.float32), np.arange(side)
    mirrored = np.pad(pixels, 2, mode="reflect")
    for offset, weight in enumerate(BINOMIAL):
        matrix[pixels, mirrored[offset : offset + side]] += weight
    return matrix


class _Places:
    """Where the patches of one level lie, image by image."""

    def __init__(self, height, width, size, rng):
        self.height, self.width = height, width
        self.top = rng.integers(height - PATCH + 1, size=size)
        self.left = rng.integers(width - PATCH + 1, size=size)

    def cut(self, maps, rows):
        """Cut patches (n, patches, channels, side, side) out of maps (n, channels, h, w)."""
        top, left = (a[rows][:, :, None, None] for a in (self.top, self.left))
        maps_before = np.arange(maps.shape[0] * maps.shape[1]).reshape(-1, 1, maps.shape[1], 1)
        starts = (maps_before * self.height + top + np.arange(PATCH)) * self.width + left
        return np.lib.stride_tricks.sliding_window_view(maps.reshape(-1), PATCH)[starts]


def _project(patches, spread, directions):
    """Normalise, project and sort the patches (n, patches, channels, side, side) of one level."""
    n, per_image = patches.shape[:2]
    sums = _moment_sums(patches)
    mean, sd = _mean_and_sd(sums)
    scaled = directions / sd[:, None]
    weights = scaled.sum(axis=2)
    values = patches.reshape(n * per_image, -1, PATCH**2)
    parts = []
    for channel, own_mean in enumerate(mean):
        part = scaled[:, channel].astype(np.float32) @ values[:, channel].T
        part -= (weights[:, channel] * own_mean).astype(np.float32)[:, None]
        parts.append(part)
    projections = sum(parts[1:], parts[0])
    shares = _shares(parts, projections)
    if spread is None:
        spread = np.maximum(projections.std(axis=1, dtype=np.float64), 1e-6)
    counts = _counts_below(projections.reshape(DIRECTIONS, n, per_image), spread)
    projections.sort(axis=1)
    return Patches(projections, counts, spread, sums, weights, shares)


def _shares(parts, projections):
    """Shares (directions, channels) of the channels' parts in the variance of the projections."""
    products = np.stack([np.einsum("dm,dm->d", part, projections) for part in parts], axis=1)
    total = products.sum(axis=1, keepdims=True, dtype=np.float64)
    flat = total <= 1e-6 * projections.shape[1]
    return np.where(flat, 1 / len(parts), products / np.where(flat, 1.0, total))


def _moment_sums(patches):
    pixels = np.full(patches.shape[:3:2], patches[0, :, 0].size)
    total = np.einsum("npcyx->nc", patches, dtype=np.float64)
    squares = np.einsum("npcyx,npcyx->nc", patches, patches, dtype=np.float64)
    return group_sums(np.stack([pixels, total, squares], axis=1))


def _mean_and_sd(sums, out=()):
    """Mean and standard deviation (channels,) of the patches, without the groups left out."""
    count, total, squares = sums[kept_groups(out)].sum(axis=0)
    mean = total / count
    variance = squares / count - mean**2
    flat = variance <= 1e-10 * squares / count
    return mean, np.sqrt(np.where(flat, 1.0, variance))


def _counts_below(projections, spread):
    """Per group, how many projections (directions, n, patches) lie below each of the edges."""
    counts = np.zeros((GROUPS, len(projections), BINS + 1))
    for direction, values in enumerate(projections):
        position = _position(values / np.float32(spread[direction]))
        bins = np.clip(position, 0, BINS - 1).astype(np.intp)
        for group, rows in enumerate(groups(len(values))):
            found = np.bincount(bins[rows].ravel(), minlength=BINS)
            counts[group, direction, 1:] = np.cumsum(found)
    return counts


def _position(values):
    """Where values lie among the edges, as fractions of bins."""
    return (np.arcsinh(values) + REACH) * (BINS / (2 * REACH))


def _left_distance(a, b, out):
    """Mean Wasserstein distance of the images that are left, from the distribution functions."""
    difference = np.abs(_distribution(a, out) - _distribution(b, out))
    between = (difference[:, 1:] + difference[:, :-1]) @ np.diff(EDGES) / 2
    return float(np.mean(between * a.spread))


def _distribution(patches, out):
    """Distribution functions (directions, bins + 1) of the images that are left, normalised anew.

    The new mean shifts the projections of a direction. The new standard deviations scale them by
    one factor for one channel; of several channels each part has its own, and their mean, weighted
    by the parts' shares in the variance, stands for them (the regression on the projection).
    """
    counts = patches.counts[kept_groups(out)].sum(axis=0)
    counts /= counts[:, -1:]
    if not out:
        return counts
    (mean, sd), (new_mean, new_sd) = _mean_and_sd(patches.sums), _mean_and_sd(patches.sums, out)
    shift = patches.weights @ (new_mean - mean) / patches.spread
    position = _position(EDGES * (patches.shares @ (new_sd / sd))[:, None] + shift[:, None])
    position = np.clip(position, 0, BINS)
    before = np.minimum(position.astype(np.intp), BINS - 1)
    lower = np.take_along_axis(counts, before, axis=1)
    upper = np.take_along_axis(counts, before + 1, axis=1)
    return lower + (position - before) * (upper - lower)
