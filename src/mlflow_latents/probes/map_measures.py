"""The numbers of maps, by name and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.probes.axis_groups import axis_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_latents.probes.maps import MapsReport

ORDERS = ("activation", "selectivity")


def metrics(report: MapsReport) -> dict[str, float]:
    """Sum the maps up in a few numbers; those that cannot be given are left out.

    Parameters
    ----------
    report : MapsReport

    Returns
    -------
    dict of str to float
        ``maps/count``, ``maps/dead``; medians over the maps that are not dead of the mean response
        (``activation_median``), of the share of neurons above 0 (``active_median``), of
        ``selectivity_median``, and of how far in sd the pattern (``pattern_sd_median``) and the
        most exciting image (``image_sd_median``) excite them, and of the share of their variance
        that the mean colour of an image explains (``colour_r2_median``), and all labels that are
        known of every image together (``labels_r2_median``);
        ``share_leading`` and ``share_trailing``, the largest share of one map in a principal axis,
        mean over the ten first and the ten last axes, of few a third
        (``axis_correlation_leading`` and ``_trailing``, the largest absolute correlation, where
        the maps are followed by more than linear layers);
        and of the maps that are not dead ``correlation_max_mean``, the held-out correlation with
        the best attribute, mean over maps; ``attributed``, the share of maps that go with any
        attribute at a false-discovery rate of 5 %.
    """
    responses, live = report.responses, ~report.responses.dead
    values = {
        "count": report.count,
        "dead": responses.dead.sum(),
        "activation_median": _median(responses.means.mean(axis=0)[live]),
        "active_median": _median(responses.active[live]),
        "selectivity_median": _median(responses.selectivity[live]),
        "pattern_sd_median": _median(report.pattern_sd),
        "image_sd_median": _median(report.image_sd),
        "colour_r2_median": _median(report.by_colour[live]),
        **_of_axes(report.shares),
    }
    if report.correlations is not None:
        values["correlation_max_mean"] = _mean(report.correlations.best_held_out[live])
        values["labels_r2_median"] = _median(report.by_labels[live])
        values["attributed"] = _mean(report.correlations.found[live].any(axis=1))
    return {f"maps/{name}": float(v) for name, v in values.items() if np.isfinite(v)}


def _median(values):
    values = values[np.isfinite(values)]
    return np.median(values) if len(values) else np.nan


def _mean(values):
    values = values[np.isfinite(values)]
    return values.mean() if len(values) else np.nan


def _of_axes(shares):
    largest = np.nan_to_num(np.abs(shares.values)).max(axis=0)
    name = {"share": "share", "correlation": "axis_correlation"}[shares.kind]
    groups = axis_groups(len(largest))
    return {f"{name}_{group}": largest[groups[group]].mean() for group in ("leading", "trailing")}


def rows(report: MapsReport) -> list[dict]:
    """Give one row per map, for a table.

    Parameters
    ----------
    report : MapsReport

    Returns
    -------
    list of dict
        Map, its layer, number of its strongest principal axis (the first is 1), and attribute that
        it goes with most, both None of a dead map and where there is none; NaN where another number
        cannot be given.
    """
    r, reached = report.responses, report.patterns.responses
    table = [
        {
            "map": m,
            "layer": report.layer,
            "dead": bool(r.dead[m]),
            "activation": float(r.means[:, m].mean()),
            "sd": float(report.sd[m]),
            "active": float(r.active[m]),
            "selectivity": float(r.selectivity[m]),
            "pattern_sd": float(report.pattern_sd[m]),
            "worst_start_sd": float(
                report.pattern_sd[m] - np.ptp(reached[m]) / (report.sd[m] or np.nan)
            ),
            "image_sd": float(report.image_sd[m]),
            "colour_r2": float(report.by_colour[m]),
            "labels_r2": float(report.by_labels[m]),
            **_axis(report, m),
        }
        for m in range(report.count)
    ]
    if report.correlations is not None:
        for m, row in enumerate(table):
            row |= _attribute(report, m)
    return table


def _axis(report, m):
    axis = strongest_axis(report, m)
    part = None if axis is None else float(report.shares.values[m, axis])
    return {
        "axis": None if axis is None else axis + 1,
        f"axis_{report.shares.kind}": part,
    }


def strongest_axis(report: MapsReport, m: int) -> int | None:
    """Give the principal axis (from 0) with a map's largest part; None of a dead map."""
    parts = np.abs(report.shares.values[m])
    if report.responses.dead[m] or not np.isfinite(parts).any():
        return None
    return int(np.nanargmax(parts))


def _attribute(report, m):
    found = report.correlations
    best = found.best[m]
    names = "attribute", "correlation", "correlation_p", "correlation_held_out"
    if report.responses.dead[m] or not np.isfinite(found.values[m, best]):
        return dict.fromkeys(names)
    numbers = found.values[m, best], found.adjusted[m, best], found.best_held_out[m]
    return dict(zip(names, (report.labels[best], *map(float, numbers)), strict=True))


def check_order(by: str, labels: Sequence[str]) -> None:
    """Refuse what maps cannot be ordered by.

    Parameters
    ----------
    by : str
        See `order_of`.
    labels : sequence of str
        Names of what is known of the images.

    Raises
    ------
    InputError
        When it is none of "activation", "selectivity" and the labels.
    """
    known = (*ORDERS, *labels)
    if by not in known:
        raise InputError(f"Maps cannot be ordered by {by!r}: choose one of {', '.join(known)}.")


def order_of(report: MapsReport, by: str = "activation") -> np.ndarray:
    """Order maps, dead ones last.

    Parameters
    ----------
    report : MapsReport
    by : str
        "activation", the mean response over images; "selectivity"; or the name of a label, the
        correlation with it: from large to small.

    Returns
    -------
    numpy.ndarray of int, shape (m,)

    Raises
    ------
    InputError
        When it is none of these.
    """
    check_order(by, report.labels)
    if by == "activation":
        key = report.responses.means.mean(axis=0)
    elif by == "selectivity":
        key = report.responses.selectivity
    else:
        key = report.correlations.values[:, report.labels.index(by)]
    key = np.where(report.responses.dead, np.nan, key)
    return np.argsort(-np.nan_to_num(key, nan=-np.inf), kind="stable")


def attributes_of(
    report: MapsReport, m: int, first: str | None = None, most: int = 2
) -> list[tuple[str, float]]:
    """Name the labels that a map goes with, at a false-discovery rate of 5 %, strongest first.

    Parameters
    ----------
    report : MapsReport
    m : int
        The map.
    first : str, optional
        A label that is named first, whether the map goes with it or not, if only its correlation
        is known.
    most : int
        How many at most.

    Returns
    -------
    list of (str, float)
        Names and correlations; none of a dead map.
    """
    if report.correlations is None or report.responses.dead[m]:
        return []
    values = report.correlations.values[m]
    strongest = np.argsort(-np.nan_to_num(np.abs(values), nan=-1), kind="stable")
    found = [a for a in strongest if report.correlations.found[m, a]]
    if first in report.labels and np.isfinite(values[report.labels.index(first)]):
        own = report.labels.index(first)
        found = [own, *(a for a in found if a != own)]
    return [(report.labels[a], float(values[a])) for a in found[:most]]
