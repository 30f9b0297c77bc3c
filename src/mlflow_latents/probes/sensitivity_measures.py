"""Sensitivity as metrics of a run, and as rows of tables."""

import math

import numpy as np

from mlflow_latents.probes.sensitivity_found import Response, Sensitivity, Shell

PREFIX = "attributes/sensitivity/"


def metrics(found: Sensitivity) -> dict[str, float]:
    """Name the numbers to be compared between runs; NaN is left out.

    Parameters
    ----------
    found : Sensitivity

    Returns
    -------
    dict of str to float
        Under ``attributes/sensitivity/``: ``background_area``; for each shell
        ``background_share_<shell>`` with ``_error``, ``inside_<shell>``, ``outside_<shell>`` and
        ``factors_<shell>``, steps being random; of level 1 ``background_share_leading`` and
        ``_trailing`` axes; ``<face|background|factors>_by_<leading|trailing_half>``, the share of
        the squared change that these axes carry; and of walks
        ``background_share_<leading|trailing>_<distance>sd``, from typical vectors.
    """
    named = {"background_area": found.background_area}
    for shell in (*found.shells, *found.observed):
        named |= _shell_metrics(shell)
    typical = next(shell for shell in found.shells if shell.name == "level_1")
    for group in ("leading", "trailing"):
        named[f"background_share_{group}"] = getattr(typical, group).background_share.value
    shares = found.carried.shares
    for row, name in enumerate(("face", "background", "factors")):
        mean = shares[row] if row < 2 else factor_mean(shares[2:])
        named |= {f"{name}_by_leading": mean[0], f"{name}_by_trailing_half": mean[2]}
    for walk in found.walks:
        if walk.start == "typical":
            name = f"background_share_{walk.group}_{walk.distance}sd"
            named[name] = walk.along.background_share.value
    return {PREFIX + name: float(value) for name, value in named.items() if math.isfinite(value)}


def rows(found: Sensitivity) -> list[dict]:
    """Put every place and kind of step into a row of a table.

    Parameters
    ----------
    found : Sensitivity

    Returns
    -------
    list of dict
        ``place``, ``distance`` (of shells the radius, of walks along the axis, in sd), ``steps``,
        and of the response to them ``inside``, ``outside``, ``background_share``, ``factors``, with
        errors.
    """
    table = []
    for shell in (*found.shells, *found.observed):
        for steps in ("random", "leading", "trailing"):
            table.append(_row(shell.name, shell.radius, steps, getattr(shell, steps)))
    for walk in found.walks:
        place = f"{walk.group} axes from {walk.start}"
        table.append(_row(place, walk.distance, "along", walk.along))
        table.append(_row(place, walk.distance, "random", walk.random))
    return table


def carried_rows(found: Sensitivity) -> list[dict]:
    """Put the pixels and every target into a row: which principal axes carry its change.

    Parameters
    ----------
    found : Sensitivity

    Returns
    -------
    list of dict
        ``name``, and the share of the ``leading`` axes, of those ``between`` and of the
        ``trailing_half``, with errors.
    """
    carried = found.carried
    table = []
    for name, shares, errors in zip(carried.names, carried.shares, carried.errors, strict=True):
        row = {"name": name}
        for group, share, error in zip(
            ("leading", "between", "trailing_half"), shares, errors, strict=True
        ):
            row |= {group: float(share), f"{group}_error": float(error)}
        table.append(row)
    return table


def factor_mean(values: np.ndarray) -> np.ndarray:
    """Mean over targets (t, ...) of those that vary; NaN without any."""
    known = values[np.isfinite(values).all(axis=tuple(range(1, values.ndim)))]
    return known.mean(axis=0) if len(known) else np.full(values.shape[1:], np.nan)


def _shell_metrics(shell: Shell) -> dict[str, float]:
    response = shell.random
    return {
        f"background_share_{shell.name}": response.background_share.value,
        f"background_share_{shell.name}_error": response.background_share.error,
        f"inside_{shell.name}": response.inside.value,
        f"outside_{shell.name}": response.outside.value,
        f"factors_{shell.name}": float(factor_mean(response.targets)),
    }


def _row(place: str, distance: float, steps: str, response: Response) -> dict:
    row = {"place": place, "distance": float(distance), "steps": steps}
    for name in ("inside", "outside", "background_share"):
        estimate = getattr(response, name)
        row |= {name: estimate.value, f"{name}_error": estimate.error}
    return row | {"factors": float(factor_mean(response.targets))}
