"""Clouds of vectors that the figures are tried on."""

import functools

import numpy as np
import pytest

from mlflow_latents.generate import fit_latent_model
from mlflow_latents.plots import FigureData
from mlflow_latents.stats import assess


def normal_vectors(n, d, seed=0):
    """Off-centre, tilted, stretched: a multivariate normal sample."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 5 * rng.normal(size=d)).astype("f4")


def _dead():
    z = normal_vectors(1500, 9)
    z[:, 2], z[:, 4], z[:, 6] = 0.0, 7.5, -2 * z[:, 1]
    return z[:1000], z[1000:]


def _heavy():
    rng = np.random.default_rng(1)
    stretch = np.sqrt(3 / rng.chisquare(3, size=(4000, 1)))
    return rng.normal(size=(4000, 5)) * stretch, None


def _bimodal():
    z = np.random.default_rng(2).normal(size=(4000, 5))
    z[:, 3] += np.where(np.arange(4000) % 2, 4, -4)
    return z, None


CLOUDS = {
    "normal": lambda: np.split(normal_vectors(6000, 6), [4000]),
    "one dimension": lambda: (normal_vectors(300, 1), None),
    "two dimensions": lambda: np.split(normal_vectors(700, 2), [500]),
    "rank one": lambda: (normal_vectors(300, 1) @ np.array([[1.0, -2.0, 0.5]], "f4"), None),
    "dead dimensions": _dead,
    "few vectors": lambda: np.split(normal_vectors(60, 3), [40]),
    "two values": lambda: (np.random.default_rng(3).choice([-1.0, 1.0], size=(400, 3)), None),
    "heavy tails": _heavy,
    "bimodal": _bimodal,
}


@functools.cache
def cloud(name):
    """Return the named cloud with its report."""
    z, held_out = CLOUDS[name]()
    return FigureData(z, held_out, assess(z, held_out, seed=0), seed=0)


@pytest.fixture(name="cloud")
def _cloud():
    return cloud


@pytest.fixture(params=[name for name in CLOUDS if name != "bimodal"])
def every_cloud(request):
    """Each cloud in turn, but for one that is drawn like any other."""
    return cloud(request.param)


@pytest.fixture(scope="session")
def latent_model():
    """What samplers know of a normal cloud, without its vectors."""
    return fit_latent_model(normal_vectors(400, 3))


@pytest.fixture
def decode():
    """A linear decoder of latent_model's vectors, to images (8, 8, 1)."""
    matrix = 20 * np.random.default_rng(0).normal(size=(3, 64))
    return lambda z: np.clip(z @ matrix + 128, 0, 255).astype(np.uint8).reshape(-1, 8, 8, 1)
