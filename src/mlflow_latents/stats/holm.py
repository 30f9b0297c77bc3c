"""Correction of p-values for their number, at once and in two stages."""

from collections.abc import Mapping, Sequence

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


def stagewise(
    screening: Mapping[object, float], within: Mapping[object, Sequence[float]], level: float = 0.05
) -> tuple[dict[object, float], dict[object, np.ndarray]]:
    """Correct p-values in two stages: families of comparisons first, then those within families.

    Of m families those are screened whose own p-value, corrected by Holm's method, is below the
    level. Within the R families that pass, comparisons are corrected by Holm's method, and for the
    screening by the factor m / R: at the level they hold ``level R / m`` of errors in each family.
    Heller et al. (2009), Bioinformatics 25, 1019-1025; Van den Berge et al. (2017), Genome Biology
    18, 151, who screen by Benjamini and Hochberg, which passes at least as many families.

    What is held, for families that are independent or positively dependent:

    - The probability that any family passes of which all null hypotheses are true is at most the
      level (also for dependent ones).
    - Of the families that pass, the expected share of those with at least one false statement
      (overall false discovery rate) is at most the level.

    The probability of any false statement at all is *not* held where many families are false in
    part. Simulated by `benchmarks` of 10 families of 10 levels, each level beside the first, one
    level of some families shifted: see `mlflow_latents.stats.factor_effects.factor_effects`.

    Parameters
    ----------
    screening : mapping of float
        p-value of each family; those that are NaN do not count.
    within : mapping of sequence of float
        p-values of its comparisons; those that are NaN do not count.
    level : float
        At which families pass.

    Returns
    -------
    screened : dict of float
        Corrected p-values of the families.
    corrected : dict of numpy.ndarray
        Corrected p-values of the comparisons, to be compared with the level; never below that of
        their family, NaN where that is.
    """
    screened = dict(zip(screening, map(float, holm(list(screening.values()))), strict=True))
    tested = sum(np.isfinite(p) for p in screened.values())
    passed = max(sum(p < level for p in screened.values()), 1)
    return screened, {
        key: np.minimum(np.maximum(holm(pvalues) * tested / passed, screened[key]), 1)
        for key, pvalues in within.items()
    }
