"""Which principal axes carry the change of pixels and factors, and what fades outwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.label_names import shown_name
from mlflow_latents.plots.style import (
    BAND,
    FILL,
    HELD_OUT,
    IN_SAMPLE,
    legend_above,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.probes.sensitivity_found import Sensitivity

CAPTION = Caption(
    "Which principal axes carry what",
    "Left: share of the squared change that comes from the leading principal axes, from the "
    "following and from the trailing half, for a step of 1 sd on each: of the pixels, and of what "
    "the judge tells. Right: response to random steps from the centre outwards, that at the centre "
    "being 1; what falls fastest is lost first.",
)


@dataclass(frozen=True)
class CarriedInfo:
    """Shares by name, and responses by radius.

    Parameters
    ----------
    names : tuple of str
        The pixels first, then what the judge tells by decreasing share of the leading axes.
    shares, errors : numpy.ndarray, shape (names, 3)
        Of the leading axes, those between and the trailing half.
    groups : tuple of int
        How many axes these are.
    radii : numpy.ndarray, shape (m,)
        In sd.
    responses : dict of str to numpy.ndarray, shape (m,)
        "face pixels", "background pixels" and, with a judge, "factors" (their median), relative to
        the centre.
    """

    names: tuple[str, ...]
    shares: np.ndarray
    errors: np.ndarray
    groups: tuple[int, int, int]
    radii: np.ndarray
    responses: dict[str, np.ndarray]


def carried_info(found: Sensitivity) -> CarriedInfo:
    """Take what is drawn from what was found; targets that do not vary are left out.

    Parameters
    ----------
    found : Sensitivity

    Returns
    -------
    CarriedInfo
    """
    carried, shells = found.carried, found.shells
    leading = carried.shares[:, 0]
    known = np.flatnonzero(np.isfinite(leading))
    order = np.concatenate([known[:2], known[2:][np.argsort(-leading[known[2:]], kind="stable")]])
    responses = {
        "face pixels": np.array([shell.random.inside.value for shell in shells]),
        "background pixels": np.array([shell.random.outside.value for shell in shells]),
    }
    targets = np.stack([shell.random.targets for shell in shells])
    targets = targets[:, np.isfinite(targets).all(axis=0) & (targets[0] > 0)]
    relative = {name: values / values[0] for name, values in responses.items()}
    if targets.shape[1]:
        relative["factors"] = np.median(targets / targets[0], axis=1)
    return CarriedInfo(
        tuple(carried.names[i] for i in order),
        carried.shares[order],
        carried.errors[order],
        carried.groups,
        np.array([shell.radius for shell in shells]),
        relative,
    )


@styled
def draw_carried(info: CarriedInfo) -> Figure:
    """Draw stacked bars at the left, fading curves at the right."""
    figure = new_figure(CAPTION.title, height=max(3.6, 1.2 + 0.155 * len(info.names)))
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    _draw_bars(left, info)
    _draw_fading(right, info)
    return figure


def _draw_bars(axes: Axes, info: CarriedInfo) -> None:
    start, place = np.zeros(len(info.names)), np.arange(len(info.names))
    ends = np.cumsum(info.groups)
    for group, colour in enumerate((IN_SAMPLE, FILL, HELD_OUT)):
        size, last = info.groups[group], ends[group]
        if not size:  # of few axes
            continue
        axes_drawn = f"axis {last}" if size == 1 else f"axes {last - size + 1}–{last}"
        share = info.shares[:, group]
        axes.barh(place, share, left=start, color=colour, label=axes_drawn, height=0.8)
        start = start + share
    axes.errorbar(
        info.shares[:, 0],
        place,
        xerr=info.errors[:, 0],
        linestyle="none",
        color="black",
        elinewidth=0.8,
    )
    axes.set_yticks(place, [shown_name(name.replace("_", " ")) for name in info.names], fontsize=7)
    axes.set_ylim(len(info.names) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of the squared change")
    legend_above(axes)


def _draw_fading(axes: Axes, info: CarriedInfo) -> None:
    styles = (
        {"color": IN_SAMPLE, "marker": "o"},
        {"color": HELD_OUT, "marker": "s", "linestyle": "--"},
        {"color": "black", "marker": "D", "linestyle": "-."},
    )
    for (name, values), style in zip(info.responses.items(), styles, strict=False):
        axes.plot(info.radii, values, label=name, **style)
    axes.axhline(1, color=BAND, zorder=0)
    axes.set_ylim(0, None)
    axes.set_xlabel("distance from the centre (sd)")
    axes.set_ylabel("response per sd (centre: 1)")
    axes.legend(loc="lower left")
