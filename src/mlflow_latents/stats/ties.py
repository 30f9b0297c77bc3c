"""Values that were rounded, spread over the steps to which they were."""

import numpy as np

MANY_TIES = 0.01  # share of equal neighbours from which an axis counts as rounded


def spread_ties(ordered):
    """Spread equal values over the cell between their neighbours, where many are equal.

    Numbers rounded to steps (bfloat16, a few decimals) have no density, and what is estimated from
    their spacings is the rounding. An atom, such as the zeros of a rectifier, keeps its place:
    its cell is as narrow as its neighbours are near.

    Parameters
    ----------
    ordered : numpy.ndarray, shape (m, n)
        Axes of sorted values; changed in place.

    Returns
    -------
    numpy.ndarray, shape (m, n)
        The same array, still sorted.
    """
    n = ordered.shape[1]
    tied = np.count_nonzero(np.diff(ordered, axis=1) == 0, axis=1)
    for i in np.flatnonzero((tied > MANY_TIES * n) & (tied < n - 1)):
        values, counts = np.unique(ordered[i], return_counts=True)
        middles = (values[1:] + values[:-1]) / 2
        # The outermost cells are as wide as the steps beside them.
        edges = np.concatenate(
            [[2 * values[0] - middles[0]], middles, [2 * values[-1] - middles[-1]]]
        )
        place = np.random.default_rng(0).random(n)
        cell = np.repeat(np.arange(len(values)), counts)
        spread = edges[cell] + place * (edges[cell + 1] - edges[cell])
        alone = np.repeat(counts == 1, counts)
        ordered[i] = np.sort(np.where(alone, ordered[i], spread))
    return ordered
