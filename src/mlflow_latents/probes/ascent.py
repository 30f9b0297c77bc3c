"""The input patterns that excite maps most, by gradient ascent."""

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from tqdm import tqdm

from mlflow_latents.probes.map_layer import MapLayer

STARTS, STEPS = 4, 96
COARSEST, FINEST = 1 / 4, 1 / 32  # length scales of the starts, in sides of the image
RATE, LAST_RATE = 0.05, 0.005  # rms change of a pixel in the first step and in the last
SMOOTHNESS = 10.0  # sd of the response that a total variation of 1 per pixel costs
JITTER = 1 / 32  # of the side
BEFORE = 1 / 2  # of the steps climb the response before the activation
MOST_IMAGES = 1000  # whose pixels are measured
CHUNK = {"cpu": 16}  # patterns that take all their steps together: what the cache holds
LARGE_CHUNK = 256


@dataclass(frozen=True, eq=False)
class Pixels:
    """What the pixels of images are like.

    Parameters
    ----------
    mean : numpy.ndarray of float32, shape (channels,)
        Mean of all pixels, from 0 to 1.
    contrast : float
        Root mean squared deviation from it.
    """

    mean: np.ndarray
    contrast: float


@dataclass(frozen=True, eq=False)
class Patterns:
    """The pattern that excites each of m maps most.

    Parameters
    ----------
    patterns : numpy.ndarray of float32, shape (m, height, width, channels)
        From 0 to 1: the best of all starts.
    responses : numpy.ndarray of float64, shape (m, starts)
        Mean over the map's neurons, after the activation function, that each start reached.
    """

    patterns: np.ndarray
    responses: np.ndarray


def pixels_of(images: np.ndarray, indices: np.ndarray) -> Pixels:
    """Measure mean and contrast of up to 1000 of uint8 images (n, height, width, channels)."""
    x = images[indices[:: -(-len(indices) // MOST_IMAGES)]].astype(np.float64) / 255
    mean = x.mean(axis=(0, 1, 2))
    return Pixels(mean.astype(np.float32), float(np.sqrt(np.square(x - mean).mean())))


def ascend(
    layer: MapLayer,
    scales: np.ndarray,
    pixels: Pixels,
    starts: int = STARTS,
    steps: int = STEPS,
    seed: int = 0,
) -> Patterns:
    """Climb from noise to the input that excites each map most.

    The response of a map, the mean over its neurons after the activation function, in units of
    its standard deviation over images, less 10 times the total variation per pixel, is climbed by
    steps that shrink towards the end, each as long for all maps. In the first half of the steps
    the response before the activation function is climbed, which is flat nowhere. In each step
    the pattern is shifted at random by up to a 32nd of the side (jitter): what depends on single
    pixels blurs. It stays within 0 and 1, and no farther from the images' mean colour than images
    are (root mean square). Start k is noise of length scale k, from a quarter of the side to a
    32nd.
    Methods: Erhan, Bengio, Courville and Vincent (2009), Visualizing higher-layer features of a
    deep network; Mahendran and Vedaldi (2015), Understanding deep image representations by
    inverting them (total variation); Olah, Mordvintsev and Schubert (2017), Feature visualization,
    Distill (jitter).

    Parameters
    ----------
    layer : MapLayer
    scales : numpy.ndarray, shape (m,)
        Standard deviation of each map's response over images; positive.
    pixels : Pixels
        Of the images.
    starts : int
        How many starts per map.
    steps : int
        Steps of each.
    seed : int
        Of noise and jitter.

    Returns
    -------
    Patterns
    """
    maps = layer.shape[2]
    own = np.tile(np.arange(maps), starts)
    number = np.repeat(np.arange(starts), maps)
    shape = layer.below.input_shape[1:]
    found = np.empty((maps, *shape), np.float32)
    best, responses = np.full(maps, -np.inf), np.empty((starts, maps))
    climb = _climber(layer, pixels, steps, seed)
    chunk = CHUNK.get(jax.default_backend(), LARGE_CHUNK)
    with tqdm(total=len(own), desc="patterns", unit=" patterns", disable=None, leave=False) as bar:
        for start in range(0, len(own), chunk):
            rows = np.arange(start, start + chunk) % len(own)  # the last chunk is filled up
            noise = np.stack([_start(shape, number[row], starts, seed, own[row]) for row in rows])
            x, reached = (np.asarray(each) for each in climb(noise, own[rows], scales[own[rows]]))
            for row, pattern, response in zip(rows, x, reached, strict=True):
                responses[number[row], own[row]] = response
                if response > best[own[row]]:
                    found[own[row]], best[own[row]] = pattern, response
            bar.update(min(chunk, len(own) - start))
    return Patterns(found, responses.T)


def _start(shape, number, starts, seed, own):
    """Noise (height, width, channels) of a length scale, standard deviation 1."""
    height, width, channels = shape
    scale = COARSEST * (FINEST / COARSEST) ** (number / max(starts - 1, 1))
    rng = np.random.default_rng([seed, int(own), int(number)])
    cell = max(1.0, scale * min(height, width))
    grid = rng.standard_normal((round(height / cell), round(width / cell), channels))
    noise = np.asarray(jax.image.resize(grid, shape, "cubic"), np.float32)
    return noise / noise.std()


def _climber(layer, pixels, steps, seed):
    """Compile (noise, map of each, scale of each) -> (patterns, responses)."""
    mean, contrast = jnp.asarray(pixels.mean), pixels.contrast
    weights = layer.weights
    height, width, _ = layer.below.input_shape[1:]
    reach = np.array([round(JITTER * side) for side in (height, width)])
    key = jax.random.key(seed)
    rates = jnp.asarray(np.geomspace(RATE, LAST_RATE, steps), jnp.float32)

    def within(x):
        deviation = x - mean
        rms = jnp.sqrt(jnp.square(deviation).mean(axis=(1, 2, 3), keepdims=True))
        return jnp.clip(mean + deviation * jnp.minimum(1, contrast / rms), 0, 1)

    def response(weights, x, own):
        maps = layer.call(weights, x)
        return [_own_mean(each, own) for each in maps]

    def objective(x, weights, own, scale, i):
        before, after = response(weights, x, own)
        climbed = jnp.where(i < BEFORE * steps, before, after)
        return jnp.sum(climbed / scale - SMOOTHNESS * total_variation(x))

    @jax.jit
    def climb(weights, noise, own, scale):
        def step(i, x):
            shift = jax.random.randint(jax.random.fold_in(key, i), (2,), -reach, reach + 1)
            moved = jnp.roll(x, shift, (1, 2))
            gradient = jax.grad(objective)(moved, weights, own, scale, i)
            gradient = jnp.roll(gradient, -shift, (1, 2))
            rms = jnp.sqrt(jnp.square(gradient).mean(axis=(1, 2, 3), keepdims=True))
            return within(x + rates[i] * gradient / (rms + jnp.finfo(jnp.float32).tiny))

        x = jax.lax.fori_loop(0, steps, step, within(mean + contrast * noise))
        return x, response(weights, x, own)[1]

    return partial(climb, weights)


def _own_mean(maps, own):
    return jnp.take_along_axis(maps.mean(axis=(1, 2)), own[:, None], axis=1)[:, 0]


def total_variation(x):
    """Mean over pixels and channels of the length of the gradient, (n,), of images (n, h, w, c)."""
    down = x[:, 1:, :-1] - x[:, :-1, :-1]
    right = x[:, :-1, 1:] - x[:, :-1, :-1]
    return jnp.sqrt(down**2 + right**2 + 1e-8).mean(axis=(1, 2, 3))
