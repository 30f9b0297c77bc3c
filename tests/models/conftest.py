import numpy as np
import pytest

from mlflow_latents.data import ImageSet


def blobs(n=150, shape=(12, 9, 3), seed=0, validation=21, test=10):
    """Smooth random images: a few numbers each, so that a small autoencoder can learn them."""
    rng = np.random.default_rng(seed)
    height, width, channels = shape
    y, x = np.meshgrid(np.linspace(0, 1, height), np.linspace(0, 1, width), indexing="ij")
    a, b, c = rng.normal(size=(3, n, 1, 1, channels))
    waves = np.sin(3 * a * y[..., None] + 2 * b * x[..., None] + c)
    train = n - validation - test
    return ImageSet(
        name="blobs",
        images=np.round(127.5 + 127.5 * waves).astype(np.uint8),
        split=np.repeat(["train", "validation", "test"], [train, validation, test]),
        names=np.array([f"blob {number}" for number in range(n)]),
        digest=f"blobs {n} {shape} {seed}",
        source="a formula",
    )


@pytest.fixture(scope="session")
def make_blobs():
    return blobs


@pytest.fixture(scope="session")
def images():
    return blobs()
