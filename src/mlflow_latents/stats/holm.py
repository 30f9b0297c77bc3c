"""Correction of p-values for their number."""

from collections.abc import Sequence

import numpy as np


def holm(pvalues: Sequence[float]) -> np.ndarray:
    """Correct p-values for their number; those that are NaN do not count.

    Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    Parameters
    ----------
    pvalues : sequence of float

    Returns
    -------
    numpy.ndarray
    """
    # Not statsmodels' multipletests, which collects garbage: a tenth of a second at each call.
    corrected = np.array(pvalues, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(corrected))
    ascending = known[np.argsort(corrected[known])]
    products = corrected[ascending] * np.arange(len(known), 0, -1)
    corrected[ascending] = np.minimum(np.maximum.accumulate(products), 1)
    return corrected
