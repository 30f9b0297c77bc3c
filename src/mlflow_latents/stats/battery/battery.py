"""All tests together, corrected for being many."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.stats.battery.registry import run_test
from mlflow_latents.stats.battery.result import TestResult

QUICK = ("radial", "direction", "marginal", "principal", "plane", "sliced")
STANDARD = (*QUICK, "mardia_skewness", "pursuit")


@dataclass(frozen=True)
class Battery:
    """What a battery of tests says about one set of vectors.

    Parameters
    ----------
    results : tuple of TestResult
        One for each test.
    adjusted : numpy.ndarray, shape (m,)
        p-values corrected for the number of informative tests (Holm 1979, Scandinavian Journal of
        Statistics 6, 65-70); NaN for those that are not informative.
    alpha : float
        Probability that the battery rejects any test of a true normal distribution.
    """

    results: tuple[TestResult, ...]
    adjusted: np.ndarray
    alpha: float

    @property
    def rejecting(self):
        """Names of the tests that reject, corrected for multiplicity."""
        return tuple(
            result.test
            for result, pvalue in zip(self.results, self.adjusted, strict=True)
            if pvalue <= self.alpha
        )

    @property
    def rejected(self):
        """Whether some test rejects."""
        return bool(self.rejecting)

    @property
    def pvalue(self):
        """p-value of the battery as a whole: the smallest adjusted one; NaN when none informs."""
        known = self.adjusted[np.isfinite(self.adjusted)]
        return float(known.min()) if known.size else np.nan

    def result(self, test):
        """Give the result of one test by name; None where it was not run."""
        return next((each for each in self.results if each.test == test), None)


def run_battery(sample, tests=STANDARD, alpha=0.05, on_step=None, patient=True):
    """Run tests on one sample, and correct their p-values for being many.

    Parameters
    ----------
    sample : Sample
        Vectors made ready by `sample_of`.
    tests : tuple of str
        Names of tests in `TESTS`.
    alpha : float
        Probability that the battery rejects any test of a true normal distribution.
    on_step : callable, optional
        Called with the name of each test that is done.
    patient : bool
        Whether null laws that take minutes to simulate are simulated: see `run_test`.

    Returns
    -------
    Battery
    """
    from statsmodels.stats.multitest import multipletests  # imports pandas

    results = []
    for test in tests:
        results.append(run_test(sample, test, patient=patient))
        if on_step:
            on_step(test)
    pvalues = np.array([result.pvalue for result in results])
    adjusted = np.full(len(pvalues), np.nan)
    informative = np.isfinite(pvalues)
    if informative.any():
        adjusted[informative] = multipletests(pvalues[informative], method="holm")[1]
    return Battery(tuple(results), adjusted, alpha)
