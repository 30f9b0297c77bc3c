"""Whether other models make unseen vectors likelier than the normal distribution does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.style import (
    FILL,
    HELD_OUT_LINE,
    IN_SAMPLE,
    THEORY_LINE,
    legend_above,
    new_figure,
    sentence_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.stats.likelihood import LogLikelihoods

CAPTION = Caption(
    "Do other models explain unseen vectors better?",
    "Bars to the right: the model makes vectors that it has not seen likelier than a normal "
    "distribution with the same mean and covariance does, by so many nats per dimension (1 nat: "
    "2.7 times as likely). Bars to the left, and squares far to the right of their bar: its many "
    "fitted numbers have learned chance. No bar to the right: of these models, the normal "
    "distribution is the best.",
)

# What each model says that the normal distribution does not.
MODELS = {
    "independent": "principal axes of any shape,\nindependent of each other",
    "elliptical": "elliptical, radii of any law",
    "mixture": "a mixture of normal clusters\nin the oddest axes",
}
NOT_RUN = (
    "Models were not compared: the effort 'quick' leaves it out, and it needs at least 2 d + 4 "
    "vectors."
)
WIDE = 1.96  # standard errors: 95 %


@dataclass(frozen=True)
class LikelihoodInfo:
    """Gains of models over the normal distribution, in nats per dimension.

    Parameters
    ----------
    names : tuple of str, length m
        Of the models but for the normal distribution.
    gain : numpy.ndarray, shape (m,)
        On held-out vectors.
    half_width : numpy.ndarray, shape (m,)
        Half of the 95 % confidence interval of the gain.
    in_sample_gain : numpy.ndarray, shape (m,)
        On the vectors of the fit.
    extra_parameters : numpy.ndarray of int, shape (m,)
        Numbers fitted beyond mean and covariance.
    gaussian : float
        Log-likelihood of the normal distribution on held-out vectors, in nats per dimension.
    n_held_out : int
    """

    names: tuple[str, ...]
    gain: np.ndarray
    half_width: np.ndarray
    in_sample_gain: np.ndarray
    extra_parameters: np.ndarray
    gaussian: float
    n_held_out: int


def likelihood_info(likelihood: LogLikelihoods | None) -> LikelihoodInfo | str:
    """Take the gains over the normal distribution.

    Parameters
    ----------
    likelihood : LogLikelihoods or None

    Returns
    -------
    LikelihoodInfo, or str
        Why there is nothing to show.
    """
    if likelihood is None:
        return NOT_RUN
    others = [i for i, name in enumerate(likelihood.names) if name != "gaussian"]
    normal = likelihood.names.index("gaussian")
    return LikelihoodInfo(
        names=tuple(likelihood.names[i] for i in others),
        gain=likelihood.gain[others],
        half_width=WIDE * likelihood.standard_error[others],
        in_sample_gain=likelihood.in_sample[others] - likelihood.in_sample[normal],
        extra_parameters=likelihood.parameters[others] - likelihood.parameters[normal],
        gaussian=float(likelihood.per_dimension[normal]),
        n_held_out=likelihood.n_held_out,
    )


def plus_minus(value: float, half_width: float) -> str:
    """Write a gain with two digits of its uncertainty."""
    known = np.isfinite(half_width) and half_width > 0
    decimals = int(np.clip(1 - np.floor(np.log10(half_width)), 1, 6)) if known else 4
    return f"{value:+.{decimals}f} ± {half_width:.{decimals}f}".replace("-", "−")


@styled
def draw_likelihood(info: LikelihoodInfo | str) -> Figure:
    """Draw one bar per model."""
    if isinstance(info, str):
        return sentence_figure(CAPTION.title, info)
    figure = new_figure(CAPTION.title, height=3.6)
    axes = figure.subplots()
    place = np.arange(len(info.names))
    axes.barh(
        place,
        info.gain,
        height=0.55,
        color=FILL,
        edgecolor=IN_SAMPLE,
        xerr=info.half_width,
        error_kw={"capsize": 4, "elinewidth": 1.4},
        label="on vectors not seen (95 % interval)",
    )
    square = HELD_OUT_LINE | {"linestyle": "none", "markersize": 6}
    axes.plot(info.in_sample_gain, place, **square, label="on the vectors that it was fitted to")
    axes.axvline(0, **THEORY_LINE)
    _label_models(axes, info)
    _widen(axes, info)
    axes.set_xlabel(
        f"log-likelihood over the normal distribution's ({info.gaussian:.3f}), nats per dimension"
    )
    legend_above(axes, columns=2)
    return figure


def _label_models(axes: Axes, info: LikelihoodInfo) -> None:
    labels = [
        f"{MODELS.get(name, name)}\n({count:,} fitted numbers more)"
        for name, count in zip(info.names, info.extra_parameters, strict=True)
    ]
    axes.set_yticks(np.arange(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.6, -0.75)
    axes.tick_params(axis="y", length=0)
    for place, (gain, half) in enumerate(zip(info.gain, info.half_width, strict=True)):
        axes.annotate(
            plus_minus(gain, half),
            (gain, place - 0.28),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )


def _widen(axes: Axes, info: LikelihoodInfo) -> None:
    """Leave room for the numbers at the bars' ends, and show no difference larger than it is."""
    ends = np.concatenate(
        [info.gain - info.half_width, info.gain + info.half_width, info.in_sample_gain, [0]]
    )
    span = max(float(np.ptp(ends)), 0.004)
    axes.set_xlim(ends.min() - 0.18 * span, ends.max() + 0.18 * span)


def likelihood_figure(data: FigureData) -> Figure:
    """Draw the likelihoods of ``data``."""
    return draw_likelihood(likelihood_info(data.report.distance.likelihood))
