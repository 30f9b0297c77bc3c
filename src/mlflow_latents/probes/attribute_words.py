"""What was found of attributes, in sentences."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from mlflow_latents.probes.arithmetic_found import Arithmetic
from mlflow_latents.probes.arithmetic_table import means
from mlflow_latents.probes.attributes import AttributeFound, AttributesReport
from mlflow_latents.probes.class_alone import LEAST_PER_DIMENSION
from mlflow_latents.probes.known import mean_of_known
from mlflow_latents.probes.sensitivity_found import Sensitivity

CONTROLS = {"pca": "principal components of the pixels", "untrained": "an untrained encoder"}
SCORES = {
    "auc": ("area under the curve", "attribute or class", "attributes and classes"),
    "r2": ("R²", "number", "numbers"),
}
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
    for measure, (score, *what) in SCORES.items():
        scored = [each for each in report.found if each.measure == measure]
        if not scored:
            continue
        mean = mean_of_known(each.score.value for each in scored)
        beside = [
            f"{CONTROLS.get(control, control)} {mean:.3f}"
            for control in scored[0].controls
            for mean in [mean_of_known(each.score_of(control).value for each in scored)]
        ]
        if scored[0].controls:
            beside.append(f"training adds {_signed(_added(scored), 3)} to the better of both")
        ranked = sorted(scored, key=lambda each: -each.score.value)
        yield (
            f"A straight line through the latent space tells {_counted(len(scored), *what)} of "
            f"held-out images with a mean {score} of {mean:.3f}"
            + (f" ({', '.join(beside)})" if beside else "")
            + f"; best {_scored(ranked[0])}, worst {_scored(ranked[-1])}."
        )


def _added(scored) -> float:
    """Give the mean score less that of the control with the higher mean."""
    controls = [
        mean_of_known(each.score_of(name).value for each in scored) for name in scored[0].controls
    ]
    return mean_of_known(each.score.value for each in scored) - np.nanmax(controls)


def _places(report) -> Iterator[str]:
    if np.isfinite(report.explained):
        every = len(report.together) == len(report.found)
        which = "" if every else " that are known for every training image"
        yield (
            f"All attributes{which} together explain {_percent(report.explained)} of the latent "
            "variance."
        )
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
    counts = Counter(each.kind for each in alone)
    others = ", ".join(
        f"{kind.replace('_', ' ')} {count}"
        for kind, count in counts.most_common()
        if kind not in ("normal", "undecided")
    )
    whole = f"; that of all vectors is {report.whole.variance_ratio:.3g}" if report.whole else ""
    normal, undecided = counts["normal"], counts["undecided"]
    yield (
        f"Of {_counted(len(alone), 'class', 'classes')} of at least {LEAST_PER_DIMENSION} d "
        f"vectors, judged by themselves, {normal or 'none'} {'look' if normal > 1 else 'looks'} "
        f"normal, {undecided or 'none'} cannot be decided"
        + (f", and the others are not ({others})" if others else "")
        + f"; their variance ratios run from {min(ratios):.3g} to {max(ratios):.3g} (1 is "
        f"normal){whole}."
    )


def _laws(report) -> Iterator[str]:
    numbers = [each.law for each in report.found if each.law.values is not None]
    for kind in ("normal", "bimodal"):
        own = [law for law in numbers if law.values.kind == kind]
        if own:
            kept = sum(law.positions.kind == kind for law in own)
            yield (
                f"Of the {_counted(len(own), 'number that is', 'numbers that are')} {kind} among "
                f"the images, {kept or 'none'} {'are' if kept > 1 else 'is'} {kind} along the axis "
                "as well."
            )


def _moves(found: Arithmetic) -> Iterator[str]:
    response = np.array([each.value for each in found.response(found.plain)])
    answered, mean = int(np.isfinite(response).sum()), means(found)
    if answered:
        yield (
            f"Images moved by 1 sd along an attribute's axis change what the judge says of it by "
            f"{_plain(mean['response'])} of its sd, mean over "
            f"{_counted(answered, 'attribute', 'attributes')} ({_plain(mean['response_restored'])} "
            "when they are brought back to their level)."
        )
    yield from _leaks(mean)
    weak = _names(found, np.abs(response) < RESPONDS)
    if weak:
        yield f"Hardly anything comes of moving along {_listed(weak)}."
    reversed_axes = _names(found, response <= -RESPONDS)
    if reversed_axes:
        yield (
            f"Moving up the axes of {_listed(reversed_axes)} does the reverse: the judge then sees "
            "less of what they stand for."
        )
    if found.looks is not None:
        yield _look_sentence(found.looks.difference)


def _leaks(mean) -> Iterator[str]:
    leakage, partial = mean["leakage"], mean["leakage_partial"]
    if np.isfinite(leakage):
        beside = f"; along partial axes, {_plain(partial)} times" if np.isfinite(partial) else ""
        yield (
            f"What it says of other attributes changes {_plain(leakage)} times as much (root mean "
            f"square){beside}."
        )


def _names(found, which) -> list[str]:
    return [name for name, told in zip(found.names, which, strict=True) if told]


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


def _signed(value: float, decimals: int = 2) -> str:
    return f"{value:+.{decimals}f}".replace("-", "−")


def _plain(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _scored(found: AttributeFound) -> str:
    return f"{found.name} ({found.score.value:.3f})"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _joined(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
