"""How the loss, and the latent distribution, went from epoch to epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.style import (
    FAINT,
    HELD_OUT_LINE,
    IN_SAMPLE_LINE,
    legend_above,
    new_figure,
    plain_log_ticks,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.models import Epoch

CAPTION = Caption(
    "How training went",
    "Left: the loss after each epoch; a validation loss that turns up while the training loss "
    "falls is overfitting, and the weights of the dotted epoch are kept. Right: when, during "
    "training, the latent vectors of the validation images became more or less normal.",
)

METRICS_SHOWN = 4


@dataclass(frozen=True)
class MetricCurve:
    """One metric by epoch.

    Parameters
    ----------
    name : str
    epoch : numpy.ndarray of int, shape (e,)
    value : numpy.ndarray, shape (e,)
    """

    name: str
    epoch: np.ndarray
    value: np.ndarray


@dataclass(frozen=True)
class LearningCurvesInfo:
    """Losses by epoch, and latent metrics of the validation vectors.

    Parameters
    ----------
    epoch : numpy.ndarray of int, shape (e,)
    train_loss, validation_loss : numpy.ndarray, shape (e,)
    best_epoch : int
        The epoch of least validation loss.
    images_per_second : float
        Median over the epochs.
    metrics : tuple of MetricCurve
    """

    epoch: np.ndarray
    train_loss: np.ndarray
    validation_loss: np.ndarray
    best_epoch: int
    images_per_second: float
    metrics: tuple[MetricCurve, ...]


def learning_curves_info(
    history: Sequence[Epoch],
    latent_metrics: Mapping[str, Sequence[tuple[int, float]]] | None = None,
) -> LearningCurvesInfo:
    """Arrange a training history by epoch.

    Parameters
    ----------
    history : sequence of Epoch
        At least one.
    latent_metrics : mapping of str to sequence of (int, float), optional
        By name, epoch and value of metrics of the validation vectors; the first four are shown.

    Returns
    -------
    LearningCurvesInfo
    """
    validation = np.array([epoch.validation_loss for epoch in history])
    named = list((latent_metrics or {}).items())[:METRICS_SHOWN]
    return LearningCurvesInfo(
        epoch=np.array([epoch.number for epoch in history]),
        train_loss=np.array([epoch.train_loss for epoch in history]),
        validation_loss=validation,
        best_epoch=history[int(np.argmin(validation))].number,
        images_per_second=float(np.median([epoch.images_per_second for epoch in history])),
        metrics=tuple(_metric(name, points) for name, points in named if len(points)),
    )


def _metric(name: str, points: Sequence[tuple[int, float]]) -> MetricCurve:
    epoch, value = zip(*sorted(points), strict=True)
    return MetricCurve(name, np.array(epoch), np.array(value, dtype=float))


@styled
def draw_learning_curves(info: LearningCurvesInfo) -> Figure:
    """Draw the losses on the left, one small panel per latent metric on the right."""
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(CAPTION.title)
    rows = max(1, len(info.metrics))
    grid = figure.add_gridspec(rows, 2 if info.metrics else 1)
    losses = figure.add_subplot(grid[:, 0])
    _draw_losses(losses, info)
    panels = [figure.add_subplot(grid[i, 1], sharex=losses) for i in range(len(info.metrics))]
    for axes, metric in zip(panels, info.metrics, strict=True):
        axes.plot(metric.epoch, metric.value, **HELD_OUT_LINE)
        axes.set_title(metric.name, fontsize=9)
        axes.margins(y=0.2)
        axes.tick_params(labelbottom=axes is panels[-1])
    for axes in [losses, *panels[-1:]]:
        axes.set_xlabel("epoch")
    losses.set_xlim(info.epoch[0] - 0.5, info.epoch[-1] + 0.5)
    losses.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    return figure


def _draw_losses(axes: Axes, info: LearningCurvesInfo) -> None:
    axes.axvline(info.best_epoch, color=FAINT, linestyle=":", label="best")
    axes.plot(info.epoch, info.train_loss, **IN_SAMPLE_LINE, label="training")
    axes.plot(info.epoch, info.validation_loss, **HELD_OUT_LINE, label="validation")
    losses = np.concatenate([info.train_loss, info.validation_loss])
    if losses.min() > 0:
        axes.set_yscale("log")
        plain_log_ticks(axes.yaxis)
    axes.set_ylabel("loss")
    axes.set_title(f"{info.images_per_second:,.0f} images/s", pad=22)
    legend_above(axes)
