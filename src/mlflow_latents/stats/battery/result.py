"""What a test of multivariate normality says."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.errors import InputError


@dataclass(frozen=True)
class MonteCarlo:
    """Simulate the null law of a test's whole procedure, estimation included.

    Parameters
    ----------
    n_resamples : int
        Clouds drawn from the fitted normal distribution; the p-value is at least
        ``1 / (n_resamples + 1)``.
    seed : int
        Seed of the draws.
    """

    n_resamples: int = 999
    seed: int = 0

    def __post_init__(self):
        if self.n_resamples < 1:
            raise InputError(f"n_resamples is {self.n_resamples}: give 1 or more, such as 999.")
        if self.seed < 0:
            raise InputError(f"The seed of MonteCarlo is {self.seed}: give 0 or more.")


@dataclass(frozen=True)
class Measured:
    """What a test measures on a sample, before it is turned into a p-value.

    Parameters
    ----------
    statistic : float
        The test statistic as its definition gives it.
    effect : float
        How far from normal, on a scale that does not grow with n.
    effect_unit : str
        Unit of the effect, and the value of a normal distribution: "variance ratio of d2; 1".
    scaled : float
        The statistic on a scale whose null law varies little with n and d, larger meaning less
        normal: what null laws are tabulated for. NaN where no null law is tabulated.
    pvalue : float
        Calibrated p-value where a closed form gives it; NaN where a table or a simulation does.
    law : str
        The closed form behind `pvalue`; empty where there is none.
    directions : numpy.ndarray, shape (m, d)
        Directions that the test found, most telling first, as unit rows in the space of the
        vectors: ``z @ directions.T`` projects on them. No rows where it looks for none.
    reason : str
        Why nothing could be measured on these very vectors; empty where it could.
    """

    statistic: float
    effect: float
    effect_unit: str
    scaled: float = np.nan
    pvalue: float = np.nan
    law: str = ""
    directions: np.ndarray | None = None
    reason: str = ""


@dataclass(frozen=True)
class TestResult:
    """What a test of multivariate normality says.

    Parameters
    ----------
    test : str
        Name in the registry.
    statistic : float
        The test statistic.
    pvalue : float
        Probability of a statistic as large under a normal distribution; NaN where the test is not
        informative.
    law : str
        The law or the simulation behind the p-value.
    n, d : int
        Number of vectors, and of dimensions in which they vary.
    effect : float
        How far from normal, on a scale that does not grow with n.
    effect_unit : str
        Its unit, and the value of a normal distribution.
    informative : bool
        Whether the test can see departures at this n and d, and its null law is known.
    reason : str
        Why it is not informative; empty where it is.
    directions : numpy.ndarray, shape (m, d)
        Directions that the test found, most telling first, unit rows: ``z @ directions.T``.
    """

    __test__ = False  # pytest takes it for a test class

    test: str
    statistic: float
    pvalue: float
    law: str
    n: int
    d: int
    effect: float
    effect_unit: str
    informative: bool
    reason: str
    directions: np.ndarray
