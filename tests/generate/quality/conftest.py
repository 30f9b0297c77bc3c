import numpy as np
import pytest

from mlflow_latents.data import ImageSet


def pictures(n, shape, seed):
    rng = np.random.default_rng(seed)
    y, x = np.meshgrid(*(np.linspace(0, 1, side) for side in shape[:2]), indexing="ij")
    a, b, c = rng.normal(size=(3, n, 1, 1, shape[2]))
    waves = np.sin(3 * a * y[..., None] + 2 * b * x[..., None] + c)
    return np.round(127.5 + 127.5 * waves).astype(np.uint8)


@pytest.fixture(scope="session")
def make_images():
    """Waves: images of one law, of any shape."""

    def make(n=200, shape=(16, 18, 1), seed=0, test=80):
        return ImageSet(
            name="waves",
            images=pictures(n, shape, seed),
            split=np.repeat(["train", "validation", "test"], [n - test - 10, 10, test]),
            names=np.array([f"wave {number}" for number in range(n)]),
            digest=f"waves {n} {shape} {seed}",
            source="a formula",
        )

    return make
