"""The mathematics: arrays in, frozen dataclasses out; needs NumPy and SciPy alone."""

from mlflow_latents.stats.battery import (
    Battery,
    MonteCarlo,
    TestResult,
    multivariate_normality,
    run_battery,
    sample_of,
)
from mlflow_latents.stats.config import AssessConfig
from mlflow_latents.stats.core import Core, CoreFit, find_core, fit_core
from mlflow_latents.stats.distance_report import Distance, measure_distance
from mlflow_latents.stats.gaussian import GaussianFit, fit_gaussian
from mlflow_latents.stats.geometry import Geometry, live_coordinates, measure_geometry
from mlflow_latents.stats.judgement import Judgement
from mlflow_latents.stats.laws import LEVELS, D2Law, level_of, level_share
from mlflow_latents.stats.leading import LeadingCurve, leading_curve
from mlflow_latents.stats.likelihood import LogLikelihoods, log_likelihoods
from mlflow_latents.stats.marginal import AxisSummary, Marginals, judge_coordinates, judge_principal
from mlflow_latents.stats.negentropy import Negentropy, negentropy
from mlflow_latents.stats.plane import Planes, judge_planes, random_pairs
from mlflow_latents.stats.power import PowerCard, power_card
from mlflow_latents.stats.radial import Radial, judge_radial
from mlflow_latents.stats.report import LatentReport, assess, count_steps
from mlflow_latents.stats.verdict import Verdict

__all__ = [
    "LEVELS",
    "AssessConfig",
    "AxisSummary",
    "Battery",
    "Core",
    "CoreFit",
    "D2Law",
    "Distance",
    "GaussianFit",
    "Geometry",
    "Judgement",
    "LatentReport",
    "LeadingCurve",
    "LogLikelihoods",
    "Marginals",
    "MonteCarlo",
    "Negentropy",
    "Planes",
    "PowerCard",
    "Radial",
    "TestResult",
    "Verdict",
    "assess",
    "count_steps",
    "find_core",
    "fit_core",
    "fit_gaussian",
    "judge_coordinates",
    "judge_planes",
    "judge_principal",
    "judge_radial",
    "leading_curve",
    "level_of",
    "level_share",
    "live_coordinates",
    "log_likelihoods",
    "measure_distance",
    "measure_geometry",
    "multivariate_normality",
    "negentropy",
    "power_card",
    "random_pairs",
    "run_battery",
    "sample_of",
]
