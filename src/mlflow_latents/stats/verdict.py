"""The verdict in plain words."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.stats import hidden, wording
from mlflow_latents.stats import reasons as reasons_of
from mlflow_latents.stats.evidence import MANY, RADIAL_TOLERANCE, margin_shape, weigh
from mlflow_latents.stats.hidden import Finding, findings
from mlflow_latents.stats.noise import (
    axis_noise,
    distance_margin,
    radial_margin,
    radial_noise,
    ratio_noise,
)

KINDS = (
    "normal",
    "normal_core",
    "elliptical",
    "normal_margins",
    "clustered",
    "skewed",
    "other",
    "undecided",
)

DIRECTIONS = ("skewness of directions", "kurtosis of directions")


@dataclass(frozen=True)
class Verdict:
    """What the cloud is.

    Parameters
    ----------
    kind : str
        "normal": every effect is within its tolerance, by its confidence bound. "normal_core": the
        inner part up to level 3 is normal, the tails are not. "elliptical": normal but for the law
        of the radii. "normal_margins": most axes are normal by themselves, but they depend on each
        other. "clustered": there are several modes or groups. "skewed": the cloud leans to some
        side. "other": it departs otherwise. "undecided": too few vectors, or departures of about
        the tolerance.
    sentence : str
        One sentence for a reader who knows what a normal distribution is.
    reasons : tuple of str
        Full sentences with the numbers that the verdict rests on.
    level : float
        Largest level (in sigma) up to which the shells are where an MND has them.
    axes : int
        Number of leading principal axes up to which the joint law holds.
    findings : tuple of Finding
        Effects, their confidence bounds and tolerances, beyond radii, axes and planes.
    """

    kind: str
    sentence: str
    reasons: tuple[str, ...]
    level: float
    axes: int
    findings: tuple[Finding, ...]


def decide(fit, in_sample, held_out, battery, distance, config, remarks=(), repeated=0.0):
    """Decide what the cloud is from effect sizes, and say where held-out vectors differ.

    A departure counts when its confidence bound exceeds the tolerance for it; the cloud is called
    normal only when the bound of every effect lies within its tolerance; in between it is
    undecided. No p-value has a part in it.

    Parameters
    ----------
    fit : GaussianFit
        Fit of the training vectors.
    in_sample : Judgement
        Of the training vectors.
    held_out : Judgement or None
        Of vectors that the fit has not seen.
    battery : Battery
        Tests of the training vectors.
    distance : Distance
        How far the training vectors are from normal.
    config : AssessConfig
        Tolerances.
    remarks : tuple of str
        Reasons to add: what in the vectors themselves limits the verdict.
    repeated : float
        Share of the vectors that repeat others.

    Returns
    -------
    Verdict
    """
    evidence = weigh(in_sample, config)
    found = findings(battery, distance)
    kind = _kind(evidence, found, distance, config)
    reasons = reasons_of.reasons(evidence, fit, in_sample, config)
    reasons += reasons_of.distance_reasons(found, distance)
    if held_out is not None:
        other = weigh(held_out, config)
        few = other.vectors_needed > 0
        words = _shape(evidence), _shape(other), few
        reasons.append(reasons_of.held_out_reason(*words, in_sample, held_out))
    if kind == "normal":
        reasons.append(reasons_of.search_reason(battery))
    sentence = wording.sentence(kind, _shape(evidence), evidence, found, fit, in_sample, config)
    return Verdict(
        kind=kind,
        sentence=reasons_of.with_repeated(sentence, repeated),
        reasons=(*filter(None, reasons), *remarks),
        level=in_sample.radial.level_limit,
        axes=in_sample.curve.normal_axes,
        findings=tuple(found.values()),
    )


def _kind(evidence, found, distance, config):
    shape = _shape(evidence)
    hidden_beyond = any(each.beyond for each in found.values())
    if shape in ("normal", "undecided") and not hidden_beyond:
        holds = shape == "normal" and all(each.holds for each in found.values())
        return "normal" if holds else "undecided"
    if _clustered(found, distance):
        return "clustered"
    departs = shape not in ("normal", "undecided")
    if departs and _core_is_normal(distance, config):
        return "normal_core"
    if _elliptical(evidence, found, distance):
        return "elliptical"
    radii = evidence.radius or evidence.leading or evidence.bad_radii
    uneven = [found[name].beyond for name in DIRECTIONS if name in found]
    if any(uneven[:1]) or _skewed(evidence, distance, evidence.radius or any(uneven)):
        return "skewed"
    plane = "worst plane" in found and found["worst plane"].beyond
    joint = radii or any(uneven) or plane
    return "normal_margins" if joint and evidence.bad_share < MANY else "other"


def _clustered(found, distance):
    # Axes that share their magnitude, such as pairs (x, ±x), look a little like groups, too.
    plane = found.get("worst plane")
    shared = plane is not None and plane.size > hidden.SHARED_SIZE
    deep = hidden.DEEP_VALLEY if shared else hidden.VALLEY_TOLERANCE
    if distance.valley > deep:
        return True
    likelihood = distance.likelihood
    if likelihood is None or shared:
        return False
    scale = distance.dimensions
    gain = dict(zip(likelihood.names, scale * likelihood.gain, strict=True))
    error = scale * likelihood.standard_error[likelihood.names.index("mixture")]
    certain = hidden.certain_nats(distance.principal)
    axes = np.nansum(distance.principal.estimate[certain > hidden.NATS_TOLERANCE])
    rest = max(0.0, gain["elliptical"], gain["independent"], axes)
    apart = likelihood.certainty > hidden.APART
    return bool(apart and gain["mixture"] - rest > max(hidden.GROUPS_GAIN, 3 * error))


def _core_is_normal(distance, config):
    core, within = distance.core, distance.core_pursued
    if core is None or not core.normal or core.level < hidden.CORE_LEVEL:
        return False
    n, rank = core.fit.n, core.fit.rank
    radii = max(core.ks + radial_margin(n), radial_noise(n)) <= RADIAL_TOLERANCE
    worst = core.worst_axis_ks + distance_margin(n)
    axes = max(worst, axis_noise(n, rank)) <= config.ks_tolerance
    ratio = distance.core_curve.variance_ratio
    chance = ratio_noise(n, np.arange(1, len(ratio) + 1))
    leading = (np.abs(ratio - 1) <= config.variance_ratio_tolerance + chance).all()
    directions = within is None or np.nanmax(within.estimate) <= hidden.NATS_TOLERANCE
    return bool(radii and axes and leading and directions)


def _elliptical(evidence, found, distance):
    """Radii depart, while directions and axes are those of an elliptical cloud."""
    departs = evidence.radius or (evidence.bad_radii and not evidence.leading)
    if not departs or evidence.axes_differ:
        return False
    if not all(name in found and found[name].holds for name in DIRECTIONS):
        return False
    if distance.likelihood is None:
        return True
    gain = dict(zip(distance.likelihood.names, distance.likelihood.gain, strict=True))
    return bool(gain["elliptical"] >= max(gain["independent"], gain["mixture"]))


def _skewed(evidence, distance, joint):
    if evidence.margin_shape == "skewed" and (evidence.bad_share >= MANY or not joint):
        return True
    pursued = distance.pursued
    if pursued is None or (joint and evidence.bad_axes):
        return False
    beyond = np.flatnonzero(hidden.certain_nats(pursued) > hidden.NATS_TOLERANCE)
    return margin_shape(distance.skewness[beyond], distance.excess_kurtosis[beyond]) == "skewed"


def _shape(evidence):
    """Say what radii, axes and planes alone tell: for words, and to compare held-out vectors."""
    many = evidence.bad_share >= MANY
    if evidence.radius > 0:
        return "not_normal" if many and evidence.margin_shape != "heavy" else "heavy_tailed"
    if evidence.radius < 0:
        return "not_normal" if many and evidence.margin_shape != "light" else "light_tailed"
    if evidence.bad_axes or evidence.bad_plane:
        return "not_normal"
    if evidence.leading:
        return "heavy_tailed" if evidence.leading > 0 else "light_tailed"
    if evidence.bad_radii:
        return "not_normal"
    clear = evidence.radii_hold and evidence.shells_hold and not evidence.vectors_needed
    return "normal" if clear else "undecided"
