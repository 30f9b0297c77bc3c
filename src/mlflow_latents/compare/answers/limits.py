"""What a reader must know before believing the numbers of a study."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlflow_latents.compare.answers.material import Material
from mlflow_latents.compare.answers.provenance import versions
from mlflow_latents.compare.effects.comparable import IMAGES, IMAGES_COLUMNS
from mlflow_latents.compare.words import EXPLAINED, FEW, counted, listed, quoted

RELATIONS = (
    "Numbers by Spearman's rank correlation, words by Kruskal and Wallis' test with the medians; p "
    "is corrected for all rows (Holm). A sampler that learns tries good settings more often, so "
    "that trials are not independent of each other: the p-values are rough."
)


def warnings(material: Material) -> list[str]:
    """Say what stands above everything else: how small or unfinished the study is."""
    return list(_warnings(material))


def limits(material: Material) -> list[str]:
    """Say what the numbers cannot."""
    return list(_limits(material))


def _warnings(material: Material) -> Iterator[str]:
    if material.scale == "smoke":
        yield (
            "**This is a smoke test: it shows that everything works, and proves nothing.** "
            "Networks and images are tiny, and training ends after a few epochs."
        )
    yield from _unlearnt(material)
    planned = material.described.get("trials")
    done = len(material.runs)
    if planned and done < planned:
        yield f"The design is not complete: {done} of {counted(planned, 'trial')} are done."
    yield from _unlike(material)
    running = int((material.started["status"] == "RUNNING").sum())
    if running:
        yield f"{counted(running, 'trial')} of the study still {_runs(running)}."
    if material.is_search:
        return
    empty = [cell for cell in material.planned_cells if cell not in material.cells]
    if empty and len(material.described["factors"]) == 1:
        yield (
            f"{len(empty)} of {counted(len(material.planned_cells), 'level')} of the design have "
            f"no finished run: nothing can be said of {listed([quoted(c) for (c,) in empty])} yet."
        )
    elif empty:
        yield (
            f"{len(empty)} of {counted(len(material.planned_cells), 'cell')} of the design have no "
            "finished run: what is said of them rests on the assumption that the factors act "
            "independently of each other."
        )
    for factor, levels in material.described["factors"].items():
        if factor not in material.levels:
            yield (
                f"Only one of the {len(levels)} levels of {factor} has finished runs: nothing can "
                "be said of it yet."
            )
    sizes = [len(here) for here in material.cells.values()]
    if max(sizes) == 1:
        yield "Each cell has one run: how much chance does cannot be told from replicates."
    elif min(sizes) < FEW:
        yield (
            f"Some cells have fewer than {FEW} replicates (least {min(sizes)}): intervals are "
            "wide, and an effect that is not shown may still be there."
        )


def _unlearnt(material: Material) -> Iterator[str]:
    """Say in how many runs the network has learnt nothing."""
    explained = material.values(EXPLAINED)
    known = int(np.isfinite(explained).sum())
    if n := int((explained <= 0).sum()):
        yield (
            f"**In {n} of {counted(known, 'run')} the network reconstructs no better than the mean "
            "image** (explained variance 0 or below): what is said of them says little."
        )


def _unlike(material: Material) -> Iterator[str]:
    """Say what differs between runs that should be alike."""
    runs, several = material.runs, {k: v for k, v in versions(material).items() if len(v) > 1}
    if several:
        told = listed([f"{name} {' and '.join(each)}" for name, each in several.items()])
        yield (
            f"**Runs were made with different versions ({told})**: what differs between levels may "
            "come from that."
        )
    same = [column for column in IMAGES_COLUMNS if column in runs]
    if "images" not in runs or not same:
        return
    found = runs.groupby(same, dropna=False)["images"].nunique()
    if n := int((found > 1).sum()):
        yield (
            f"**In {counted(n, 'image set')} runs of the same settings have different images** (by "
            "their digests): the files have changed during the study, and what differs between "
            "runs may come from that."
        )


def _further_settings(material: Material) -> Iterator[str]:
    """Name settings of single levels that are not what these are called by."""
    for factor, levels in material.described.get("settings", {}).items():
        common = set.intersection(*(set(each) for each in levels.values()))
        told = []
        for level, settings in levels.items():
            more = [
                f"{name}={value}"
                for name, value in settings.items()
                if name not in common and name not in IMAGES and name not in level
            ]
            if more and level in material.levels.get(factor, ()):
                told.append(f"{quoted(level)} ({', '.join(more)})")
        if told:
            yield (
                f"Levels of {factor} differ in more than what they are called by: {listed(told)}. "
                "An effect at such a level is also that of these settings."
            )


def _runs(n: int) -> str:
    return "runs" if n == 1 else "run"


def _limits(material: Material) -> Iterator[str]:
    if material.is_search:
        yield (
            "Each setting was trained once, with one seed. The front is chosen from all trials by "
            "their own values, so that its trials are in part lucky ones: train those that matter "
            "again with other seeds before believing them."
        )
    else:
        yield (
            "The error is that of training again with other initial weights and another order of "
            "the same images. Other images of the same kind were not drawn: that the effects hold "
            "for them does not follow from these intervals."
        )
        yield (
            "The principal components of the images are the same in all replicates: beside them "
            "only the training varies."
        )
    if material.scale != "paper":
        yield (
            f"The scale is {material.scale}: smaller networks, images and trainings than those of "
            "the question. Whether the same holds at full size is not known."
        )
    yield (
        "“Not shown” is not “not there”: the interval says how large an effect may be that these "
        "runs would have missed."
    )
    yield (
        "How much the Kolmogorov-Smirnov distance of normal vectors differs from 0 depends on "
        "their number: compare it with that of vectors drawn from the fitted MND."
    )
    yield from _further_settings(material)
    apart = [
        name for name in material.levels if not material.comparable("reconstruction/mse", name)
    ]
    if apart:
        yield (
            f"Levels of {listed(apart)} have other images. Their errors in pixels and the "
            "distances of generated images (each set of labels trains a judge of its own) cannot "
            "be compared, and no effect on them is given; explained variance is relative to the "
            "images' own variance."
        )
    if material.objective == "latent_dimension":
        yield (
            "The number of normal axes cannot exceed the number of latent dimensions, so that it "
            "may grow with them for that reason alone: its share of the axes stands beside it, "
            "which falls when the same axes are among more."
        )
        yield (
            "A trend per doubling is the slope of a straight line through the means: where they do "
            "not lie on one it says little, and the means by level say more."
        )
    if material.objective == "enforcement":
        yield (
            "The latent vectors of a VAE are the means that its encoder gives, whereas what is "
            "drawn to the standard normal in training are samples around them: the control of "
            "those samples (posterior) tells how far that has worked."
        )
