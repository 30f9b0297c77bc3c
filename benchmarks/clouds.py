"""Clouds whose law is known: normal ones, and ones with a known departure."""

from collections.abc import Callable

import numpy as np

Draw = Callable[[int, int, np.random.Generator], np.ndarray]  # n, d, rng -> vectors (n, d)


def normal(n, d, rng):
    return rng.standard_normal((n, d))


def components(law):
    """Give independent components of one law."""
    return lambda n, d, rng: law(rng, (n, d))


def one_component(law):
    """Give one component of a law among normal ones."""

    def draw(n, d, rng):
        z = normal(n, d, rng)
        z[:, 0] = law(rng, n)
        return z

    return draw


def exponential(rng, size):
    return rng.exponential(size=size)


def uniform(rng, size):
    return rng.uniform(-np.sqrt(3), np.sqrt(3), size)


def laplace(rng, size):
    return rng.laplace(scale=np.sqrt(0.5), size=size)


def t5(rng, size):
    return rng.standard_t(5, size) * np.sqrt(3 / 5)


def elliptical_t(freedom):
    """Give normal vectors whose lengths have the tails of Student's t."""

    def draw(n, d, rng):
        return normal(n, d, rng) * np.sqrt(freedom / rng.chisquare(freedom, (n, 1)))

    return draw


def scale_mixture(n, d, rng):
    return normal(n, d, rng) * rng.choice([0.9, 1.1], (n, 1))


def two_modes(n, d, rng):
    """Draw two equal modes 3 of their sd apart along the last axis, the one stretched most."""
    z = normal(n, d, rng)
    z[:, -1] += 3.0 * (rng.random(n) < 0.5)
    return z


def ten_pairs(n, d, rng):
    """Draw ten pairs of components (x, ±x), or as many as there is room for."""
    z = normal(n, d, rng)
    pairs = min(10, d // 2)
    one, other = rng.permutation(d)[: 2 * pairs].reshape(2, pairs)
    z[:, other] = z[:, one] * rng.choice([-1.0, 1.0], (n, pairs))
    return z


def ten_clusters(n, d, rng):
    centres = 0.5 * rng.standard_normal((10, d))
    return normal(n, d, rng) + centres[rng.integers(10, size=n)]


ALTERNATIVES: dict[str, Draw] = {
    "exponential components": components(exponential),
    "uniform components": components(uniform),
    "Laplace components": components(laplace),
    "t(5) components": components(t5),
    "elliptical t(50)": elliptical_t(50),
    "scale mixture 0.9 and 1.1": scale_mixture,
    "two modes 3 sd apart": two_modes,
    "one exponential component": one_component(exponential),
    "one t(5) component": one_component(t5),
    "ten pairs (x, ±x)": ten_pairs,
    "ten clusters": ten_clusters,
}


def scaled_and_rotated(draw, least=1.0, most=10.0, centre=0.0):
    """Scale the axes of a cloud, rotate them at random, and move the cloud off the origin.

    Parameters
    ----------
    draw : Draw
        Draws the cloud.
    least, most : float
        Factors of the first and of the last axis, in equal ratios between.
    centre : float
        Standard deviation of the centre's coordinates.

    Returns
    -------
    Draw
    """

    def moved(n, d, rng):
        factors = np.geomspace(least, most, d)
        rotation = np.linalg.qr(rng.standard_normal((d, d)))[0]
        return draw(n, d, rng) * factors @ rotation + centre * rng.standard_normal(d)

    return moved
