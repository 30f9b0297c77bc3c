"""How far the radii of a cloud follow the exact law."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.stats.laws import LEVELS, D2Law, level_share


@dataclass(frozen=True)
class Radial:
    """Squared Mahalanobis distances judged against the exact law of one vector's d2.

    Parameters
    ----------
    n : int
        Number of vectors judged.
    law : D2Law
        The law that they are compared with.
    ks : float
        Two-sided Kolmogorov-Smirnov distance between d2 and the law.
    wasserstein : float
        Wasserstein distance of the radii, in sd: the mean of ``|r_(i) - q((i - 1/2)/n)|``, q being
        the quantile function of the radius.
    variance_ratio : float
        Variance of d2 (dividing by n - 1) over that of the law; NaN where the law has none.
    levels : numpy.ndarray, shape (m,)
        The levels compared; the grid ends where fewer than 10 vectors are expected outside.
    displacements : numpy.ndarray, shape (m,)
        Observed minus theoretical radius of the shell at each level, over the standard deviation
        of one vector's radius under the law.
    level_limit : float
        Largest level up to which every displacement is within the tolerance; 0 when none is.
    level_limit_open : bool
        Whether the grid ended before a shell failed, so that the limit means "at least".
    """

    n: int
    law: D2Law
    ks: float
    wasserstein: float
    variance_ratio: float
    levels: np.ndarray
    displacements: np.ndarray
    level_limit: float
    level_limit_open: bool
