"""Two measures of many trials that are both to become small, and the trials that none surpasses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.style import FAINT, IN_SAMPLE, new_figure, plain_log_ticks, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

CAPTION = Caption(
    "The Pareto front",
    "Each point is a trial; both measures are to become small. Blue: no other trial is at least as "
    "good in both and better in one; the line is what they reach together. Numbers, where there "
    "is room for them, are those of the trials.",
)
WIDE = 5.0  # ratio of the largest to the least value from which an axis is logarithmic
MOST_NAMED = 12  # trials of the front


@dataclass(frozen=True)
class ParetoInfo:
    """Trials by two measures.

    Parameters
    ----------
    x, y : numpy.ndarray, shape (n,)
        Both to be made small.
    names : tuple of str
        Of the trials.
    labels : tuple of str
        Of the two measures.
    front : numpy.ndarray of int, shape (m,)
        Trials that no other one surpasses, by ascending x.
    """

    x: np.ndarray
    y: np.ndarray
    names: tuple[str, ...]
    labels: tuple[str, str]
    front: np.ndarray


def is_on_front(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Tell which trials no other one surpasses; of equal trials all are.

    Parameters
    ----------
    x, y : numpy.ndarray, shape (n,)
        Both to be made small; a trial with NaN is never on the front.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
    """
    found = np.zeros(len(x), dtype=bool)
    order = np.lexsort((y, x))
    order = order[np.isfinite(x[order]) & np.isfinite(y[order])]
    if not len(order):
        return found
    before = np.minimum.accumulate(np.concatenate([[np.inf], y[order][:-1]]))
    found[order] = y[order] < before
    # Equals of a trial on the front come after it.
    best = {(x[i], y[i]) for i in order if found[i]}
    found[[i for i in order if (x[i], y[i]) in best]] = True
    return found


def pareto_info(
    x: np.ndarray, y: np.ndarray, names: Sequence[str], labels: tuple[str, str]
) -> ParetoInfo:
    """Find the front of trials by two measures.

    Parameters
    ----------
    x, y : numpy.ndarray, shape (n,)
        Finite.
    names : sequence of str, length n
    labels : tuple of str

    Returns
    -------
    ParetoInfo
    """
    front = np.flatnonzero(is_on_front(x, y))
    return ParetoInfo(x, y, tuple(names), labels, front[np.argsort(x[front], kind="stable")])


@styled
def draw_pareto(info: ParetoInfo) -> Figure:
    """Draw all trials, and the front as a staircase."""
    figure = new_figure(CAPTION.title, height=4.6)
    axes = figure.subplots()
    front = info.front
    axes.plot(info.x, info.y, "o", color=FAINT, markersize=4, label="trials")
    axes.plot(
        *(info.x[front], info.y[front]),
        color=IN_SAMPLE,
        marker="o",
        markersize=5,
        linewidth=1.2,
        drawstyle="steps-post",
        label="on the front",
    )
    for name, values, axis in (("x", info.x, axes.xaxis), ("y", info.y, axes.yaxis)):
        if values.min() > 0 and values.max() / values.min() > WIDE:
            axes.set(**{f"{name}scale": "log"})
            plain_log_ticks(axis)
    # The steps leave the lower left of each point empty.
    for i in front[: MOST_NAMED if len(front) <= MOST_NAMED else 0]:
        axes.annotate(
            info.names[i],
            (info.x[i], info.y[i]),
            xytext=(-4, -4),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=8,
        )
    axes.set(xlabel=info.labels[0], ylabel=info.labels[1])
    axes.margins(0.08)
    # Within the axes it would hide trials, or the line of the front.
    figure.legend(loc="outside lower left", ncols=2)
    return figure
