"""Draw faces from factors: signed distances, softened by one pixel, layer over layer.

Coordinates run from -1 to 1, x to the right and y down, so a face looks the same at any resolution.
A factor x acts as ``3 tanh(x / 3)``: nearly linear in the bulk, and at most ±3 however heavy the
tails of its law are, so that every image stays a face. Everything is smooth in the factors; glasses
and hair on the face fade in over a narrow range.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from mlflow_latents.data.faces import FACTORS


@partial(jax.jit, static_argnames=("resolution",))
def render(factors: np.ndarray, resolution: int, crop: float = 1.0) -> jax.Array:
    """Draw faces.

    Parameters
    ----------
    factors : array_like
        (n, number of factors) in standard deviations, in the order of `faces.FACTORS`.
    resolution : int
        Height and width in pixels.
    crop : float
        Side of the central part of the frame that is drawn, as a fraction of the frame.

    Returns
    -------
    jax.Array
        (n, resolution, resolution, 3) uint8.
    """
    line = (2 * jnp.arange(resolution, dtype=jnp.float32) + 1) / resolution - 1
    y, x = jnp.meshgrid(line * crop, line * crop, indexing="ij")
    pixel = 2 * crop / resolution
    draw = jax.vmap(lambda face: _draw(face, x, y, pixel))
    return draw(3 * jnp.tanh(jnp.asarray(factors, jnp.float32) / 3))


def _mix(canvas, colour, alpha):
    return [c + alpha * (k - c) for c, k in zip(canvas, colour, strict=True)]


def _step(t):
    t = jnp.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def _ellipse(x, y, width, height, pixel):
    """Coverage of an ellipse around 0."""
    q = jnp.sqrt((x / width) ** 2 + (y / height) ** 2)
    return _step(0.5 + (1 - q) * jnp.sqrt(width * height) / (1.5 * pixel))


def _draw(face, x, y, pixel):
    f = dict(zip(FACTORS, face, strict=True))
    canvas = [0.5 + 0.1 * f["background_hue"] + 0 * x] * 3
    skin = (0.8 - 0.1 * f["skin_tone"], 0.6 - 0.1 * f["skin_tone"], 0.5 - 0.1 * f["skin_tone"])
    hair = [0.3 + 0.1 * f["hair_lightness"]] * 3
    width, height = 0.45 + 0.03 * f["head_width"], 0.6 + 0.03 * f["head_height"]
    canvas = _mix(canvas, hair, _ellipse(x, y + 0.05, width + 0.1, height + 0.1, pixel))
    canvas = _mix(canvas, skin, _ellipse(x, y - 0.05, width, height, pixel))
    eyes = _ellipse(jnp.abs(x) - 0.2 - 0.02 * f["eye_distance"], y, 0.08, 0.05, pixel)
    canvas = _mix(canvas, (0.1, 0.1, 0.1), eyes)
    canvas = _mix(canvas, (0.7, 0.2, 0.2), _ellipse(x, y - 0.4, 0.2, 0.05, pixel))
    return jnp.stack([jnp.clip(c * 255 + 0.5, 0, 255).astype(jnp.uint8) for c in canvas], axis=-1)
