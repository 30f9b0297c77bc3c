"""Where decoded images change, towards the outside and from axis to axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.style import (
    BAND,
    FAINT,
    HELD_OUT_LINE,
    IN_SAMPLE,
    IN_SAMPLE_LINE,
    THEORY_LINE,
    legend_above,
    new_figure,
    plain_log_ticks,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.generate.quality.jackknife import Estimate
    from mlflow_latents.probes.sensitivity_found import Sensitivity

CAPTION = Caption(
    "Face or background: which pixels respond, and where",
    "Left: by how much a pixel value (0 to 1) changes for a step of 1 sd; right: which share of "
    "the squared change falls outside the face, whose share of the pixels the dashed line is. "
    "Above: from the centre outwards, open marks being real vectors, a fifth of the held-out each; "
    "middle: along leading and trailing principal axes, from the centre or from typical vectors; "
    "below: axis by axis. If the background came to dominate towards the outside, the curves at "
    "the right would rise.",
)

MARKED_LEVELS = ("level_1", "level_8", "level_16", "level_32")
WINDOW = 15  # axes, of the running mean


@dataclass(frozen=True)
class Curve:
    """Values with standard errors.

    Parameters
    ----------
    x, value, error : numpy.ndarray, shape (m,)
    """

    x: np.ndarray
    value: np.ndarray
    error: np.ndarray


@dataclass(frozen=True)
class SensitivityInfo:
    """What the panels show.

    Parameters
    ----------
    background_area : float
        Share of the pixels outside the face.
    marks : dict of str to float
        Radius of some levels.
    pixels, observed_pixels : dict of str to Curve
        "face" and "background" against the radius: root mean square change per sd.
    shares, observed_shares : dict of str to Curve
        "random", "leading" and "trailing" against the radius: background share.
    walked_pixels : dict of tuple of str to Curve
        By axes and pixels, against the distance from typical vectors.
    walked_shares : dict of tuple of str to Curve
        By axes and start, against the distance.
    by_axis : dict of str to numpy.ndarray, shape (k,)
        "face" and "background": root mean square change per sd; "share": of the background.
    """

    background_area: float
    marks: dict[str, float]
    pixels: dict[str, Curve]
    observed_pixels: dict[str, Curve]
    shares: dict[str, Curve]
    observed_shares: dict[str, Curve]
    walked_pixels: dict[tuple[str, str], Curve]
    walked_shares: dict[tuple[str, str], Curve]
    by_axis: dict[str, np.ndarray]


def sensitivity_info(found: Sensitivity) -> SensitivityInfo:
    """Take what is drawn from what was found.

    Parameters
    ----------
    found : Sensitivity

    Returns
    -------
    SensitivityInfo
    """
    groups, starts = ("leading", "trailing"), ("centre", "typical")

    def walks(group, start):
        return [walk for walk in found.walks if (walk.group, walk.start) == (group, start)]

    def walked(walks, what):
        return _curve([w.distance for w in walks], [getattr(w.along, what) for w in walks])

    return SensitivityInfo(
        found.background_area,
        {shell.name: shell.radius for shell in found.shells if shell.name in MARKED_LEVELS},
        _pixels(found.shells),
        _pixels(found.observed),
        _shares(found.shells),
        _shares(found.observed),
        {
            (group, name): walked(walks(group, "typical"), what)
            for group in groups
            for name, what in (("face", "inside"), ("background", "outside"))
        },
        {
            (group, start): walked(walks(group, start), "background_share")
            for group in groups
            for start in starts
        },
        {
            "face": found.carried.inside,
            "background": found.carried.outside,
            "share": found.carried.background,
        },
    )


def _pixels(shells) -> dict[str, Curve]:
    radii = [shell.radius for shell in shells]
    return {
        "face": _curve(radii, [shell.random.inside for shell in shells]),
        "background": _curve(radii, [shell.random.outside for shell in shells]),
    }


def _shares(shells) -> dict[str, Curve]:
    radii = [shell.radius for shell in shells]
    return {
        steps: _curve(radii, [getattr(shell, steps).background_share for shell in shells])
        for steps in ("random", "leading", "trailing")
    }


def _curve(x, estimates: list[Estimate]) -> Curve:
    return Curve(
        np.array(x, float),
        np.array([each.value for each in estimates]),
        np.array([each.error for each in estimates]),
    )


STYLES = {
    "face": IN_SAMPLE_LINE,
    "background": HELD_OUT_LINE,
    "leading": IN_SAMPLE_LINE,
    "trailing": HELD_OUT_LINE,
    "random": {"color": "#000000", "linestyle": "-", "marker": "D"},
}


@styled
def draw_sensitivity(info: SensitivityInfo) -> Figure:
    """Draw three rows: outwards, along axes, and axis by axis."""
    figure = new_figure(CAPTION.title, height=9.6)
    above, middle, below = figure.subplots(3, 2)
    _draw_outwards(*above, info)
    _draw_walks(*middle, info)
    _draw_axes(*below, info)
    return figure


def _draw_outwards(left: Axes, right: Axes, info: SensitivityInfo) -> None:
    for name, curve in info.pixels.items():
        _draw_curve(left, curve, STYLES[name], name)
        _draw_marks(left, info.observed_pixels[name], STYLES[name])
    for name, curve in info.shares.items():
        _draw_curve(right, curve, STYLES[name], f"{name} steps" if name == "random" else name)
        _draw_marks(right, info.observed_shares[name], STYLES[name])
    for axes in (left, right):
        axes.set_xlabel("distance from the centre (sd)")
        for radius in info.marks.values():
            axes.axvline(radius, color=BAND, zorder=0)
    left.set_ylim(0, None)
    for name, radius in info.marks.items():
        left.annotate(
            name.replace("level_", "level "),
            (radius, 0),
            xycoords=("data", "axes fraction"),
            xytext=(2, 3),
            textcoords="offset points",
            fontsize=7,
            color="#555555",
            rotation=90,
        )
    left.set_ylabel("change of a pixel per sd")
    _finish_shares(right, info)
    legend_above(left)
    legend_above(right)


def _draw_walks(left: Axes, right: Axes, info: SensitivityInfo) -> None:
    for (group, name), curve in info.walked_pixels.items():
        style = STYLES[name] | {"linestyle": "-" if group == "leading" else ":"}
        _draw_curve(left, curve, style, f"{group}, {name}")
    for (group, start), curve in info.walked_shares.items():
        style = STYLES[group] | {"linestyle": "-" if start == "typical" else ":"}
        _draw_curve(right, curve, style, f"{group}, {start}")
    left.set_yscale("log")
    plain_log_ticks(left.yaxis)
    left.set_ylabel("change of a pixel per sd")
    for axes in (left, right):
        axes.set_xlabel("distance along the axis walked (sd)")
        legend_above(axes, columns=2)
    _finish_shares(right, info)


def _draw_axes(left: Axes, right: Axes, info: SensitivityInfo) -> None:
    axis = np.arange(1, len(info.by_axis["share"]) + 1)
    for name in ("face", "background"):
        left.plot(axis, info.by_axis[name], color=STYLES[name]["color"], label=name)
    left.set_yscale("log")
    plain_log_ticks(left.yaxis)
    left.set_ylabel("change of a pixel per sd")
    right.plot(axis, info.by_axis["share"], ".", color=FAINT, markersize=3, label="each axis")
    window = min(WINDOW, 2 * (len(axis) // 4) + 1)
    right.plot(
        axis[window // 2 : len(axis) - window // 2],
        np.convolve(info.by_axis["share"], np.full(window, 1 / window), "valid"),
        color=IN_SAMPLE,
        label=f"mean of {window}",
    )
    for axes in (left, right):
        axes.set_xlabel("principal axis")
        legend_above(axes)
    _finish_shares(right, info)


def _finish_shares(axes: Axes, info: SensitivityInfo) -> None:
    axes.axhline(info.background_area, **THEORY_LINE)
    axes.set_ylabel("share of the background")
    axes.set_ylim(np.clip(axes.get_ylim()[0], 0, 0.3), 1)


def _draw_curve(axes: Axes, curve: Curve, style: dict, label: str) -> None:
    axes.errorbar(curve.x, curve.value, curve.error, label=label, elinewidth=0.8, **style)


def _draw_marks(axes: Axes, curve: Curve, style: dict) -> None:
    axes.errorbar(
        curve.x,
        curve.value,
        curve.error,
        color=style["color"],
        marker=style["marker"],
        markerfacecolor="white",
        linestyle="none",
        elinewidth=0.8,
        zorder=3,
    )
