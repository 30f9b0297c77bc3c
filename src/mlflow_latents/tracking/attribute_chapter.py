"""The chapter on attributes of a run's page."""

from collections.abc import Mapping, Sequence

from mlflow_latents.plots.image_rows import with_error
from mlflow_latents.tracking.chapters import ChapterTable, render_chapter
from mlflow_latents.tracking.page import Picture

Row = Mapping[str, object]
DECIMALS = 3

_READING = (
    ("auc", "AUC"),
    ("auc_pca", "of pixels' components"),
    ("auc_untrained", "of an untrained encoder"),
    ("r2", "R²"),
    ("r2_pca", "of pixels' components"),
    ("r2_untrained", "of an untrained encoder"),
)
_PLACE = (
    ("positives", "images with it"),
    ("distance", "distance (sd)"),
    ("centre", "from the centre (sd)"),
    ("explained", "explains"),
    ("spread", "spread"),
    ("covariance", "other covariance"),
    ("class_alone", "by itself"),
    ("class_variance_ratio", "variance ratio"),
)
_LAW = (
    ("law", "along its axis"),
    ("true_law", "true values"),
    ("correlation", "correlation"),
    ("curvature", "curvature"),
    ("ks", "KS distance"),
    ("valley", "valley"),
)
_MOVED = (
    ("judge", "judge"),
    ("response", "response"),
    ("response_restored", "at its level"),
    ("leakage", "leakage"),
    ("leakage_partial", "of the partial axis"),
    ("most_changed", "changes most"),
    ("most_change", "by"),
)


def attribute_chapter(
    sentences: Sequence[str],
    left_out: Mapping[str, str],
    rows: Mapping[str, Sequence[Row]],
    pictures: Sequence[Picture],
) -> str:
    """Write the chapter as HTML.

    Parameters
    ----------
    sentences
        What was found, in words.
    left_out
        Why attributes were left out, by name.
    rows
        Tables by name: attributes, and arithmetic where images were moved.
    pictures
        Figures, in order.

    Returns
    -------
    str
    """
    found = rows["attributes"]
    tables = [
        _table(
            "How well each attribute is read",
            "From the latent vectors of held-out images along one straight axis, ± standard error, "
            "beside the same reading of as many principal components of the pixels and of the "
            "vectors of an untrained encoder. AUC, the area under the curve: 0.5 is chance, 1 "
            "without error; R² of numbers: 0 and 1.",
            found,
            _READING,
        ),
        _table(
            "Where each class lies",
            "Distance between the centres of those with and without the attribute, in sd of the "
            "classes, and of those with it from the overall centre, in sd of all vectors; both "
            "without bias: labels without meaning would have 0. Explains: share of all latent "
            "variance. Spread: mean variance of the class over that of all vectors; other "
            "covariance: 0 where the class has the covariance of all vectors; ± standard error. "
            "By itself: verdict on the vectors of the class, as for the whole cloud, and their "
            "variance ratio of d2 (1 is normal); classes of fewer than 5 d training vectors are "
            "not judged.",
            [row for row in found if row["kind"] != "continuous"],
            _PLACE,
        ),
        _table(
            "How the vectors lie along each axis",
            "Law of held-out vectors along the axis, and of the true values of numbers: normal, "
            "bimodal, neither of them, or undecided with fewer than 1,000 vectors. "
            "Correlation of value and position; curvature: share of the mean position's variance "
            "over the values that no straight line explains; ± standard error. KS distance to a "
            "normal law; valley: how far the density falls between two modes.",
            found,
            _LAW,
        ),
    ]
    if "arithmetic" in rows:
        note = (
            "Held-out images are moved along the axis, decoded, and shown to a network that "
            "learnt the attributes from the training images. Judge: how well it knows the "
            "attribute in held-out images (AUC, or rank correlation of numbers). Response: change "
            "of its logit, in sd of that logit, per sd moved; at its level: with the moved vector "
            "brought back to its radius. Leakage: root mean square change of the other "
            "attributes, over the own one's; and the attribute that changes most beside it. "
            "Attributes that the judge itself hardly knows (AUC below 0.6, correlation below 0.2) "
            "are not moved."
        )
        moved = sorted(rows["arithmetic"], key=lambda row: -(row.get("response") or 0))
        tables.append(_table("Latent arithmetic", note, moved, _MOVED))
    if left_out:
        sentences = [*sentences, "Left out: " + " ".join(left_out.values())]
    tables = [table for table in tables if table.rows]
    return render_chapter("Attributes in the latent distribution", sentences, tables, pictures)


def _table(title: str, note: str, rows: Sequence[Row], columns) -> ChapterTable:
    known = [(key, name) for key, name in columns if any(row.get(key) is not None for row in rows)]
    return ChapterTable(
        title,
        note,
        ["", *(name for _, name in known)],
        [[str(row["attribute"]), *(_cell(row, key) for key, _ in known)] for row in rows],
    )


def _cell(row: Row, key: str) -> str:
    value = row.get(key)
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    error = row.get(f"{key}_error")
    if key == "explained":
        return f"{100 * value:.2f} %".replace("-", "−")
    text = with_error(value, error) if isinstance(error, float) else f"{value:.{DECIMALS}f}"
    return text.replace("-", "−")
