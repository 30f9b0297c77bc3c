"""The mathematics: arrays in, frozen dataclasses out; needs NumPy and SciPy alone."""

from mlflow_latents.stats.config import AssessConfig
from mlflow_latents.stats.gaussian import GaussianFit, fit_gaussian
from mlflow_latents.stats.geometry import Geometry, live_coordinates, measure_geometry
from mlflow_latents.stats.judgement import Judgement
from mlflow_latents.stats.laws import LEVELS, D2Law, level_share
from mlflow_latents.stats.leading import LeadingCurve, leading_curve
from mlflow_latents.stats.marginal import AxisSummary, Marginals, judge_coordinates, judge_principal
from mlflow_latents.stats.plane import Planes, judge_planes, random_pairs
from mlflow_latents.stats.radial import Radial, judge_radial
from mlflow_latents.stats.report import LatentReport, assess
from mlflow_latents.stats.verdict import Verdict

__all__ = [
    "LEVELS",
    "AssessConfig",
    "AxisSummary",
    "D2Law",
    "GaussianFit",
    "Geometry",
    "Judgement",
    "LatentReport",
    "LeadingCurve",
    "Marginals",
    "Planes",
    "Radial",
    "Verdict",
    "assess",
    "fit_gaussian",
    "judge_coordinates",
    "judge_planes",
    "judge_principal",
    "judge_radial",
    "leading_curve",
    "level_share",
    "live_coordinates",
    "measure_geometry",
    "random_pairs",
]
