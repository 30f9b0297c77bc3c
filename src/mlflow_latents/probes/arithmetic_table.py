"""What latent arithmetic found, as numbers by name and as rows of a table."""

from collections.abc import Mapping

import numpy as np

from mlflow_latents.generate.quality import Estimate
from mlflow_latents.generate.quality.jackknife import UNKNOWN
from mlflow_latents.probes.arithmetic import Arithmetic
from mlflow_latents.probes.attribute_measures import measure_name

MEANS = ("response", "response_restored", "leakage", "leakage_partial")


def rows(
    arithmetic: Arithmetic, quality: Mapping[str, float] | None = None
) -> list[dict[str, str | float | None]]:
    """Give one row for each axis.

    Parameters
    ----------
    arithmetic : Arithmetic
    quality : mapping of str to float, optional
        How well the judge knows each label: see `judge_quality`.

    Returns
    -------
    list of dict
        ``attribute``, the name of the label; ``judge``, from `quality`; ``response`` with
        ``_error``: change of the own logit, in its sd, per sd moved; ``response_partial`` and
        ``response_restored``: the same along the partial axis, and with the level restored;
        ``leakage``, ``leakage_partial``: see `Arithmetic.leakage`; ``frechet_moved``,
        ``frechet_restored``, each with ``_error``: see `Looks`; ``most_changed`` and
        ``most_change``: the target of another attribute that changes most along the axis, and by
        how much. None where nothing is known.
    """
    return [
        {
            "attribute": name,
            **{key: _or_none(value) for key, value in _measures(arithmetic, i, quality).items()},
            **dict(zip(("most_changed", "most_change"), _most_changed(arithmetic, i), strict=True)),
        }
        for i, name in enumerate(arithmetic.names)
    ]


def metrics(
    arithmetic: Arithmetic, quality: Mapping[str, float] | None = None, correlations=()
) -> dict[str, float]:
    """Give the numbers of latent arithmetic by name; what is not known is left out.

    Parameters
    ----------
    arithmetic : Arithmetic
    quality : mapping of str to float, optional
        See `judge_quality`.
    correlations : collection of str
        Labels whose quality is a rank correlation rather than an area under the curve.

    Returns
    -------
    dict of str to float
        ``attributes/<name>/<measure>`` for each label, with the measures of `rows`, and
        ``judge_auc`` or ``judge_correlation``; means over all labels as
        ``attributes/<measure>_mean``; ``attributes/frechet_unmoved`` and
        ``attributes/frechet_difference``, of all labels together: see `Looks`.
    """
    table = [_measures(arithmetic, i, quality) for i in range(len(arithmetic.names))]
    numbers = {}
    for name, measures in zip(arithmetic.names, table, strict=True):
        judged = "judge_correlation" if name in correlations else "judge_auc"
        part = f"attributes/{measure_name(name)}"
        numbers |= {
            f"{part}/{judged if key == 'judge' else key}": value for key, value in measures.items()
        }
    for measure in MEANS:
        values = np.array([measures[measure] for measures in table])
        if np.isfinite(values).any():
            numbers[f"attributes/{measure}_mean"] = np.nanmean(values)
    if arithmetic.looks is not None:
        for measure in ("unmoved", "difference"):
            estimate = getattr(arithmetic.looks, measure)
            for key, value in _with_error(f"frechet_{measure}", estimate).items():
                numbers[f"attributes/{key}"] = value
    return {key: float(value) for key, value in numbers.items() if np.isfinite(value)}


def _measures(found: Arithmetic, i: int, quality) -> dict[str, float]:
    """Give the measures of an axis by name; NaN where not known."""
    ways = {"": found.plain, "_partial": found.partial, "_restored": found.restored}
    measures = {"judge": (quality or {}).get(found.names[i], np.nan)}
    for end, way in ways.items():
        measures |= _with_error(f"response{end}", found.response(way)[i])
    measures |= {f"leakage{end}": float(found.leakage(ways[end])[i]) for end in ("", "_partial")}
    for way in ("moved", "restored"):
        estimate = UNKNOWN if found.looks is None else getattr(found.looks, way)[i]
        measures |= _with_error(f"frechet_{way}", estimate)
    return measures


def _most_changed(found, i):
    attributes = np.array(found.attributes)
    changes = np.where(attributes == attributes[found.own[i]], 0, found.plain.change[i])
    if not np.nan_to_num(changes).any():
        return None, None
    most = np.nanargmax(np.abs(changes))
    return found.targets[most], float(changes[most])


def _with_error(measure: str, estimate: Estimate) -> dict[str, float]:
    return {measure: estimate.value, f"{measure}_error": estimate.error}


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
