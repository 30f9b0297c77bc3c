"""What the comparison of attributes says, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.compare.paired import Difference
from mlflow_latents.compare.words import counted, listed, number, pvalue, quoted, span, with_spread

if TYPE_CHECKING:
    from mlflow_latents.compare.attributes import AttributesCompared
    from mlflow_latents.compare.same_geometry import Similarity

MEASURES = {
    "auc": "AUC",
    "auc_logistic": "AUC, logistic regression",
    "auc_pca": "AUC, PCA of the images",
    "auc_untrained": "AUC, untrained encoder",
    "r2": "R²",
    "r2_pca": "R², PCA of the images",
    "r2_untrained": "R², untrained encoder",
    "distance": "distance of the classes (sd)",
    "response": "response",
    "response_partial": "response, partial axis",
    "response_restored": "response, level restored",
    "leakage": "leakage",
    "leakage_partial": "leakage, partial axis",
}
READ = {"auc": "area under the ROC curve", "r2": "R²"}


def difference_text(found: Difference) -> str:
    """Write a difference with its error and interval."""
    if not np.isfinite(found.error):
        return number(found.mean)
    text = with_spread(found.mean, found.error)
    return f"{text} ({span(found.low, found.high, ratio=False)})"


def reading_sentences(compared: AttributesCompared) -> Iterator[str]:
    """Say how well attributes are read, run by run, and what an error of this holds."""
    first = next(iter(compared.found))
    names, left_out = compared.found[first].names, compared.found[first].left_out
    if left_out:
        yield (
            f"Compared {_are(len(names))} the {counted(len(names), 'attribute')} that all runs "
            f"have; left out {_are(len(left_out))} {listed(left_out)}."
        )
    for label, measures in compared.differences.items():
        for measure in READ:
            if measure in measures:
                yield _read(measures[measure], first, label, READ[measure])
    yield (
        "These errors hold the chance of the held-out images and the variation from attribute to "
        "attribute, not that of training: two trained networks differ, and one run of each "
        "setting does not tell whether by the setting or by the seed."
    )


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _read(found: Difference, first: str, label: str, words: str) -> str:
    values = (
        f"mean {words} {number(found.other)} beside {number(found.first)} over "
        f"{counted(found.n, 'attribute')}, a difference of {difference_text(found)}"
    )
    if not np.isfinite(found.error):
        return f"{label} and {first} share too few attributes for an error: {values}."
    if not found.beyond_chance:
        return f"How well attributes are read does not tell {label} from {first}: {values}."
    better = "better" if found.mean > 0 else "worse"
    return f"{label} reads attributes {better} than {first}: {values}."


def seed_sentences(compared: AttributesCompared) -> Iterator[str]:
    """Say how much seeds make runs differ, and which settings differ by more."""
    several = [group for group in compared.groups if len(group) > 1]
    if not several:
        yield (
            "No two of these runs differ in their training seed alone, so that what a seed makes "
            "is not known here: no difference is called one of the settings."
        )
        return
    first = next(iter(compared.found))
    groups = "; ".join(listed(map(quoted, group)) for group in several)
    for measure in [name for name in READ if name in compared.spread]:
        spread, others = compared.spread[measure], compared.over_seeds[measure]
        beyond = [quoted(label) for label, found in others.items() if found.beyond_chance]
        within = [quoted(label) for label, found in others.items() if not found.beyond_chance]
        told = (
            f"By the training seed alone ({groups}) the mean {READ[measure]} over "
            f"{counted(compared.averaged[measure], 'attribute')} varies with an sd of about "
            f"{number(spread.sd)} ({counted(spread.degrees, 'degree')} of freedom)"
        )
        if beyond:
            told += f"; by more than that differ from the settings of {first}: {listed(beyond)}"
        if within:
            told += f"; by no more than that: {listed(within)}"
        yield f"{told}."


def geometry_sentences(compared: AttributesCompared) -> Iterator[str]:
    """Say whether the axes of attributes lie to one another alike."""
    first = next(iter(compared.found))
    for label, found in compared.geometry.items():
        if found.first is None:
            continue
        if not np.isfinite(found.first.r):
            yield (
                f"Too few attributes have axes in both {first} and {label} to say whether they lie "
                "to one another alike."
            )
            continue
        p = found.first.p
        tested = f" ({pvalue(p)} when attributes are permuted)" if np.isfinite(p) else ""
        yield (
            f"The axes of attributes lie to one another in {label} as in {first} to "
            f"{similar(found.first)} over {counted(found.first.pairs, 'pair')}{tested}; the "
            f"labels' own correlations they follow to {similar(found.labels)}, and with these held "
            f"fixed the two runs agree to {similar(found.beside_labels)}."
        )


def similar(found: Similarity) -> str:
    """Write a correlation of geometries with its interval."""
    if not np.isfinite(found.r):
        return "an unknown extent"
    text = f"r = {found.r:.2f}"
    if np.isfinite(found.low):
        text += f" ({found.low:.2f} to {found.high:.2f})"
    return text.replace("-", "−")
