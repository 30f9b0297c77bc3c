"""The page that compares how runs encode attributes: tables, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.compare.answers.blocks import Items, Section, Table, Text
from mlflow_latents.compare.attribute_words import (
    MEASURES,
    difference_text,
    geometry_sentences,
    reading_sentences,
    seed_sentences,
    similar,
)
from mlflow_latents.compare.found_attributes import in_common
from mlflow_latents.compare.paired import images_error, known_mean
from mlflow_latents.compare.words import number, with_spread

if TYPE_CHECKING:
    from mlflow_latents.compare.attributes import AttributesCompared
    from mlflow_latents.compare.found_attributes import FoundAttributes
    from mlflow_latents.compare.same_geometry import Similarity

MEANS = (
    *("auc", "auc_logistic", "auc_pca", "auc_untrained", "r2", "r2_pca", "r2_untrained"),
    *("distance", "response", "response_partial", "response_restored"),
    *("leakage", "leakage_partial"),
)
OF_ALL = {
    "attributes/explained": "share of the latent variance that all attributes explain",
    "attributes/frechet_difference": "Fréchet distance, moved and brought back less moved",
    "attributes/sensitivity/background_area": "share of the pixels outside the face",
    "attributes/sensitivity/background_share_centre": "background share, centre",
    "attributes/sensitivity/background_share_level_1": "background share, level 1",
    "attributes/sensitivity/background_share_level_4": "background share, level 4",
}
OF_THESE = ("attributes/explained", "attributes/frechet_difference")  # of the attributes probed
EACH = {
    "reading": "How well each attribute is read (AUC, or R² of numbers; ± standard error)",
    "distance": "Mahalanobis distance between the two classes (95 %)",
    "response": "Response of the judge, in sd per sd moved along the axis (± standard error)",
    "leakage": "Leakage: change of the other attributes' logits over the own one's",
}


def attribute_sections(compared: AttributesCompared) -> tuple[Section, ...]:
    """Write what differs between runs: sentences, then tables."""
    found, over = compared.found, any(compared.over_seeds.values())
    said = (*reading_sentences(compared), *seed_sentences(compared), *geometry_sentences(compared))
    sections = [
        Section("In short", (Items(said),)),
        Section("Means over attributes", (_means(found), Text(_MEANS))),
        Section("Differences from the first run", (_differences(compared), Text(_INTERVALS))),
        *(
            [Section("Between settings, over seeds", (_over_seeds(compared), Text(_SEEDS)))]
            if over
            else []
        ),
        Section("Whether attributes lie to one another alike", (_geometry(compared), Text(_AXES))),
    ]
    sections += [
        Section(title, (_each(found, measure),))
        for measure, title in EACH.items()
        if any(np.isfinite(_values(each, measure)).any() for each in found.values())
    ]
    return tuple(sections)


_MEANS = (
    "Each row averages the attributes of which all runs know its measure, apart from runs that "
    "know it of none. Rows of other numbers of attributes are not over the same ones."
)
_INTERVALS = (
    "± is the standard error over attributes; they count as fewer where their labels go together "
    "(Bretherton et al. 1999). It holds the chance of the held-out images and how differences vary "
    "from attribute to attribute, not what another training seed would change. The error by images "
    "alone takes the runs for tried on different images: on the same ones it is smaller. Each "
    "interval is one of 95 % by itself: of twenty, one leaves 0 out by chance."
)
_SEEDS = (
    "Runs of one setting differ only in their training seed. Means are over the same attributes as "
    "above. Their sd, pooled, is taken to be at least what single attributes give, since two seeds "
    "may come close by luck; the interval is Student's."
)
_AXES = (
    "r correlates, over pairs of attributes, the cosines of their axes (Kriegeskorte et al. 2008), "
    "with its 95 % interval by leaving out one attribute after the other; p is of Mantel's test. "
    "Attributes whose labels go together have like axes in any space that reads them, so that "
    "cosines of two runs agree already through the labels; held fixed are the correlations of the "
    "labels, and on partial axes the other attributes. Chance of the training images is in r and "
    "lowers it."
)


def _means(found: dict[str, FoundAttributes]) -> Table:
    rows = []
    for measure in MEANS:
        values = in_common(found, measure)
        averaged = max((int(np.isfinite(each).sum()) for each in values.values()), default=0)
        if averaged:
            means = {label: number(float(known_mean(each))) for label, each in values.items()}
            cells = [means.get(label, "–") for label in found]
            rows.append((MEASURES[measure], str(averaged), *cells))
    complete = not any(each.left_out for each in found.values())
    for name, words in OF_ALL.items():
        cells = [_metric(each.metrics, name) for each in found.values()]
        if any(cell != "–" for cell in cells) and (complete or name not in OF_THESE):
            rows.append((words, "–", *cells))
    return Table(("mean", "attributes", *found), tuple(rows))


def _metric(metrics: dict[str, float], name: str) -> str:
    return with_spread(metrics.get(name, np.nan), metrics.get(f"{name}_error", np.nan))


def _differences(compared: AttributesCompared) -> Table:
    first = next(iter(compared.found))
    measures = next(iter(compared.differences.values()))
    rows = []
    for measure in measures:
        for label, differences in compared.differences.items():
            each = differences[measure]
            rows.append(
                (
                    MEASURES[measure],
                    label,
                    difference_text(each),
                    number(_images_error(compared, first, label, measure)),
                    f"{each.higher} higher, {each.lower} lower",
                    f"{each.effective:.1f} of {each.n}",
                )
            )
    columns = ("measure", "run", f"difference from {first} (95 %)", "error by images alone")
    return Table((*columns, "attributes", "worth, as independent ones"), tuple(rows))


def _images_error(compared, first: str, label: str, measure: str) -> float:
    one, other = (compared.found[name].values(f"{measure}_error") for name in (first, label))
    effective = compared.differences[label][measure].effective
    return images_error(one, other, effective) if effective else np.nan


def _over_seeds(compared: AttributesCompared) -> Table:
    first = next(iter(compared.found))
    rows = [
        (
            MEASURES[measure],
            label,
            difference_text(each),
            f"{number(compared.spread[measure].sd)} ({compared.spread[measure].degrees})",
            str(compared.averaged[measure]),
        )
        for measure, differences in compared.over_seeds.items()
        for label, each in differences.items()
    ]
    columns = ("measure", "settings of", f"difference from {first} (95 %)")
    return Table((*columns, "sd by seed (degrees of freedom)", "attributes"), tuple(rows))


def _geometry(compared: AttributesCompared) -> Table:
    first = next(iter(compared.found))
    rows = [
        (
            label,
            *(_similar(getattr(each, name)) for name in ("first", "beside_labels", "partial")),
            _similar(each.labels),
        )
        for label, each in compared.geometry.items()
    ]
    columns = (
        *("run", f"r with {first}", "labels held fixed", "partial axes"),
        "r with the labels' correlations",
    )
    return Table(columns, tuple(rows))


def _similar(found: Similarity | None) -> str:
    if found is None or not np.isfinite(found.r):
        return "–"
    tested = f", p = {found.p:.2g}" if np.isfinite(found.p) else ""
    return similar(found).removeprefix("r = ").replace(")", f"{tested})")


def _each(found: dict[str, FoundAttributes], measure: str) -> Table:
    """Write one measure of each attribute and run, the best read attribute first."""
    names = next(iter(found.values())).names
    scores = np.stack([_values(each, "reading") for each in found.values()])
    order = np.argsort(-known_mean(scores), kind="stable")
    cells = {label: list(_cells(each, measure)) for label, each in found.items()}
    rows = [(names[i], *(cells[label][i] for label in found)) for i in order]
    return Table(("attribute", *found), tuple(row for row in rows if set(row[1:]) != {"–"}))


def _cells(found: FoundAttributes, measure: str) -> Iterator[str]:
    for row in found.rows:
        name = _score(row) if measure == "reading" else measure
        value, error = (_number(row.get(key)) for key in (name, f"{name}_error"))
        if measure == "distance":
            low, high = (_number(row.get(f"distance_{end}")) for end in ("low", "high"))
            text = f"{value:.2f} ({low:.2f} to {high:.2f})".replace("-", "−")
            yield text if np.isfinite(value) else "–"
        elif measure == "leakage":
            yield f"{value:.2f}" if np.isfinite(value) else "–"
        else:
            yield with_spread(value, error)


def _values(found: FoundAttributes, measure: str) -> np.ndarray:
    if measure == "reading":
        return np.array([_number(row.get(_score(row))) for row in found.rows])
    return found.values(measure)


def _score(row) -> str:
    return "r2" if row["kind"] == "continuous" else "auc"


def _number(value) -> float:
    return np.nan if value is None else float(value)
