"""How attributes of images lie in a latent distribution; reads like the recipe that it is.

open -> find -> move -> draw -> log
"""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.data import ImageSet
from mlflow_latents.data.labels import Label, labels_of
from mlflow_latents.errors import InputError
from mlflow_latents.plots import to_png
from mlflow_latents.plots.attribute_figures import attribute_figures
from mlflow_latents.plots.attribute_strips import (
    CAPTION,
    DRAWN,
    PARTIAL,
    draw_attribute_strips,
)
from mlflow_latents.probes import arithmetic_table, attribute_measures, sensitivity_measures
from mlflow_latents.probes.arithmetic import Arithmetic, probe_arithmetic
from mlflow_latents.probes.attribute_words import attribute_sentences
from mlflow_latents.probes.attributes import AttributesReport, probe_attributes
from mlflow_latents.probes.face_region import face_region
from mlflow_latents.probes.label_choice import choose_labels, leave_out_rare
from mlflow_latents.probes.sensitivity import probe_sensitivity
from mlflow_latents.probes.sensitivity_found import Sensitivity
from mlflow_latents.probes.strips import FACES, attribute_strips, strip_labels, with_and_without
from mlflow_latents.probing import Probed, control_vectors, findings, open_images, open_probed
from mlflow_latents.reconstructing import LEAST_EXPLAINED, errors_of, explained_variance
from mlflow_latents.tracking import Picture, RunWriter, artifacts, check_store, how_to_look
from mlflow_latents.tracking.attribute_chapter import attribute_chapter
from mlflow_latents.tracking.findings import add_chapter, log_findings, log_rows
from mlflow_latents.tracking.probe_configuration import AttributesConfig

MOST_COMPARED = 1000  # held-out images that moved ones are compared with
OF_FACES = ("celeba", "faces", "lfw", "olivetti")  # image sets that show one face in the middle


@dataclass(frozen=True)
class Found:
    """All that was found.

    Parameters
    ----------
    report
        Where the attributes lie.
    quality
        How well the judge knows each attribute on held-out images.
    arithmetic
        What the judge says of moved images; None where there is no judge.
    sensitivity
        What changes inside and outside the face; None where the images show no faces.
    decoded
        Share of the variance of test images that their reconstructions explain. Below 0.1 nothing
        is moved and decoded.
    """

    report: AttributesReport
    quality: dict[str, float]
    arithmetic: Arithmetic | None
    sensitivity: Sensitivity | None
    decoded: float

    @property
    def sentences(self) -> list[str]:
        """What was found, in words."""
        told = attribute_sentences(self.report, self.arithmetic, self.sensitivity)
        if self.decoded >= LEAST_EXPLAINED:
            return told
        return [
            "The decoder knows little of its images: reconstructions explain "
            f"{max(self.decoded, 0):.2f} of their variance. So nothing is said of moved images.",
            *told,
        ]


def run_attributes(config: AttributesConfig) -> str:
    """Find out how attributes lie in a latent distribution, and add it to the run.

    Parameters
    ----------
    config
        Of which autoencoder, and which attributes.

    Returns
    -------
    str
        Id of the run that holds the findings.

    Raises
    ------
    InputError
        Before anything is written, when there is no such run, model or attribute, too few images
        show it, or the images cannot be read.
    """
    check_store()
    images = open_images(config.probed)
    labels, left_out = _labels(config, images)
    _strip_names(config, labels, left_out)  # before the models are loaded
    probed = open_probed(config.probed, images)
    labels, rare = leave_out_rare(labels, images.split, probed.fit.d)
    left_out |= rare
    strips = _strip_names(config, labels, left_out)
    found = find_attributes(probed, labels, left_out, config)
    pictures = draw_findings(probed, found, labels, strips, config.seed)
    with findings(config, "attributes", probed) as run:
        _log(run, probed, found, pictures)
    print("\n".join(found.sentences))
    print(f"\nRun {run.run_id}. To look at it: {how_to_look()}")
    return run.run_id


def find_attributes(
    probed: Probed, labels: list[Label], left_out: dict[str, str], config: AttributesConfig
) -> Found:
    """Find attributes in the latent vectors, and ask a judge of images what moving them does."""
    from mlflow_latents.models.attribute_judge import attribute_judge, judge_quality

    images, fit = probed.images, probed.fit
    judge = attribute_judge(images, probed.cache_dir)
    report = probe_attributes(
        probed.z,
        images.split,
        labels,
        control_vectors(probed, config.seed),
        config.seed,
        fit,
        left_out,
    )
    quality = {} if judge is None else judge_quality(judge, images)
    test = images.indices("test")
    white = fit.whiten(probed.z[test])
    *_, decoded = explained_variance(errors_of(probed, images), images)
    if decoded < LEAST_EXPLAINED:
        return Found(report, quality, None, None, decoded)
    arithmetic = _move(probed, report, judge, quality, white, config)
    sensitivity = _sensitivity(probed, judge, white, config.seed)
    return Found(report, quality, arithmetic, sensitivity, decoded)


def draw_findings(
    probed: Probed, found: Found, labels: list[Label], strips: list[str] | None, seed: int
) -> list[Picture]:
    """Draw all figures: what was found, and strips of faces along the axes."""
    report = found.report
    pictures = [
        Picture(name, caption, to_png(figure))
        for name, caption, figure in attribute_figures(report, found.arithmetic, found.sensitivity)
    ]
    names = strips or strip_labels({each.name: each.readability for each in report.found})
    pictures[1:1] = _strips(probed, report, labels, names, seed)
    return pictures


def _labels(config, images: ImageSet) -> tuple[list[Label], dict[str, str]]:
    labels = labels_of(images.attributes, images.indices("train"))
    names = None if config.attributes is None else _listed(config.attributes, "attributes")
    return choose_labels(labels, images.split, names, images.attributes)


