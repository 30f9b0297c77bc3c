"""The sentences of a verdict."""

import numpy as np

from mlflow_latents.stats.battery.pursuit import GROUPS, searched
from mlflow_latents.stats.evidence import MANY, RADIAL_TOLERANCE
from mlflow_latents.stats.hidden import VALLEY_TOLERANCE
from mlflow_latents.stats.noise import radial_noise

MANY_REPEATED = 0.01  # share of the vectors

NAMED = {
    "normal_core": "a multivariate normal distribution in its core, up to level 3, with tails that "
    "are not",
    "elliptical": "elliptical, with radii of another law than those of a multivariate normal "
    "distribution",
    "clustered": "clustered: it has several modes or groups, and is not a multivariate normal "
    "distribution",
    "skewed": "skewed, not a multivariate normal distribution",
}


def sentence(kind, shape, evidence, found, fit, judgement, config):
    """Say in one sentence what the cloud is.

    Parameters
    ----------
    kind : str
        Of the verdict.
    shape : str
        What radii, axes and planes alone tell.
    evidence : Evidence
        What it rests on.
    found : dict of Finding
        Effects beyond radii, axes and planes.
    fit : GaussianFit
        Of the training vectors.
    judgement : Judgement
        The in-sample one.
    config : AssessConfig
        Tolerances.

    Returns
    -------
    str
    """
    if kind == "normal":
        text = _normal(evidence, judgement)
    elif kind == "undecided":
        text = _undecided(evidence, found, judgement)
    elif shape in ("normal", "undecided"):
        text = _hidden(kind, evidence, found, judgement, config)
    else:
        text = _departs(kind, shape, evidence, judgement, config)
    if not fit.degenerate:
        return text
    return (
        f"In the {fit.rank} of {fit.d} dimensions in which the vectors vary: "
        f"{text[0].lower()}{text[1:]}"
    )


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
            f"The covariance has rank {fit.rank} in {_count(fit.d, 'dimension')}: coordinates are "
            "dead, constant, collinear or narrower than float64 resolves beside the widest axis, "
            "and everything but the coordinate axes and planes is measured in the subspace."
        )
    return [reason for reason in found if reason]


