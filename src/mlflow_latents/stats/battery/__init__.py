"""Tests of multivariate normality that stay valid at hundreds of dimensions."""

from mlflow_latents.stats.battery.battery import QUICK, STANDARD, Battery, run_battery
from mlflow_latents.stats.battery.registry import TESTS, NormalityTest, multivariate_normality
from mlflow_latents.stats.battery.result import Measured, MonteCarlo, TestResult
from mlflow_latents.stats.battery.sample import Sample, sample_of

__all__ = [
    "QUICK",
    "STANDARD",
    "TESTS",
    "Battery",
    "Measured",
    "MonteCarlo",
    "NormalityTest",
    "Sample",
    "TestResult",
    "multivariate_normality",
    "run_battery",
    "sample_of",
]
