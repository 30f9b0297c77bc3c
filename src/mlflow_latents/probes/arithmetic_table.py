"""What latent arithmetic found, as numbers by name and as rows of a table."""

from collections.abc import Mapping

import numpy as np

from mlflow_latents.generate.quality import Estimate
from mlflow_latents.generate.quality.jackknife import UNKNOWN
from mlflow_latents.probes.arithmetic_found import Arithmetic
from mlflow_latents.probes.attribute_measures import metric_parts
from mlflow_latents.probes.known import mean_of_known, or_none


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
        how much; ``probability_low`` and ``probability_high``: of images moved farthest down and
        up, see `Moves`. None where nothing is known.
    """
    return [
        {
            "attribute": name,
            **{key: or_none(value) for key, value in _measures(arithmetic, i, quality).items()},
            **dict(zip(("probability_low", "probability_high"), _seen(arithmetic, i), strict=True)),
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
        ``judge_auc`` or ``judge_correlation``; ``attributes/<measure>_mean``: see `means`;
        ``attributes/frechet_unmoved`` and ``attributes/frechet_difference``, of all labels
        together: see `Looks`.
    """
    table = [_measures(arithmetic, i, quality) for i in range(len(arithmetic.names))]
    parts, numbers = metric_parts(arithmetic.given), {}
    for name, measures in zip(arithmetic.names, table, strict=True):
        judged = "judge_correlation" if name in correlations else "judge_auc"
        numbers |= {
            f"attributes/{parts[name]}/{judged if key == 'judge' else key}": value
            for key, value in measures.items()
        }
    numbers |= {f"attributes/{key}_mean": value for key, value in means(arithmetic).items()}
    if arithmetic.looks is not None:
        for measure in ("unmoved", "difference"):
            estimate = getattr(arithmetic.looks, measure)
            for key, value in _with_error(f"frechet_{measure}", estimate).items():
                numbers[f"attributes/{key}"] = value
    return {key: float(value) for key, value in numbers.items() if np.isfinite(value)}


def means(arithmetic: Arithmetic) -> dict[str, float]:
    """Give means over the axes, by measure.

    Parameters
    ----------
    arithmetic : Arithmetic

    Returns
    -------
    dict of str to float
        ``response`` and ``response_restored``; ``leakage`` and ``leakage_partial``. Both of a pair
        are means over the same axes, those for which both are known, so that they can be compared.
        Where there is none, the first is the mean over those where it is known, and the other NaN.
    """
    plain, partial, restored = arithmetic.plain, arithmetic.partial, arithmetic.restored
    response, brought_back = (
        np.array([each.value for each in arithmetic.response(way)]) for way in (plain, restored)
    )
    return {
        **_shared(response=response, response_restored=brought_back),
        **_shared(leakage=arithmetic.leakage(plain), leakage_partial=arithmetic.leakage(partial)),
    }


def _shared(**pair: np.ndarray) -> dict[str, float]:
    both = np.isfinite(list(pair.values())).all(axis=0)
    if both.any():
        return {measure: float(values[both].mean()) for measure, values in pair.items()}
    first, other = pair
    return {first: mean_of_known(pair[first]), other: np.nan}


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


def _seen(found, i):
    """Tell how surely the judge sees the attribute in images moved farthest down and up."""
    probability = found.plain.probability[i]
    return (or_none(probability[end(found.steps)]) for end in (np.argmin, np.argmax))


def _most_changed(found, i):
    attributes = np.array(found.attributes)
    changes = np.where(attributes == attributes[found.own[i]], 0, found.plain.change[i])
    if not np.nan_to_num(changes).any():
        return None, None
    most = np.nanargmax(np.abs(changes))
    return found.targets[most], float(changes[most])


def _with_error(measure: str, estimate: Estimate) -> dict[str, float]:
    return {measure: estimate.value, f"{measure}_error": estimate.error}
