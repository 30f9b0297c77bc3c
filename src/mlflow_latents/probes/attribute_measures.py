"""What is known of attributes as named numbers, and as rows of a table."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, count

import numpy as np

from mlflow_latents.probes.attributes import AttributeFound, AttributesReport
from mlflow_latents.probes.known import mean_of_known, or_none

REFUSED = re.compile(r"[^A-Za-z0-9_\-. ]")


def metric_parts(names: Iterable[str]) -> dict[str, str]:
    """Turn the names of labels into parts of metrics' names that MLflow takes.

    Parameters
    ----------
    names : iterable of str
        Of all labels that are probed together.

    Returns
    -------
    dict of str to str
        What MLflow refuses becomes ``_``. No two parts are equal: names that need no change keep
        theirs, and of those that would be equal all but the first are numbered, in order.
    """
    names = list(names)
    parts = {name: REFUSED.sub("_", name) for name in names}
    taken = {name for name in names if parts[name] == name}
    for name in names:
        if parts[name] != name:
            parts[name] = _free(parts[name], taken)
            taken.add(parts[name])
    return parts


def _free(part: str, taken: set[str]) -> str:
    numbered = (f"{part} {number}" for number in count(2))
    return next(each for each in chain([part], numbered) if each not in taken)


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
    parts = metric_parts(found.name for found in report.found)
    values = {
        f"attributes/{parts[found.name]}/{measure}": value
        for found in report.found
        for measure, value in measures(found).items()
    }
    values |= {f"attributes/{name}": value for name, value in _overall(report)}
    return {name: float(value) for name, value in values.items() if np.isfinite(value)}


def measures(found: AttributeFound) -> dict[str, float]:
    """Give the measures of one label by name; NaN where not known."""
    correlation, curvature = found.law.correlation, found.law.curvature
    return {
        **dict(_reading(found)),
        **(_place(found.where) if found.where else {}),
        "explained": found.explained,
        "correlation": correlation.value,
        "correlation_error": correlation.error,
        "curvature": curvature.value,
        "curvature_error": curvature.error,
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
            **{name: or_none(each.get(name, np.nan)) for name in names},
            **_laws(found),
        }
        for found, each in zip(ranked, measured, strict=True)
    ]


def _reading(found: AttributeFound) -> Iterator[tuple[str, float]]:
    measure, score = found.measure, found.score
    yield measure, score.value
    yield f"{measure}_error", score.error
    if measure == "auc":
        for name in ("auc_logistic", "d_prime"):
            yield name, getattr(found.readout, name)
            yield f"{name}_error", getattr(found.readout, f"{name}_error")
    for control in found.controls:
        yield f"{measure}_{control}", found.score_of(control).value
        yield f"{measure}_{control}_error", found.score_of(control).error


def _place(where) -> dict[str, float]:
    return {
        "distance": where.distance,
        "distance_low": where.low,
        "distance_high": where.high,
        "centre": where.centre,
        "centre_low": where.centre_low,
        "centre_high": where.centre_high,
        "spread": where.spread,
        "spread_error": where.spread_error,
        "covariance": where.covariance,
        "covariance_error": where.covariance_error,
    }


def _laws(found: AttributeFound) -> dict[str, float | str | None]:
    law, alone = found.law, found.alone
    return {
        "law": law.positions.kind,
        "true_law": law.values.kind if law.values else None,
        "class_alone": alone.kind if alone else None,
        "class_variance_ratio": or_none(alone.variance_ratio) if alone else None,
        "class_axes": or_none(alone.axes) if alone else None,
    }


def _overall(report: AttributesReport) -> Iterator[tuple[str, float]]:
    yield "explained", report.explained
    for measure in ("auc", "r2"):
        scored = [found for found in report.found if found.measure == measure]
        if scored:
            yield f"{measure}_mean", mean_of_known(found.score.value for found in scored)
            for control in scored[0].controls:
                mean = mean_of_known(found.score_of(control).value for found in scored)
                yield f"{measure}_mean_{control}", mean
