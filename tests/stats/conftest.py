import numpy as np
import pytest


def components(kind, n, d, rng):
    normal = rng.standard_normal((n, d))
    match kind:
        case "normal":
            return normal
        case "t30" | "t50" | "t5":
            freedom = int(kind[1:])
            return normal / np.sqrt(rng.chisquare(freedom, n) / freedom)[:, None]
        case "exponential":
            return rng.exponential(size=(n, d))
        case "uniform":
            return rng.uniform(-1, 1, (n, d))
        case "laplace":
            return rng.laplace(size=(n, d))
        case "two_modes":
            normal[:, 0] += 6 * (rng.random(n) < 0.5)
            return normal
        case "one_exponential":
            normal[:, 0] = rng.exponential(size=n)
            return normal
        case "contaminated":
            far = rng.random(n) < 0.05
            normal[far] *= 3 * np.sqrt(2 / rng.chisquare(2, (far.sum(), 1)))
            return normal
        case "three_groups":
            return normal + 6 * np.eye(3, d)[rng.integers(3, size=n)]
        case "ten_clusters":
            centres = 4 / np.sqrt(d) * rng.standard_normal((10, d))
            return normal + centres[rng.integers(10, size=n)]
        case "pairs":
            half = d // 2
            normal[:, half : 2 * half] = normal[:, :half] * rng.choice([-1, 1], (n, half))
            return normal
        case "two_scales":
            return normal * rng.choice([0.9, 1.1], (n, 1))
        case "scale_mixture":
            return normal * np.where(rng.random(n) < 0.1, 1.5, 1.0)[:, None]


def draw_cloud(kind, n, d, seed=0, condition=1e5, center=1000.0, dtype=np.float64):
    """Rotated, stretched to a condition number of the covariance, and moved off the origin."""
    rng = np.random.default_rng(seed)
    sd = np.geomspace(1, condition**-0.5, d)
    rotation = np.linalg.qr(rng.standard_normal((d, d)))[0]
    offset = center * rng.standard_normal(d)
    return (components(kind, n, d, rng) * sd @ rotation + offset).astype(dtype)


@pytest.fixture(scope="session")
def cloud():
    """Give the function that draws a cloud whose truth is known."""
    return draw_cloud