def _strip_names(config, labels: list[Label], left_out: dict[str, str]) -> list[str] | None:
    if config.strips is None:
        return None
    names, known = _listed(config.strips, "strips"), [label.name for label in labels]
    for name in names:
        if name not in known:
            reason = left_out.get(name, f"choose among those that are probed, {', '.join(known)}.")
            raise InputError(f"There can be no strips of {name!r}: {reason}")
    return names


def _move(probed, report, judge, quality, white, config) -> Arithmetic | None:
    """Move one half of the test images; the other half is what they are compared with.

    Not along axes of attributes that the judge itself hardly knows.
    """
    from mlflow_latents.models.attribute_judge import known_labels
    from mlflow_latents.models.judge import judge_features

    names = [each.name for each in report.found]
    known = known_labels(judge, quality) if judge else ()
    unknown = [name not in known for name in names]
    if all(unknown):
        return None
    axes, partial = (
        np.where(np.array(unknown)[:, None], np.nan, each)
        for each in (report.axes.axes, report.axes.partial_axes)
    )
    images, test = probed.images, probed.images.indices("test")
    own, others = np.array_split(np.random.default_rng(config.seed).permutation(len(test)), 2)
    return probe_arithmetic(
        white[own],
        _decoder(probed),
        probed.fit,
        axes,
        partial,
        judge,
        names,
        seed=config.seed,
        moved=config.moved,
        features=judge_features(images, None, probed.cache_dir),
        photographs=images.images[np.sort(test[others[:MOST_COMPARED]])],
    )


def _sensitivity(probed, judge, white, seed) -> Sensitivity | None:
    """Measure faces against their background, where the images show both."""
    images = probed.images
    region = face_region(images.shape, probed.crop)
    if region.all() or not all(part.startswith(OF_FACES) for part in images.name.split("+")):
        return None
    return probe_sensitivity(
        probed.decoder,
        probed.fit,
        None if judge is None else judge.network,
        () if judge is None else [label.name for label in judge.labels],
        region=region,
        white=white,
        seed=seed,
    )


def _strips(probed, report, labels, names: list[str], seed: int) -> list[Picture]:
    """Draw strips of held-out images, and of drawn vectors along both kinds of axes."""
    fit = probed.fit
    test = np.random.default_rng(seed).permutation(probed.images.indices("test"))
    values = {label.name: label.values for label in labels}
    rows = [with_and_without(values[name], test) for name in names]
    held_out = np.stack([fit.whiten(probed.z[each]) for each in rows])
    drawn = fit.whiten(fit.sample(FACES, seed))
    places = [[each.name for each in report.found].index(name) for name in names]
    axes, partial = (each[places] for each in (report.axes.axes, report.axes.partial_axes))
    asked = [
        ("attribute_strips", CAPTION, held_out, axes),
        ("attribute_strips_drawn", DRAWN, drawn, axes),
        ("attribute_strips_partial", PARTIAL, drawn, partial),
    ]
    if not report.has_partial_axes:
        del asked[2]
    drawn_strips = (_strip_picture(probed, names, *each) for each in asked)
    return [picture for picture in drawn_strips if picture is not None]


def _strip_picture(probed, names, name, caption, white, axes) -> Picture | None:
    """Draw strips along the axes that there are."""
    known = np.isfinite(axes).all(axis=1)
    if not known.any():
        return None
    white = white[known] if white.ndim == 3 else white
    shown = [each for each, there in zip(names, known, strict=True) if there]
    strips = attribute_strips(white, _decoder(probed), probed.fit, axes[known], shown)
    return Picture(name, caption, to_png(draw_attribute_strips(strips, caption.title)))


def _log(run: RunWriter, probed: Probed, found: Found, pictures: list[Picture]) -> None:
    rows = {"attributes": attribute_measures.rows(found.report)}
    metrics = attribute_measures.metrics(found.report)
    if found.sensitivity is not None:
        rows["sensitivity"] = sensitivity_measures.rows(found.sensitivity)
        rows["carried"] = sensitivity_measures.carried_rows(found.sensitivity)
        metrics |= sensitivity_measures.metrics(found.sensitivity)
    if found.arithmetic is not None:
        rows["arithmetic"] = arithmetic_table.rows(found.arithmetic, found.quality)
        numbers = [each.name for each in found.report.found if each.kind == "continuous"]
        metrics |= arithmetic_table.metrics(found.arithmetic, found.quality, numbers)
    log_findings(run, "attributes/", metrics)
    for name, table in rows.items():
        log_rows(run, table, f"{artifacts.ATTRIBUTES}/{name}.json")
    axes = found.report.axes
    run.log_arrays(
        f"{artifacts.ATTRIBUTES}/axes.npz",
        names=np.array([each.name for each in found.report.found]),
        axes=axes.axes,
        partial_axes=axes.partial_axes,
        cosines=axes.cosines,
        partial_cosines=axes.partial_cosines,
        correlations=axes.correlations,
    )
    for picture in pictures:
        run.log_figure(f"{artifacts.FIGURES}/{picture.name}.png", picture.png)
    chapter = attribute_chapter(
        found.sentences,
        found.report.left_out,
        rows,
        pictures,
    )
    add_chapter(run, "attributes", probed.name, chapter)


def _decoder(probed: Probed):
    from mlflow_latents.models import decode

    return lambda z: decode(probed.decoder, z)


def _listed(text: str, name: str) -> list[str]:
    names = [part.strip() for part in text.split(",") if part.strip()]
    if not names:
        raise InputError(f"{name} names nothing: give NAME,NAME,… or leave it out.")
    return names
