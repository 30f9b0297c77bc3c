"""Soft shapes and colours that the renderer composes; a colour is three numbers or three planes."""

import jax
import jax.numpy as jnp


def step(t: jax.Array) -> jax.Array:
    """Rise smoothly from 0 at t = 0 to 1 at t = 1."""
    t = jnp.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def bump(u: jax.Array, v: jax.Array) -> jax.Array:
    """Return a smooth spot of height 1 and radius 1."""
    return jnp.maximum(1 - u * u - v * v, 0) ** 2


def norm4(u: jax.Array, v: jax.Array) -> jax.Array:
    """Return the 4-norm, whose circles are rounded squares."""
    return jnp.sqrt(jnp.sqrt(u**4 + v**4))


def over(canvas: list, colour: list, alpha: jax.Array) -> list:
    """Lay a colour over the canvas."""
    return [c + alpha * (k - c) for c, k in zip(canvas, colour, strict=True)]


def blend(one: list, two: list, share: jax.Array) -> list:
    """Blend two colours as pigments mix, by geometric means."""
    return [a ** (1 - share) * b**share for a, b in zip(one, two, strict=True)]


def hue(angle: jax.Array, lightness: jax.Array, strength: float) -> list:
    """Return a colour of the colour wheel."""
    return [lightness + strength * jnp.cos(angle - phase) for phase in (0.0, 2.1, 4.2)]
