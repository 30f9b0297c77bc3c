"""One way of judging: in-sample, or held-out."""

from dataclasses import dataclass

from mlflow_latents.stats.leading import LeadingCurve
from mlflow_latents.stats.marginal import Marginals
from mlflow_latents.stats.plane import Planes
from mlflow_latents.stats.radial import Radial


@dataclass(frozen=True)
class Judgement:
    """What one set of vectors says about normality.

    Parameters
    ----------
    n : int
        Number of vectors judged.
    radial : Radial
        Their d2, measured by the training fit, against its exact law.
    curve : LeadingCurve
        The radial law on the k leading principal axes.
    marginal : Marginals
        Each coordinate axis by itself.
    principal : Marginals
        Each principal axis of the training fit by itself.
    plane : Planes
        Random coordinate planes.
    """

    n: int
    radial: Radial
    curve: LeadingCurve
    marginal: Marginals
    principal: Marginals
    plane: Planes
