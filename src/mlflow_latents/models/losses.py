"""What training minimizes: per image, the mean over its pixel values."""

import jax.numpy as jnp

# As in Keras: the logarithm of a saturated sigmoid would be infinite.
SMALLEST_PROBABILITY = 1e-7


def _squared(x, y):
    return jnp.square(y - x)


def _absolute(x, y):
    return jnp.abs(y - x)


def _cross_entropy(x, y):
    p = jnp.clip(y, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    return -(x * jnp.log(p) + (1 - x) * jnp.log1p(-p))


_PER_VALUE = {"mse": _squared, "mae": _absolute, "binary_crossentropy": _cross_entropy}


def image_losses(name: str, x, y):
    """Loss of each reconstruction.

    Parameters
    ----------
    name : {"mse", "mae", "binary_crossentropy"}
    x, y : array (n, height, width, channels)
        Images and their reconstructions, from 0 to 1.

    Returns
    -------
    array (n,)
    """
    return _PER_VALUE[name](x, y).mean(axis=(1, 2, 3))
