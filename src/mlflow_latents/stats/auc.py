"""Area under the curve of a score, with its standard error."""

import numpy as np
from scipy.stats import rankdata


def area_under_curve(scores, positive):
    """Chance that a positive scores above a negative, ties counting half, and its error.

    Parameters
    ----------
    scores : numpy.ndarray, shape (n,)
        Higher for positives.
    positive : numpy.ndarray of bool, shape (n,)
        At least 2 of each kind.

    Returns
    -------
    area, error : float
        The error is 0 where scores part the two without exception.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845, equations (3) to (6), by ranks
    (Sun and Xu 2014, IEEE Signal Processing Letters 21, 1389-1393).
    """
    ones, others = scores[positive], scores[~positive]
    ranks = rankdata(scores)
    of_ones = (ranks[positive] - rankdata(ones)) / len(others)
    of_others = 1 - (ranks[~positive] - rankdata(others)) / len(ones)
    variance = of_ones.var(ddof=1) / len(ones) + of_others.var(ddof=1) / len(others)
    return float(of_ones.mean()), float(np.sqrt(variance))
