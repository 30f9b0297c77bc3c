"""One way of judging: in-sample, or held-out."""

from dataclasses import dataclass

from mlflow_latents.stats.laws import D2Law
from mlflow_latents.stats.leading import LeadingCurve, leading_curve
from mlflow_latents.stats.marginal import Marginals, judge_coordinates, judge_principal
from mlflow_latents.stats.plane import Planes, judge_planes
from mlflow_latents.stats.radial import Radial, judge_radial


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


def judge(fit, z, kind, pairs, config, resolution):
    """Judge vectors in every way that there is.

    Parameters
    ----------
    fit : GaussianFit
        Fit of the training vectors.
    z : numpy.ndarray, shape (n, d)
        Vectors judged, n >= 2.
    kind : {"in_sample", "held_out"}
        Whether they are the vectors of the fit.
    pairs : numpy.ndarray of int, shape (p, 2)
        Coordinate planes to judge.
    config : AssessConfig
        Tolerances.
    resolution : numpy.ndarray, shape (d,)
        `resolution_of` z.

    Returns
    -------
    Judgement
    """
    tolerances = config.ks_tolerance, config.level_tolerance, resolution
    return Judgement(
        n=len(z),
        radial=judge_radial(fit.d2(z), D2Law(kind, fit.n, fit.rank), config.level_tolerance),
        curve=leading_curve(fit, z, config.variance_ratio_tolerance, refit=kind == "held_out"),
        marginal=judge_coordinates(z, *tolerances),
        principal=judge_principal(fit, z, *tolerances),
        plane=judge_planes(z, pairs, resolution),
    )
