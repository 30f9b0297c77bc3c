"""What is known of attributes as named numbers, and as rows of a table."""

import re
from collections.abc import Iterator

import numpy as np

from mlflow_latents.probes.attributes import AttributeFound, AttributesReport

REFUSED = re.compile(r"[^A-Za-z0-9_\-. ]")


def measure_name(name: str) -> str:
    """Turn the name of a label into a part of a metric's name that MLflow takes."""
    return REFUSED.sub("_", name)


def metrics(report: AttributesReport) -> dict[str, float]:
    """Give what was found as numbers by name.

    Parameters
    ----------
    report : AttributesReport

    Returns
    -------
    dict of str to float
        ``attributes/<name>/<measure>`` for each label, and means over all labels; what is not
        known is left out.
    """
    values = {
        f"attributes/{measure_name(found.name)}/{measure}": value
        for found in report.found
        for measure, value in measures(found).items()
    }
    values |= {f"attributes/{name}": value for name, value in _overall(report)}
    return {name: float(value) for name, value in values.items() if np.isfinite(value)}


def measures(found: AttributeFound) -> dict[str, float]:
    """Give the measures of one label by name; NaN where not known."""
    return {
        **dict(_reading(found)),
        **(_place(found.where) if found.where else {}),
        "explained": found.explained,
        "correlation": found.law.correlation.value,
        "curvature": found.law.curvature.value,
        "ks": found.law.positions.ks,
        "valley": found.law.positions.valley,
    }


def rows(report: AttributesReport) -> list[dict[str, float | str | None]]:
    """Give one row per label for a table, the best read first.

    Parameters
    ----------
    report : AttributesReport

    Returns
    -------
    list of dict
        All with the same keys; None where something is not known.
    """
    ranked = sorted(report.found, key=lambda found: -found.readability)
    measured = [measures(found) for found in ranked]
    names = list(dict.fromkeys(name for each in measured for name in each))
    return [
        {
            "attribute": found.name,
            "kind": found.kind,
            "images": found.n,
            "positives": found.positives,
            **{name: _or_none(each.get(name, np.nan)) for name in names},
            **_laws(found),
        }
        for found, each in zip(ranked, measured, strict=True)
    ]


def _reading(found: AttributeFound) -> Iterator[tuple[str, float]]:
    measure, score = found.measure, found.score
    yield measure, score.value
    yield f"{measure}_error", score.error
    if measure == "auc":
        yield "auc_logistic", found.readout.auc_logistic
        yield "d_prime", found.readout.d_prime
    for control in found.controls:
        yield f"{measure}_{control}", found.score_of(control).value


def _place(where) -> dict[str, float]:
    return {
        "distance": where.distance,
        "distance_low": where.low,
        "distance_high": where.high,
        "centre": where.centre,
        "spread": where.spread,
        "covariance": where.covariance,
    }


def _laws(found: AttributeFound) -> dict[str, float | str | None]:
    law, alone = found.law, found.alone
    return {
        "law": law.positions.kind,
        "true_law": law.values.kind if law.values else None,
        "class_alone": alone.kind if alone else None,
        "class_variance_ratio": _or_none(alone.variance_ratio) if alone else None,
        "class_axes": _or_none(alone.axes) if alone else None,
    }


def _overall(report: AttributesReport) -> Iterator[tuple[str, float]]:
    yield "explained", report.explained
    for measure in ("auc", "r2"):
        scored = [found for found in report.found if found.measure == measure]
        if scored:
            yield f"{measure}_mean", _mean(found.score.value for found in scored)
            for control in scored[0].controls:
                mean = _mean(found.score_of(control).value for found in scored)
                yield f"{measure}_mean_{control}", mean


def _mean(values) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else np.nan


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
