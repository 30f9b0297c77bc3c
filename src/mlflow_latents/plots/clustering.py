"""Orders in which what goes together stands side by side."""

import numpy as np


def side_by_side(cosines: np.ndarray) -> np.ndarray:
    """Order things so that those with small angles, the sign aside, stand side by side.

    By average linkage of 1 - |cosine| (Sokal and Michener 1958, A statistical method for evaluating
    systematic relationships), the leaves in the order that brings neighbours nearest (Bar-Joseph,
    Gifford, Jaakkola 2001, Bioinformatics 17, S22-S29).

    Parameters
    ----------
    cosines : numpy.ndarray, shape (a, a)
        Of the angles between them; NaN counts as a right angle.

    Returns
    -------
    numpy.ndarray of int, shape (a,)
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    if len(cosines) < 3:
        return np.arange(len(cosines))
    apart = np.clip(1 - np.abs(np.nan_to_num(cosines)), 0, None)
    np.fill_diagonal(apart, 0)
    pairs = squareform(np.maximum(apart, apart.T), checks=False)
    return leaves_list(linkage(pairs, "average", optimal_ordering=True))
