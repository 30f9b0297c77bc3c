"""The verdict in plain words."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.stats.evidence import weigh

MANY = 0.25  # share of bad axes from which they, and not the radius, name the verdict


@dataclass(frozen=True)
class Verdict:
    """What the cloud is, as far as radius, axes and planes tell.

    It rests on the law of the radius over the leading principal axes, on every coordinate and
    principal axis by itself, and on random coordinate planes. It does not cover the direction of
    the vectors, nor structure along axes that are neither coordinates nor principal.

    Parameters
    ----------
    kind : str
        "normal"; "heavy_tailed" or "light_tailed" (the radius varies more or less than it may);
        "not_normal" (axes or planes themselves are not normal); "undecided" (too few vectors).
    sentence : str
        One sentence for a reader who knows what a normal distribution is.
    reasons : tuple of str
        Full sentences with the numbers that the verdict rests on.
    """

    kind: str
    sentence: str
    reasons: tuple[str, ...]


def decide(fit, in_sample, held_out, config):
    """Decide what the cloud is from the in-sample judgement, and say where the held-out differs.

    An effect counts only when it exceeds its tolerance by more than chance does at this n; the
    cloud is called normal only when every effect is within its tolerance and chance is smaller
    than the tolerance; in between, it is undecided.

    Parameters
    ----------
    fit : GaussianFit
        Fit of the training vectors.
    in_sample : Judgement
        Of the training vectors.
    held_out : Judgement or None
        Of vectors that the fit has not seen.
    config : AssessConfig
        Tolerances.

    Returns
    -------
    Verdict
    """
    evidence = weigh(in_sample, config)
    kind = _kind(evidence)
    sentence = _sentence(kind, evidence, in_sample, config)
    if fit.degenerate:
        sentence = (
            f"In the {fit.rank} of {fit.d} dimensions in which the vectors vary: "
            f"{sentence[0].lower()}{sentence[1:]}"
        )
    reasons = [
        _radius_reason(in_sample, config),
        _axes_reason(evidence, in_sample, config),
        _planes_reason(in_sample),
    ]
    if fit.degenerate:
        reasons.append(
            f"The covariance has rank {fit.rank} in {fit.d} dimensions: coordinates are dead, "
            "constant or collinear, and everything but the coordinate axes and planes is measured "
            "in the subspace."
        )
    if held_out is not None:
        reasons.append(_held_out_reason(kind, held_out, config))
    return Verdict(kind, sentence, tuple(reason for reason in reasons if reason))


def _kind(evidence):
    many = evidence.bad_share >= MANY
    if evidence.radius > 0:
        return (
            "not_normal"
            if many and evidence.margin_shape in ("skewed", "modes")
            else "heavy_tailed"
        )
    if evidence.radius < 0:
        return "not_normal" if many and evidence.margin_shape != "light" else "light_tailed"
    if evidence.bad_axes or evidence.bad_plane:
        return "not_normal"
    if evidence.leading:
        return "heavy_tailed" if evidence.leading > 0 else "light_tailed"
    return "undecided" if evidence.vectors_needed else "normal"


def _sentence(kind, evidence, judgement, config):
    if kind == "normal":
        return (
            f"The cloud looks like a multivariate normal distribution of "
            f"{len(judgement.curve.variance_ratio)} dimensions: its axes, planes and radii agree "
            f"with one within the tolerances, the radii up to level {_radial_level(judgement)}."
        )
    if kind == "undecided":
        return (
            f"Nothing speaks clearly against a normal distribution, but n = {judgement.n} vectors "
            f"are too few to tell: about {_round_up(evidence.vectors_needed)} are needed."
        )
    clauses = [_axes_clause(evidence, judgement, config)]
    if evidence.radius or evidence.leading:
        clauses.append(_joint_clause(evidence, judgement))
    elif evidence.bad_axes:
        clauses.append("although the law of the radius holds")
    else:
        clauses.append(
            f"but the ellipses of some coordinate planes miss their share by up to "
            f"{evidence.worst_plane:.3f}"
        )
    what = {
        "heavy_tailed": (
            "heavy-tailed, and since its axes differ in shape neither elliptical nor a "
            "multivariate normal distribution"
            if evidence.axes_differ
            else "elliptical or heavy-tailed, not a multivariate normal distribution"
        ),
        "light_tailed": "lighter in the tails than a multivariate normal distribution",
        "not_normal": "not a multivariate normal distribution",
    }[kind]
    return f"{', '.join(clauses)}; the cloud is {what}."


def _axes_clause(evidence, judgement, config):
    if not evidence.bad_axes and evidence.worst_ks < config.ks_tolerance:
        return f"The axes look normal up to level {_axis_level(judgement)}"
    if not evidence.bad_axes:
        return "No axis departs from normal by more than the tolerance and chance together"
    marginal, principal = judgement.marginal, judgement.principal
    return (
        f"{_percent(marginal.normal_fraction)} of the coordinate axes and "
        f"{_percent(principal.normal_fraction).lower()} of the principal axes look normal (the "
        f"worst, {evidence.worst_axis}, has a Kolmogorov-Smirnov distance of "
        f"{evidence.worst_ks:.3f})"
    )


def _joint_clause(evidence, judgement):
    curve = judgement.curve
    k = len(curve.variance_ratio) if evidence.radius else evidence.leading_axes
    only = " only" if curve.normal_axes else ""
    but = "and" if evidence.bad_share >= MANY else "but"
    over = (
        "on the first axis" if k == 1 else f"over {'all' if evidence.radius else 'the first'} {k}"
    )
    return (
        f"{but} the joint law holds on {_leading(curve.normal_axes)}{only}: {over} the variance of "
        f"d2 is {_times(curve.variance_ratio[k - 1])} what a normal distribution gives"
    )


def _leading(axes):
    if axes == 0:
        return "no leading principal axis"
    return "the first principal axis" if axes == 1 else f"the {axes} leading principal axes"


def _radius_reason(judgement, config):
    radial, curve = judgement.radial, judgement.curve
    k, low = len(curve.variance_ratio), config.variance_ratio_tolerance
    return (
        f"Over all {k} principal axes the variance of d2 is {_times(curve.variance_ratio[-1])} "
        f"that of the exact law, and the Kolmogorov-Smirnov distance to it {radial.ks:.3f}; shells "
        f"lie within {config.level_tolerance:g} standard deviations of a radius of their place up "
        f"to level {_radial_level(judgement)}; the variance ratio stays within {1 - low:g} and "
        f"{1 + low:g} on {_leading(curve.normal_axes)}."
    )


def _axes_reason(evidence, judgement, config):
    marginal, principal = judgement.marginal, judgement.principal
    return (
        f"{_percent(marginal.normal_fraction)} of the coordinate axes and "
        f"{_percent(principal.normal_fraction).lower()} of the principal axes have a "
        f"Kolmogorov-Smirnov distance under {config.ks_tolerance:g} to their fitted normal (means "
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
        f"In {len(judgement.plane.pairs)} coordinate planes the ellipses of 1, 2, 3 sd miss their "
        f"share by {error[0]:.4f}, {error[1]:.4f} and {error[2]:.4f} on average."
    )


def _held_out_reason(kind, held_out, config):
    radial = held_out.radial
    other = _kind(weigh(held_out, config))
    measured = (
        f"the variance of their d2 is {_times(radial.variance_ratio)} that of the exact law of new "
        f"vectors, and the Kolmogorov-Smirnov distance to it {radial.ks:.3f}"
    )
    if other == "undecided":
        return f"The {held_out.n} held-out vectors are too few for a verdict; {measured}."
    verb = "agree" if other == kind else f"differ (by themselves: {other.replace('_', ' ')})"
    return f"The {held_out.n} held-out vectors {verb}; {measured}."


def _axis_level(judgement):
    axes = min(
        (judgement.marginal, judgement.principal), key=lambda m: m.summary("level_limit").median
    )
    median = axes.summary("level_limit").median
    return f"{median:g}{' or beyond' if np.mean(axes.level_limit_open) > 0.5 else ''}"


def _radial_level(judgement):
    radial = judgement.radial
    return f"{radial.level_limit:g}{' or beyond' if radial.level_limit_open else ''}"


def _percent(share):
    """Share as a percentage; "none" and "all" are said only where they are true."""
    if share in (0, 1):
        return "All" if share else "None"
    return f"{min(max(100 * share, 1), 99):.0f} %"


def _times(ratio):
    if np.isnan(ratio):
        return "an undefined number of times"
    digits = 0 if ratio >= 9.5 else 1 if ratio >= 2 else 2
    return f"{ratio:.{digits}f} times"


def _round_up(n):
    step = 10 ** max(len(str(n)) - 2, 0)
    return -(-n // step) * step
