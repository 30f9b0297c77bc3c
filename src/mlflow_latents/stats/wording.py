"""The sentence of a verdict."""

from mlflow_latents.stats.evidence import MANY
from mlflow_latents.stats.phrases import (
    axis_level,
    count,
    leading,
    normal_axes,
    radial_level,
    round_up,
    times,
)

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
        f"{count(len(judgement.curve.variance_ratio), 'dimension')}: its axes, planes and radii "
        f"agree with one within the tolerances, the radii up to level {radial_level(judgement)}."
    )


def _undecided(evidence, found, judgement):
    worst = evidence.worst_measured
    if not worst and not evidence.shells_hold:
        worst = f"the shells hold up to level {radial_level(judgement)} only"
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
        f"{round_up(evidence.vectors_needed)} or more are needed{least}."
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
            f"{count(evidence.worst_radii_axes, 'leading principal axis')} have a "
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
        return f"The axes look normal up to level {axis_level(judgement)}"
    if not evidence.bad_axes:
        return (
            "No coordinate or principal axis departs from normal by more than the tolerance and "
            "chance together"
        )
    return (
        f"{normal_axes(judgement)} look normal (the worst, {evidence.worst_axis}, has a "
        f"Kolmogorov-Smirnov distance of {evidence.worst_ks:.3f})"
    )


def _joint_clause(evidence, judgement):
    curve = judgement.curve
    k = len(curve.variance_ratio) if evidence.radius else evidence.leading_axes
    but = "and" if evidence.bad_share >= MANY else "but"
    if evidence.leading_unclear:
        holds = "the joint law fails"
    else:
        only = " only" if curve.normal_axes else ""
        holds = f"the joint law holds on {leading(curve.normal_axes)}{only}"
    over = (
        "on the first axis" if k == 1 else f"over {'all' if evidence.radius else 'the first'} {k}"
    )
    over += " leading principal axes" if evidence.leading_unclear and k > 1 else ""
    return (
        f"{but} {holds}: {over} the variance of d2 is {times(curve.variance_ratio[k - 1])} what a "
        "normal distribution gives"
    )
