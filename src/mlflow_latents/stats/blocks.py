"""Walking over many vectors with little memory."""

import numpy as np

from mlflow_latents.errors import InputError

BLOCK_VALUES = 2**21  # float64 values held at a time: 16 MB


def row_blocks(n, d):
    """Slices that cut n rows of d values into blocks of about 16 MB."""
    step = max(1, BLOCK_VALUES // max(d, 1))
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]


def column_blocks(n, m):
    """Slices that cut m columns of n values into blocks of at least one column."""
    step = max(1, 2 * BLOCK_VALUES // max(n, 1))
    return [slice(start, min(start + step, m)) for start in range(0, m, step)]


def as_vectors(z, what="z"):
    """Check that z is a table of finite numbers, without copying it.

    Parameters
    ----------
    z : array_like, shape (n, d)
        Latent vectors.
    what : str
        How to call them in a message.

    Returns
    -------
    numpy.ndarray, shape (n, d)

    Raises
    ------
    InputError
        When z is not two-dimensional, holds no real numbers, or holds NaN or infinity.
    """
    z = np.asanyarray(z)
    if z.ndim != 2:
        raise InputError(
            f"{what} has shape {z.shape}: give one vector per row, an array of shape (n, d)."
        )
    if z.dtype.kind not in "fiub":
        raise InputError(f"{what} holds {z.dtype} values: give real numbers.")
    if z.dtype.kind == "f":
        _check_finite(z, what)
    return z


def rounding(z):
    """Spacing of the numbers of z's dtype at the largest magnitude of each column, shape (d,)."""
    largest = np.zeros(z.shape[1])
    for rows in row_blocks(*z.shape):
        largest = np.maximum(largest, np.abs(z[rows].astype(np.float64)).max(axis=0))
    dtype = z.dtype if z.dtype.kind == "f" else np.float64
    return np.spacing(largest.astype(dtype)).astype(np.float64)


def _check_finite(z, what):
    bad = np.concatenate(
        [np.zeros(0, bool), *(~np.isfinite(z[b]).all(axis=1) for b in row_blocks(*z.shape))]
    )
    if bad.any():
        raise InputError(
            f"{what} holds NaN or infinity in {bad.sum()} of {len(z)} rows, the first being row "
            f"{np.argmax(bad)} (counted from 0): remove these rows or mend what wrote them."
        )
