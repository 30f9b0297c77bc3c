"""Walking over many vectors with little memory."""

import numpy as np

from mlflow_latents.errors import InputError

BLOCK_VALUES = 2**21  # float64 values held at a time: 16 MB
LARGEST = 1e150  # the squares of larger values overflow
# A dense layer in float32 errs by up to 2.5 spacings of its output (standard deviation); variation
# must stand well clear of that.
SPACINGS = 10


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
        When z is masked, not two-dimensional, or holds other than real, finite numbers.
    """
    if isinstance(z, np.ma.MaskedArray):
        raise InputError(f"{what} is a masked array: leave masked rows out, give a plain array.")
    z = np.asarray(z)
    if z.ndim != 2:
        raise InputError(
            f"{what} has shape {z.shape}: give one vector per row, an array of shape (n, d)."
        )
    if z.dtype.kind not in "fiub":
        raise InputError(f"{what} holds {z.dtype} values: give real numbers.")
    if z.dtype.kind == "f":
        _check_finite(z, what)
    return z


def resolution_of(z, what="z"):
    """Least standard deviation of each column that is more than rounding.

    This is ten times the spacing of the numbers at the largest magnitude of the column: about
    1e-6 of that magnitude in float32, 2e-15 in float64. A column of float64 that float32 holds
    without loss is taken for float32.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
        Vectors that `as_vectors` has checked.
    what : str
        How to call them in a message.

    Returns
    -------
    numpy.ndarray, shape (d,)

    Raises
    ------
    InputError
        When the squares of the values would overflow.
    """
    largest, single = np.zeros(z.shape[1]), np.full(z.shape[1], z.dtype == np.float64)
    for rows in row_blocks(*z.shape):
        block = z[rows].astype(np.float64)
        largest = np.maximum(largest, np.abs(block).max(axis=0))
        if single.any():
            with np.errstate(over="ignore", under="ignore"):
                single &= (block == block.astype(np.float32)).all(axis=0)
    if largest.max(initial=0.0) > LARGEST:
        raise InputError(
            f"{what} holds values up to {largest.max():.0e}, whose squares overflow: rescale it."
        )
    own = np.finfo(z.dtype if z.dtype.kind == "f" else np.float64).eps
    eps = np.where(single, np.finfo(np.float32).eps, own)
    return SPACINGS * np.ldexp(eps, np.frexp(largest)[1] - 1)


def _check_finite(z, what):
    bad = np.concatenate(
        [np.zeros(0, bool), *(~np.isfinite(z[b]).all(axis=1) for b in row_blocks(*z.shape))]
    )
    if bad.any():
        raise InputError(
            f"{what} holds NaN or infinity in {bad.sum()} of {len(z)} rows, the first being row "
            f"{np.argmax(bad)} (counted from 0): remove these rows or mend what wrote them."
        )
