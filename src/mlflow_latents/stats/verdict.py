"""The verdict in plain words."""

from dataclasses import dataclass

from mlflow_latents.stats import wording
from mlflow_latents.stats.evidence import MANY, weigh


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
        "not_normal" (axes, planes or the law of the radius itself are not normal); "undecided" (too
        few vectors, or departures of about the tolerance).
    sentence : str
        One sentence for a reader who knows what a normal distribution is.
    reasons : tuple of str
        Full sentences with the numbers that the verdict rests on.
    """

    kind: str
    sentence: str
    reasons: tuple[str, ...]


def decide(fit, in_sample, held_out, config, remarks=()):
    """Decide what the cloud is from the in-sample judgement, and say where the held-out differs.

    An effect counts only when it exceeds its tolerance by more than chance does at this n; the
    cloud is called normal only when every effect is within its tolerance and chance is smaller
    than the tolerance; in between, it is undecided. Being within the tolerance is a comparison of
    the measured value alone: the true effect may be larger by as much as chance.

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
    remarks : tuple of str
        Reasons to add: what in the vectors themselves limits the verdict.

    Returns
    -------
    Verdict
    """
    evidence = weigh(in_sample, config)
    kind = _kind(evidence)
    reasons = wording.reasons(evidence, fit, in_sample, config)
    if held_out is not None:
        other = _kind(weigh(held_out, config))
        reasons.append(wording.held_out_reason(kind, other, in_sample, held_out))
    sentence = wording.sentence(kind, evidence, fit, in_sample, config)
    return Verdict(kind, sentence, (*reasons, *remarks))


def _kind(evidence):
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
