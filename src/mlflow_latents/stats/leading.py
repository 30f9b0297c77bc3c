"""On how many leading principal axes the joint law holds."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LeadingCurve:
    """The radial law on the k leading principal axes, for every k.

    Parameters
    ----------
    variance_ratio : numpy.ndarray, shape (K,)
        Variance of d2 on the k leading axes over that of the law, for k = 1 ... K.
    ks_k : numpy.ndarray of int, shape (g,)
        Some k, from 1 to K.
    ks : numpy.ndarray, shape (g,)
        Kolmogorov-Smirnov distance between d2 on the leading axes and its law, at each `ks_k`.
    normal_axes : int
        Largest k such that each of the subspaces 1 ... k has a variance ratio within the tolerance.
    """

    variance_ratio: np.ndarray
    ks_k: np.ndarray
    ks: np.ndarray
    normal_axes: int
