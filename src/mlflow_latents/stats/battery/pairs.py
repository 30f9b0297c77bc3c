"""Sums over all pairs of vectors, in tiles that stay in the cache."""

TILE = 512  # vectors on a side: 2 MB of float64 values


def sum_over_pairs(n, values):
    """Sum a symmetric function over all n² ordered pairs, computing half of them.

    Parameters
    ----------
    n : int
        Number of vectors.
    values : callable
        Takes two slices of the vectors, gives the function's values (rows, columns).

    Returns
    -------
    float
    """
    total = 0.0
    for start in range(0, n, TILE):
        rows = slice(start, start + TILE)
        total += values(rows, rows).sum()
        for other in range(start + TILE, n, TILE):
            total += 2 * values(rows, slice(other, other + TILE)).sum()
    return float(total)
