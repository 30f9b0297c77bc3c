"""Convolutions of kernel 3 and stride 2 as matrix products, for XLA on CPU.

XLA's own convolutions are slow on CPU, above all the gradients. With the padding 'same', and an
even side of 2m pixels, the convolution along one side is

    out[i] = x[2i] w[0] + x[2i+1] w[1] + x[2i+2] w[2]                (x[2m] = 0)

that is, patches times a matrix; and the transposed convolution, its adjoint, is

    out[2i] = y[i] w[0] + y[i-1] w[2],    out[2i+1] = y[i] w[1]      (y[-1] = 0)

that is, one product for all taps, then shifted sums which interleave to the output: no zero is
multiplied, and what is written between is at most 9/4 of the output. An odd side of 2m-1 pixels
is padded by a zero in front ('same' puts one zero on either side) and falls into the even case.

The gradients are written out: that of the input is the other convolution, that of the kernel is
the transposed patches times the output's gradient. More images than CHUNK are computed chunk by
chunk, so that patches stay in the cache.
"""

from functools import partial

import jax
import jax.numpy as jnp

CHUNK = 16
# Up to so many channels, patches are gathered row by row: single pixels are too short to copy.
FEW_CHANNELS = 8


@jax.custom_vjp
def convolution(x, kernel):
    """Convolve with kernel 3, stride 2, padding 'same'.

    Parameters
    ----------
    x : array (n, height, width, c)
    kernel : array (3, 3, c, f)

    Returns
    -------
    array (n, ceil(height / 2), ceil(width / 2), f)
    """
    return _by_chunks(partial(_convolution, kernel=kernel), x)


@jax.custom_vjp
def transposed_convolution(y, kernel):
    """Convolve transposed with kernel 3, stride 2, padding 'same'.

    Parameters
    ----------
    y : array (n, height, width, c)
    kernel : array (3, 3, f, c)

    Returns
    -------
    array (n, 2 height, 2 width, f)
    """
    return _by_chunks(partial(_transposed_convolution, kernel=kernel), y)


def _convolution_forward(x, kernel):
    return convolution(x, kernel), (x, kernel)


def _convolution_backward(saved, gradient):
    x, kernel = saved

    def chunk(x, gradient):
        _, height, width, _ = x.shape
        of_x = _transposed_convolution(gradient, kernel)[:, height % 2 :, width % 2 :]
        return of_x, _kernel_gradient(_patches(x), gradient)

    of_x, of_kernel = _by_chunks_summing(chunk, x, gradient)
    return of_x, of_kernel.reshape(kernel.shape)


def _transposed_forward(y, kernel):
    return transposed_convolution(y, kernel), (y, kernel)


def _transposed_backward(saved, gradient):
    y, kernel = saved

    def chunk(y, gradient):
        patches = _patches(gradient)
        return patches @ _as_matrix(kernel), _kernel_gradient(patches, y)

    of_y, of_kernel = _by_chunks_summing(chunk, y, gradient)
    return of_y, of_kernel.reshape(kernel.shape)


convolution.defvjp(_convolution_forward, _convolution_backward)
transposed_convolution.defvjp(_transposed_forward, _transposed_backward)


def _convolution(x, kernel):
    return _patches(x) @ _as_matrix(kernel)


def _transposed_convolution(y, kernel):
    maps = kernel.shape[2]
    products = y @ _as_matrix(kernel).T
    tap = [
        [products[..., maps * (3 * a + b) : maps * (3 * a + b + 1)] for b in range(3)]
        for a in range(3)
    ]
    even_even = tap[0][0] + _down(tap[2][0]) + _right(tap[0][2]) + _down(_right(tap[2][2]))
    even_odd = tap[0][1] + _down(tap[2][1])
    odd_even = tap[1][0] + _right(tap[1][2])
    odd_odd = tap[1][1]
    even_rows = jnp.concatenate([even_even, even_odd], axis=-1)
    odd_rows = jnp.concatenate([odd_even, odd_odd], axis=-1)
    n, height, width, _ = y.shape
    return jnp.stack([even_rows, odd_rows], axis=2).reshape(n, 2 * height, 2 * width, maps)


def _kernel_gradient(patches, gradient):
    return _rows(patches).T @ _rows(gradient)


def _patches(x):
    """Gather (n, ceil(height / 2), ceil(width / 2), 9 c): the pixels under the kernel."""
    _, height, width, channels = x.shape
    x = jnp.pad(x, ((0, 0), (height % 2, 0), (width % 2, 0), (0, 0)))
    return _patches_by_rows(x) if channels <= FEW_CHANNELS else _patches_by_pixels(x)


def _patches_by_pixels(x):
    _, height, width, _ = x.shape
    x = jnp.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0)))
    taps = [x[:, a : a + height - 1 : 2, b : b + width - 1 : 2] for a in range(3) for b in range(3)]
    return jnp.concatenate(taps, axis=-1)


def _patches_by_rows(x):
    n, height, width, channels = x.shape
    x = x.reshape(n, height // 2, 2, width // 2, 2 * channels)
    third = jnp.pad(x[:, :, :, 1:, :channels], ((0, 0),) * 3 + ((0, 1), (0, 0)))
    rows = jnp.concatenate([x, third], axis=-1)
    upper, middle = rows[:, :, 0], rows[:, :, 1]
    lower = jnp.pad(upper[:, 1:], ((0, 0), (0, 1), (0, 0), (0, 0)))
    return jnp.concatenate([upper, middle, lower], axis=-1)


def _down(y):
    """Shift (n, height, width, f) down by one row."""
    return jnp.pad(y[:, :-1], ((0, 0), (1, 0), (0, 0), (0, 0)))


def _right(y):
    """Shift (n, height, width, f) to the right by one column."""
    return jnp.pad(y[:, :, :-1], ((0, 0), (0, 0), (1, 0), (0, 0)))


def _as_matrix(kernel):
    return kernel.reshape(-1, kernel.shape[-1])


def _rows(x):
    return x.reshape(-1, x.shape[-1])


def in_chunks(x, size):
    """Split (n, ...) into (ceil(n / size), size, ...), with zeros behind the last."""
    missing = -len(x) % size
    x = jnp.pad(x, [(0, missing)] + [(0, 0)] * (x.ndim - 1))
    return x.reshape(-1, size, *x.shape[1:])


def _by_chunks(function, x):
    n = len(x)
    if n <= CHUNK:
        return function(x)
    out = jax.lax.map(function, in_chunks(x, CHUNK))
    return out.reshape(-1, *out.shape[2:])[:n]


def _by_chunks_summing(function, x, gradient):
    """Call for chunks of images; of its two results, join the first and sum the second."""
    n = len(x)
    if n <= CHUNK:
        return function(x, gradient)

    def add(total, chunk):
        joined, summand = function(*chunk)
        return total + summand, joined

    chunks = in_chunks(x, CHUNK), in_chunks(gradient, CHUNK)
    shape = jax.eval_shape(function, x[:CHUNK], gradient[:CHUNK])[1]
    total, joined = jax.lax.scan(add, jnp.zeros(shape.shape, shape.dtype), chunks)
    return joined.reshape(-1, *joined.shape[2:])[:n], total
