"""Whether batch normalization, dimension or kind of autoencoder change how features are encoded."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from mlflow_latents.compare.attribute_tables import attribute_sections
from mlflow_latents.compare.found_attributes import FoundAttributes, in_common, read_attributes
from mlflow_latents.compare.paired import (
    Difference,
    SeedSpread,
    difference_over_seeds,
    known_mean,
    least_seed_sd,
    paired_difference,
    same_but_for_the_seed,
    seed_spread,
)
from mlflow_latents.compare.probes import ComparedProbes
from mlflow_latents.compare.runs import select_runs
from mlflow_latents.compare.same_geometry import Similarity, similarity, similarity_beside
from mlflow_latents.compare.tables import differing_parameters
from mlflow_latents.plots import compared_attributes as of_scores
from mlflow_latents.plots import compared_background as of_background
from mlflow_latents.plots.style import to_png
from mlflow_latents.tracking import Picture

TITLE = "How attributes are encoded, run by run"
COMPARED = ("auc", "r2", "distance", "response", "leakage")


@dataclass(frozen=True)
class Geometry:
    """How the axes of a run lie to one another.

    Parameters
    ----------
    labels
        Cosines beside the correlations of the labels themselves.
    first
        Cosines beside those of the first run; None of itself.
    beside_labels
        The same with the labels' correlations held fixed.
    partial
        Cosines of the partial axes beside those of the first run.
    """

    labels: Similarity
    first: Similarity | None = None
    beside_labels: Similarity | None = None
    partial: Similarity | None = None


@dataclass(frozen=True)
class AttributesCompared:
    """Several runs, the others beside the first.

    Parameters
    ----------
    found
        What each run says, by label.
    differences
        By label of the others and measure.
    geometry
        By label.
    groups
        Labels of runs that differ only in their seed; each run is in one group.
    spread
        How much the mean of each measure varies within them, over the attributes of which every
        run knows it; empty where this is not known.
    averaged
        How many attributes these are, by measure.
    over_seeds
        Differences of groups from that of the first run, by measure and the group's first label.
    """

    found: dict[str, FoundAttributes]
    differences: dict[str, dict[str, Difference]]
    geometry: dict[str, Geometry]
    groups: list[list[str]]
    spread: dict[str, SeedSpread]
    averaged: dict[str, int]
    over_seeds: dict[str, dict[str, Difference]]


def compare_attributes(runs: Mapping[str, str]) -> ComparedProbes:
    """Say what differs between runs in how they encode attributes; nothing is logged.

    Parameters
    ----------
    runs
        Id of each run by a label; the others are compared with the first.

    Returns
    -------
    ComparedProbes
        Sentences, tables and figures.

    Raises
    ------
    InputError
        When runs have no findings about attributes, saw other images, or share no attribute.
    """
    compared = attributes_compared(runs)
    return ComparedProbes(
        "compared_attributes",
        TITLE,
        attribute_sections(compared),
        _csv(compared.found),
        _pictures(compared.found),
    )


def attributes_compared(runs: Mapping[str, str]) -> AttributesCompared:
    """Compare the findings of runs: see `compare_attributes`."""
    found = read_attributes(runs)
    first, *others = found
    measures = [name for name in COMPARED if np.isfinite(found[first].values(name)).any()]
    differences = {
        label: {
            name: paired_difference(
                found[first].values(name),
                found[label].values(name),
                found[first].matrices["correlations"],
            )
            for name in measures
        }
        for label in others
    }
    groups = _groups(runs)
    spread, averaged, over_seeds = {}, {}, {}
    for name in measures:
        values = in_common(found, name)
        of_seeds = _spread(values, groups, found[first].matrices["correlations"])
        if of_seeds is not None:
            spread[name] = of_seeds
            averaged[name] = int(np.isfinite(values[first]).sum())
            over_seeds[name] = _over_seeds(values, groups, of_seeds)
    geometry = {label: _geometry(found[first], each) for label, each in found.items()}
    return AttributesCompared(found, differences, geometry, groups, spread, averaged, over_seeds)


def _spread(values: Mapping[str, np.ndarray], groups, correlations) -> SeedSpread | None:
    """Say how much the mean of the values (a,) of a run varies by its seed, where this is known."""
    of_groups = [[values[label] for label in group if label in values] for group in groups]
    means = [[float(known_mean(each)) for each in group] for group in of_groups]
    within = [
        paired_difference(group[0], other, correlations)
        for group in of_groups
        for other in group[1:]
    ]
    found = seed_spread(means, least_seed_sd(within))
    return found if found is not None and np.isfinite(found.sd) else None


def _over_seeds(values: Mapping[str, np.ndarray], groups, spread) -> dict[str, Difference]:
    means = {
        group[0]: [float(known_mean(values[label])) for label in group if label in values]
        for group in groups
    }
    (_, first), *others = means.items()
    return {label: difference_over_seeds(first, other, spread) for label, other in others if other}


def _geometry(first: FoundAttributes, other: FoundAttributes) -> Geometry:
    one, own = first.matrices, other.matrices
    labels = similarity(own["cosines"], own["correlations"])
    if other is first:
        return Geometry(labels)
    return Geometry(
        labels,
        similarity(one["cosines"], own["cosines"]),
        similarity_beside(one["cosines"], own["cosines"], one["correlations"]),
        similarity(one["partial_cosines"], own["partial_cosines"]),
    )


def _groups(runs: Mapping[str, str]) -> list[list[str]]:
    frame = select_runs(list(runs.values()), finished=False).set_index("run_id", drop=False)
    differing = {
        (one, other): set(differing_parameters(frame.loc[[runs[one], runs[other]]]))
        for one, other in permutations(runs, 2)
    }
    return same_but_for_the_seed(differing, list(runs))


def _csv(found: Mapping[str, FoundAttributes]) -> str:
    import pandas as pd

    rows = [{"run": label, **row} for label, each in found.items() for row in each.rows]
    return pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")


def _pictures(found: Mapping[str, FoundAttributes]) -> tuple[Picture, ...]:
    scores = of_scores.compared_attributes_info({label: each.rows for label, each in found.items()})
    figure = of_scores.draw_compared_attributes(scores)
    pictures = [Picture("compared_attributes", of_scores.CAPTION, to_png(figure))]
    places = {label: each.places for label, each in found.items()}
    if all(places.values()):
        info = of_background.compared_background_info(places)
        figure = of_background.draw_compared_background(info)
        pictures.append(Picture("compared_background", of_background.CAPTION, to_png(figure)))
    return tuple(pictures)
