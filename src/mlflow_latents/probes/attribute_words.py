"""What was found of attributes, in sentences."""

from collections.abc import Iterator, Sequence

import numpy as np

from mlflow_latents.probes.arithmetic import Arithmetic
from mlflow_latents.probes.attributes import AttributeFound, AttributesReport
from mlflow_latents.probes.sensitivity_found import Sensitivity

CONTROLS = {"pca": "principal components of the pixels", "untrained": "an untrained encoder"}
SCORES = {"auc": "area under the curve", "r2": "R²"}
NAMED = 5  # attributes of a list in a sentence
RESPONDS = 0.1  # sd of the logit per sd moved


def attribute_sentences(
    report: AttributesReport, arithmetic: Arithmetic | None, sensitivity: Sensitivity | None
) -> list[str]:
    """Say what was found of attributes, the most important first.

    Parameters
    ----------
    report : AttributesReport
    arithmetic : Arithmetic or None
        None where no judge of images could be had.
    sensitivity : Sensitivity or None
        None where the images show no faces.

    Returns
    -------
    list of str
    """
    return [
        *_readings(report),
        *_places(report),
        *_classes_alone(report),
        *_laws(report),
        *(_moves(arithmetic) if arithmetic else ()),
        *(_background(sensitivity) if sensitivity else ()),
    ]


def _readings(report) -> Iterator[str]:
    for measure, score in SCORES.items():
        scored = [each for each in report.found if each.measure == measure]
        if not scored:
            continue
        what = "attributes and classes" if measure == "auc" else "numbers"
        mean = _mean(each.score.value for each in scored)
        beside = [
            f"{CONTROLS.get(name, name)} {_mean(each.score_of(name).value for each in scored):.3f}"
            for name in scored[0].controls
        ]
        ranked = sorted(scored, key=lambda each: -each.score.value)
        yield (
            f"A straight line through the latent space tells {len(scored)} {what} of held-out "
            f"images with a mean {score} of {mean:.3f}"
            + (f" ({', '.join(beside)})" if beside else "")
            + f"; best {_scored(ranked[0])}, worst {_scored(ranked[-1])}."
        )


def _places(report) -> Iterator[str]:
    yield f"All attributes together explain {_percent(report.explained)} of the latent variance."
    apart = [each for each in report.found if each.where and each.where.low > 0]
    if apart:
        ranked = sorted(apart, key=lambda each: -each.where.distance)
        far = ", ".join(f"{e.name} ({e.where.distance:.1f} sd)" for e in ranked[:NAMED])
        yield f"The classes that lie farthest apart, between their centres: {far}."


def _classes_alone(report) -> Iterator[str]:
    alone = [each.alone for each in report.found if each.alone]
    if not alone:
        return
    ratios = [each.variance_ratio for each in alone]
    normal = sum(each.kind == "normal" for each in alone)
    whole = f"; that of all vectors is {report.whole.variance_ratio:.3g}" if report.whole else ""
    yield (
        f"{normal or 'None'} of the {len(alone)} classes with enough vectors is a multivariate "
        f"normal distribution by itself: their variance ratios run from {min(ratios):.3g} to "
        f"{max(ratios):.3g} (1 is normal){whole}."
    )


def _laws(report) -> Iterator[str]:
    numbers = [each.law for each in report.found if each.law.values is not None]
    for kind in ("normal", "bimodal"):
        own = [law for law in numbers if law.values.kind == kind]
        if own:
            kept = sum(law.positions.kind == kind for law in own)
            yield (
                f"Of the {len(own)} numbers that are {kind} among the images, {kept} are {kind} "
                "along their axis as well."
            )


def _moves(found: Arithmetic) -> Iterator[str]:
    response = np.array([each.value for each in found.response(found.plain)])
    restored = np.array([each.value for each in found.response(found.restored)])
    leaks = [found.leakage(way) for way in (found.plain, found.partial)]
    yield (
        f"Images moved by 1 sd along an attribute's axis change what the judge says of it by "
        f"{np.nanmean(response):.2f} of its sd, mean over {len(response)} attributes "
        f"({np.nanmean(restored):.2f} when they are brought back to their level)."
    )
    if np.isfinite(leaks[0]).any():
        partial = np.nanmean(leaks[1]) if np.isfinite(leaks[1]).any() else np.nan
        yield (
            f"What it says of other attributes changes {np.nanmean(leaks[0]):.2f} times as much "
            f"(root mean square); along partial axes, {partial:.2f} times."
        )
    weak = [name for name, value in zip(found.names, response, strict=True) if value < RESPONDS]
    if weak:
        yield f"Hardly anything comes of moving along {_listed(weak)}."
    if found.looks is not None:
        yield _look_sentence(found.looks.difference)


def _look_sentence(difference) -> str:
    value = f"{_signed(difference.value)} ± {difference.error:.2f}"
    if abs(difference.value) <= 2 * difference.error:
        return (
            "Whether moved images are brought back to their level or not, they look equally near "
            f"to held-out images (difference of the Fréchet distances {value})."
        )
    better = "nearer to" if difference.value < 0 else "farther from"
    return (
        f"Moved images that are brought back to their level look {better} held-out images: their "
        f"Fréchet distance changes by {value}."
    )


def _background(found: Sensitivity) -> Iterator[str]:
    shells = {shell.name: shell for shell in found.shells}
    shares = [
        f"{_percent(shells[name].random.background_share.value)} {where}"
        for name, where in (
            ("centre", "at the centre"),
            ("level_1", "at level 1"),
            ("level_4", "at level 4"),
        )
    ]
    yield (
        f"{_percent(found.background_area)} of the pixels lie outside the face; of what a small "
        f"step in a random direction changes, {_joined(shares)} lies there."
    )
    leading, _, trailing = np.array(found.carried.shares)[1]
    yield (
        f"Of the change of the background, the {found.carried.groups[0]} leading principal axes "
        f"carry {_percent(leading)} and the trailing half {_percent(trailing)}."
    )


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _scored(found: AttributeFound) -> str:
    return f"{found.name} ({found.score.value:.3f})"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _joined(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _mean(values) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else np.nan
