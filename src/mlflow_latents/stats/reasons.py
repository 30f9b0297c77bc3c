"""The reasons of a verdict, in full sentences with the numbers that it rests on."""

import numpy as np

from mlflow_latents.stats.battery.pursuit import GROUPS, searched
from mlflow_latents.stats.evidence import RADIAL_TOLERANCE
from mlflow_latents.stats.hidden import VALLEY_TOLERANCE
from mlflow_latents.stats.noise import radial_noise
from mlflow_latents.stats.phrases import count, leading, normal_axes, percent, radial_level, times

MANY_REPEATED = 0.01  # share of the vectors


def reasons(evidence, fit, judgement, config):
    """Give the numbers that a verdict rests on, in full sentences.

    Parameters
    ----------
    evidence, fit, judgement, config
        As for `sentence`.

    Returns
    -------
    list of str
    """
    found = [
        _radius_reason(evidence, judgement, config),
        _axes_reason(evidence, judgement, config),
        _planes_reason(judgement),
    ]
    if fit.degenerate:
        found.append(
            f"The covariance has rank {fit.rank} in {count(fit.d, 'dimension')}: coordinates are "
            "dead, constant, collinear or narrower than float64 resolves beside the widest axis, "
            "and everything but the coordinate axes and planes is measured in the subspace."
        )
    return [reason for reason in found if reason]


def with_repeated(sentence, share):
    """Add to a verdict's sentence that vectors repeat, where it matters."""
    if share <= MANY_REPEATED:
        return sentence
    return (
        f"{sentence[:-1]}; {percent(share)} of the vectors repeat others, which makes all of this "
        "less certain than it is taken for."
    )


def search_reason(battery):
    """Say what groups may be there unseen; empty where they would have been found.

    Parameters
    ----------
    battery : Battery
        Of the training vectors.

    Returns
    -------
    str
    """
    pursuit = battery.result("pursuit")
    if pursuit is None:
        return "Hidden directions were not searched (quick effort): groups may be there unseen."
    n, d = pursuit.n, pursuit.d
    if d == 1 or searched(n, d) >= GROUPS * d**2:
        return ""
    return (
        f"Groups along a direction that whitening hides are found among some {2 * GROUPS * d**2} "
        f"vectors and more (6 d²): with n = {n} they may be there unseen."
    )


def held_out_reason(kind, other, few, in_sample, held_out):
    """Say whether the held-out vectors are like those of the fit.

    Parameters
    ----------
    kind, other : str
        Kinds of the verdict in-sample, and of the held-out vectors by themselves.
    few : bool
        Whether more held-out vectors would decide.
    in_sample, held_out : Judgement
        The judgements.

    Returns
    -------
    str
    """
    radial = held_out.radial
    measured = (
        f"the variance of their d2 is {times(radial.variance_ratio)} that of the exact law of new "
        f"vectors, and the Kolmogorov-Smirnov distance to it {radial.ks:.3f}"
    )
    # In a cloud that is not normal the vectors of the fit are off their law, too.
    excess = radial.ks - in_sample.radial.ks
    elsewhere = excess > RADIAL_TOLERANCE + radial_noise(held_out.n, in_sample.n)
    joined = ", but"
    if other == "undecided":
        said = (
            "are too few for a verdict by themselves"
            if few
            else "depart by about the tolerance by themselves"
        )
    elif other != kind:
        said, joined = f"differ (by themselves: {other.replace('_', ' ')})", " and"
    else:
        said = "have a shape of the same kind" if elsewhere else "agree"
    if elsewhere:
        said += f"{joined} lie elsewhere or spread differently than the training fit says"
    return f"The {held_out.n} held-out vectors {said}; {measured}."


def distance_reasons(found, distance):
    """Say how far the cloud is from normal beyond radii, axes and planes, in full sentences.

    Parameters
    ----------
    found : dict of Finding
        Effects with their bounds.
    distance : Distance
        How far from normal.

    Returns
    -------
    list of str
    """
    said = [
        f"Modelling the {name} as normal loses {each.size:.3f} nats per vector (at most "
        f"{each.upper:.3f} with 95 % confidence; tolerance {each.tolerance:g})."
        for name, each in found.items()
        if name.startswith(("worst coordinate", "worst principal", "worst pursued"))
    ]
    if "kurtosis of directions" in found:
        each = found["kurtosis of directions"]
        said.append(
            "The directions of the vectors are as uneven as those of independent components with "
            f"an excess kurtosis of {each.size:.2f} (at most {each.upper:.2f}; tolerance "
            f"{each.tolerance:g}): an elliptical cloud has 0."
        )
    if distance.valley > VALLEY_TOLERANCE:
        said.append(
            "Along one of its least normal directions the density has two modes, the valley "
            f"between them {100 * distance.valley:.0f} % deep beyond what chance may dig: groups, "
            "or a bent cloud seen from the side."
        )
    if distance.likelihood is not None:
        said.append(_likelihood_reason(distance))
    if distance.core is not None:
        said.append(distance.core.sentence)
    return said


def _likelihood_reason(distance):
    found = distance.likelihood
    gains = dict(zip(found.names, distance.dimensions * found.gain, strict=True))
    return (
        "Over the normal distribution, vectors that no model was fitted to gain "
        f"{gains['independent']:.2f} nats each by independent principal axes of any law, "
        f"{gains['elliptical']:.2f} by radii of any law, and {gains['mixture']:.2f} by up to ten "
        "groups."
    )


def _radius_reason(evidence, judgement, config):
    radial, curve = judgement.radial, judgement.curve
    low = config.variance_ratio_tolerance
    within = f"within {1 - low:g} and {1 + low:g}"
    shells = (
        f"shells lie within {config.level_tolerance:g} standard deviations of a radius of their "
        f"place up to level {radial_level(judgement)}; "
        if len(radial.levels)
        else ""
    )
    reach = (
        f"on how many leading axes the ratio stays {within} cannot be told at n = {judgement.n}"
        if evidence.leading_unclear
        else f"the variance ratio stays {within} on {leading(curve.normal_axes)}"
    )
    return (
        f"Over all {count(len(curve.variance_ratio), 'principal axis')} the variance of d2 is "
        f"{times(curve.variance_ratio[-1])} that of the exact law, and the Kolmogorov-Smirnov "
        f"distance to it {radial.ks:.3f}; {shells}{reach}."
    )


def _axes_reason(evidence, judgement, config):
    marginal, principal = judgement.marginal, judgement.principal
    return (
        f"{normal_axes(judgement)} have a Kolmogorov-Smirnov distance under "
        f"{config.ks_tolerance:g} to their fitted normal (means "
        f"{marginal.summary('ks').mean:.4f} and {principal.summary('ks').mean:.4f}, where chance "
        f"alone gives {marginal.ks_floor:.4f}); beyond tolerance and chance together lie "
        f"{evidence.bad_axes} of {evidence.judged_axes}, and the worst is {evidence.worst_axis} "
        f"with {evidence.worst_ks:.3f}."
    )


def _planes_reason(judgement):
    error = judgement.plane.coverage_error
    if not np.isfinite(error).all():
        return ""
    return (
        f"In {count(len(judgement.plane.pairs), 'random coordinate plane')} the ellipses of 1, 2, "
        f"3 sd miss their share by {error[0]:.4f}, {error[1]:.4f} and {error[2]:.4f} on average."
    )