def with_repeated(sentence, share):
    """Add to a verdict's sentence that vectors repeat, where it matters."""
    if share <= MANY_REPEATED:
        return sentence
    return (
        f"{sentence[:-1]}; {_percent(share)} of the vectors repeat others, which makes all of this "
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
        f"the variance of their d2 is {_times(radial.variance_ratio)} that of the exact law of new "
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


def _hidden(kind, evidence, found, judgement, config):
    beyond = [each for each in found.values() if each.beyond]
    # Another model's likelihood says that the cloud departs, and not how.
    telling = [each for each in beyond if not each.name.startswith("likelihood")] or beyond
    worst = max(telling, key=lambda each: each.lower / each.tolerance)
    return (
        f"{_axes_clause(evidence, judgement, config)}, and radii and planes look normal, but the "
        f"{_of(worst.name)} is {worst.size:.3f} where {worst.tolerance:g} counts as none; the "
        f"cloud is {_what(kind, '', evidence)}."
    )


def _normal(evidence, judgement):
    return (
        f"The cloud looks like a multivariate normal distribution of "
        f"{_count(len(judgement.curve.variance_ratio), 'dimension')}: its axes, planes and radii "
        f"agree with one within the tolerances, the radii up to level {_radial_level(judgement)}."
    )


def _undecided(evidence, found, judgement):
    worst = evidence.worst_measured
    if not worst and not evidence.shells_hold:
        worst = f"the shells hold up to level {_radial_level(judgement)} only"
    unclear = [each for each in found.values() if not each.holds]
    if worst:
        said = (
            "The cloud departs measurably from a normal distribution, but by about the tolerance "
            f"(worst: {worst})"
        )
    elif unclear and not evidence.vectors_needed:
        said = (
            f"Nothing departs beyond its tolerance, but the {_of(unclear[0].name)} could: it is "
            f"{unclear[0].size:.3f} and at most {unclear[0].upper:.3f}, where "
            f"{unclear[0].tolerance:g} counts as none"
        )
    else:
        said = "Nothing speaks clearly against a normal distribution"
    if not evidence.vectors_needed:
        return f"{said}."
    least = "" if worst else f" (least certain: {evidence.least_certain})"
    return (
        f"{said}{';' if worst else ', but'} n = {judgement.n} vectors are too few to tell: about "
        f"{_round_up(evidence.vectors_needed)} or more are needed{least}."
    )


def _of(name):
    """Say what was measured of a finding."""
    axes = name.startswith(("worst coordinate", "worst principal", "worst pursued"))
    return f"negentropy of the {name}" if axes else name


def _departs(kind, shape, evidence, judgement, config):
    clauses = [_axes_clause(evidence, judgement, config)]
    if evidence.radius or (evidence.leading and not evidence.bad_axes and not evidence.bad_plane):
        clauses.append(_joint_clause(evidence, judgement))
    elif evidence.bad_plane and not evidence.bad_axes:
        clauses.append(
            f"but the ellipses of some random coordinate planes miss their share by up to "
            f"{evidence.worst_plane:.3f}"
        )
    elif evidence.leading:
        clauses.append(_joint_clause(evidence, judgement))
    elif evidence.bad_radii:
        clauses.append(
            f"{'and' if evidence.bad_axes else 'but'} the radii over "
            f"{_count(evidence.worst_radii_axes, 'leading principal axis')} have a "
            f"Kolmogorov-Smirnov distance of {evidence.worst_radii:.3f} to their law"
        )
    elif evidence.radii_hold:
        clauses.append("although the law of the radius holds")
    else:
        clauses.append("and the radii alone would not tell")
    return f"{', '.join(clauses)}; the cloud is {_what(kind, shape, evidence)}."


def _what(kind, shape, evidence):
    if kind in NAMED:
        return NAMED[kind]
    if shape == "light_tailed":
        return "lighter in the tails than a multivariate normal distribution"
    if shape != "heavy_tailed":
        return "not a multivariate normal distribution"
    if evidence.axes_differ:
        return (
            "heavy-tailed, and since its axes differ in shape neither elliptical nor a "
            "multivariate normal distribution"
        )
    return "heavy-tailed, not a multivariate normal distribution"


def _axes_clause(evidence, judgement, config):
    if not evidence.bad_axes and evidence.worst_ks < config.ks_tolerance:
        return f"The axes look normal up to level {_axis_level(judgement)}"
    if not evidence.bad_axes:
        return (
            "No coordinate or principal axis departs from normal by more than the tolerance and "
            "chance together"
        )
    return (
        f"{_normal_axes(judgement)} look normal (the worst, {evidence.worst_axis}, has a "
        f"Kolmogorov-Smirnov distance of {evidence.worst_ks:.3f})"
    )


def _normal_axes(judgement):
    return (
        f"{_percent(judgement.marginal.normal_fraction)} of the coordinate axes and "
        f"{_percent(judgement.principal.normal_fraction).lower()} of the principal axes"
    )


def _joint_clause(evidence, judgement):
    curve = judgement.curve
    k = len(curve.variance_ratio) if evidence.radius else evidence.leading_axes
    but = "and" if evidence.bad_share >= MANY else "but"
    if evidence.leading_unclear:
        holds = "the joint law fails"
    else:
        only = " only" if curve.normal_axes else ""
        holds = f"the joint law holds on {_leading(curve.normal_axes)}{only}"
    over = (
        "on the first axis" if k == 1 else f"over {'all' if evidence.radius else 'the first'} {k}"
    )
    over += " leading principal axes" if evidence.leading_unclear and k > 1 else ""
    return (
        f"{but} {holds}: {over} the variance of d2 is {_times(curve.variance_ratio[k - 1])} what a "
        "normal distribution gives"
    )


def _leading(axes):
    if axes == 0:
        return "no leading principal axis"
    return "the first principal axis" if axes == 1 else f"the {axes} leading principal axes"


def _radius_reason(evidence, judgement, config):
    radial, curve = judgement.radial, judgement.curve
    low = config.variance_ratio_tolerance
    within = f"within {1 - low:g} and {1 + low:g}"
    shells = (
        f"shells lie within {config.level_tolerance:g} standard deviations of a radius of their "
        f"place up to level {_radial_level(judgement)}; "
        if len(radial.levels)
        else ""
    )
    leading = (
        f"on how many leading axes the ratio stays {within} cannot be told at n = {judgement.n}"
        if evidence.leading_unclear
        else f"the variance ratio stays {within} on {_leading(curve.normal_axes)}"
    )
    return (
        f"Over all {_count(len(curve.variance_ratio), 'principal axis')} the variance of d2 is "
        f"{_times(curve.variance_ratio[-1])} that of the exact law, and the Kolmogorov-Smirnov "
        f"distance to it {radial.ks:.3f}; {shells}{leading}."
    )


def _axes_reason(evidence, judgement, config):
    marginal, principal = judgement.marginal, judgement.principal
    return (
        f"{_normal_axes(judgement)} have a Kolmogorov-Smirnov distance under "
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
        f"In {_count(len(judgement.plane.pairs), 'random coordinate plane')} the ellipses of 1, 2, "
        f"3 sd miss their share by {error[0]:.4f}, {error[1]:.4f} and {error[2]:.4f} on average."
    )


def _axis_level(judgement):
    axes = min(
        (judgement.marginal, judgement.principal), key=lambda m: m.summary("level_limit").median
    )
    median = axes.summary("level_limit").median
    return f"{median:g}{' or beyond' if np.mean(axes.level_limit_open) > 0.5 else ''}"


def _radial_level(judgement):
    radial = judgement.radial
    return f"{radial.level_limit:g}{' or beyond' if radial.level_limit_open else ''}"


def _count(n, noun):
    plural = noun[:-2] + "es" if noun.endswith("axis") else noun + "s"
    return f"{n} {noun if n == 1 else plural}"


def _percent(share):
    """Share as a percentage; "none" and "all" are said only where they are true."""
    if share in (0, 1):
        return "All" if share else "None"
    return f"{min(max(100 * share, 1), 99):.0f} %"


def _times(ratio):
    if np.isnan(ratio):
        return "an undefined number of times"
    if ratio < 0.01:
        return "< 0.01 times"
    digits = 0 if ratio >= 9.5 else 1 if ratio >= 2 else 2
    return f"{ratio:.{digits}f} times"


def _round_up(n):
    step = 10 ** max(len(str(n)) - 2, 0)
    return -(-n // step) * step
