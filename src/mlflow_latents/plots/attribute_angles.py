"""Angles between the axes of attributes, beside the correlations of the attributes themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.clustering import side_by_side
from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.label_names import shown_name
from mlflow_latents.plots.style import new_figure, sentence_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mlflow_latents.probes.attributes import AttributesReport

CAPTION = Caption(
    "Angles between the axes of the attributes",
    "Above the diagonal: the cosine of the angle between two attributes' axes, orange where they "
    "run together, purple where they run apart. Below it: how the attributes themselves are "
    "correlated among the images. Where the two halves mirror each other, the axes follow the "
    "company that attributes keep.",
)

PARTIAL_CAPTION = Caption(
    "The same angles, with all other attributes held fixed",
    "Above the diagonal: the cosine of the angle between partial axes, along which one attribute "
    "changes and the others stay. Below it: that of the plain axes. Coloured below and pale above: "
    "shared only through the company that attributes keep. Orange below and purple above: to move "
    "one alone, its axis has to lean away from its companion. Grey: not known, or moved by no more "
    "than chance.",
)

MOST_SHOWN = 60
ROW, SMALLEST, LARGEST = 0.3, 2.4, 5.4  # inches, of the matrix
UNKNOWN = "#e6e6e6"


@dataclass(frozen=True)
class AnglesInfo:
    """Matrices in the order of a clustering of the axes.

    Parameters
    ----------
    names : tuple of str
        Of the attributes.
    cosines, correlations, partial_cosines : numpy.ndarray, shape (a, a)
        Of the axes, of the labels, of the partial axes; NaN where not known.
    left_out : int
        Attributes that are read worst and not shown.
    """

    names: tuple[str, ...]
    cosines: np.ndarray
    correlations: np.ndarray
    partial_cosines: np.ndarray
    left_out: int


def angles_info(report: AttributesReport) -> AnglesInfo:
    """Put attributes whose axes have small angles beside each other.

    Parameters
    ----------
    report : AttributesReport

    Returns
    -------
    AnglesInfo
        Of the 60 attributes that are read best, at most.
    """
    ranked = np.argsort([-each.readability for each in report.found], kind="stable")
    shown = np.sort(ranked[:MOST_SHOWN])
    axes = report.axes
    order = shown[side_by_side(axes.cosines[np.ix_(shown, shown)])]
    matrices = axes.cosines, axes.correlations, axes.partial_cosines
    return AnglesInfo(
        tuple(report.found[i].name for i in order),
        *(matrix[np.ix_(order, order)] for matrix in matrices),
        left_out=len(ranked) - len(shown),
    )


@styled
def draw_angles(info: AnglesInfo) -> Figure:
    """Draw the cosines of the axes above the diagonal, the labels' correlations below it."""
    halves = ("cosine of the axes", "correlation of the attributes")
    return _draw(CAPTION.title, info, info.cosines, info.correlations, halves)


@styled
def draw_partial_angles(info: AnglesInfo) -> Figure:
    """Draw the cosines of the partial axes above the diagonal, those of the axes below it."""
    halves = ("cosine of the partial axes", "cosine of the axes")
    return _draw(PARTIAL_CAPTION.title, info, info.partial_cosines, info.cosines, halves)


def _draw(title, info, above, below, halves):
    if len(info.names) < 2:
        return sentence_figure(title, "One attribute was probed: there is no angle.")
    from matplotlib import colormaps

    a, names = len(info.names), [shown_name(name) for name in info.names]
    shown = np.where(np.triu(np.ones((a, a), bool), 1), above, below)
    np.fill_diagonal(shown, np.nan)
    side = float(np.clip(ROW * a, SMALLEST, LARGEST))
    figure = new_figure(title, height=side + 1.8)
    axes = figure.subplots()
    colours = colormaps["PuOr_r"].with_extremes(bad=UNKNOWN)
    look = {"cmap": colours, "vmin": -1, "vmax": 1, "interpolation": "nearest", "aspect": "auto"}
    picture = axes.imshow(shown, **look)
    axes.plot([-0.5, a - 0.5], [-0.5, a - 0.5], color="white", linewidth=1)
    figure.colorbar(picture, ax=axes, shrink=0.8, label=f"above: {halves[0]}\nbelow: {halves[1]}")
    size = min(9.0, 55 * side / a)
    axes.set_yticks(range(a), names, fontsize=size)
    axes.set_xticks(range(a), names, fontsize=size, rotation=90)
    axes.tick_params(length=0)
    if info.left_out:
        axes.set_xlabel(f"{info.left_out} read worse, not shown")
    return figure
