"""The latent vectors beside controls that were judged in the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.plots.figure_data import Caption
from mlflow_latents.plots.style import (
    BAND,
    IN_SAMPLE,
    THEORY_LINE,
    new_figure,
    plain_log_ticks,
    styled,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlflow_latents.stats import LatentReport

CAPTION = Caption(
    "The latent vectors beside controls",
    "Only what the controls do not show as well has emerged by training. Left: how much the radii "
    "vary over the first principal axes, 1 and the grey band being normal. Right, and the colours: "
    "the nats that the mean principal axis loses when it is taken for normal, 0 being normal. An "
    "MND drawn from the fit shows what chance alone gives.",
)

LABELS = {
    "trained": "trained encoder",
    "judged": "these vectors",
    "untrained": "untrained encoder",
    "pca": "PCA of the images",
    "pixels": "single pixels",
    "mnd": "MND of the same fit",
    "posterior": "samples of the VAE's encoder",
}
COLOURS = ("#d55e00", "#cc79a7", "#56b4e9", "#000000", "#009e73")


@dataclass(frozen=True)
class ControlCurve:
    """One cloud.

    Parameters
    ----------
    name : str
        "trained", or "judged" where no encoder is known, or the name of a control.
    kind : str
        Of its verdict.
    variance_ratio : numpy.ndarray, shape (K,)
        Over the k leading principal axes.
    negentropy : float
        Of the mean principal axis, in nats.
    """

    name: str
    kind: str
    variance_ratio: np.ndarray
    negentropy: float


@dataclass(frozen=True)
class ControlsInfo:
    """The latent vectors and their controls.

    Parameters
    ----------
    curves : tuple of ControlCurve
        The latent vectors first.
    tolerance : float
        Half-width of the band around a variance ratio of 1.
    """

    curves: tuple[ControlCurve, ...]
    tolerance: float


def controls_info(report: LatentReport, controls: Mapping[str, LatentReport]) -> ControlsInfo:
    """Take what is compared from the reports.

    Parameters
    ----------
    report : LatentReport
        Of the latent vectors.
    controls : mapping of LatentReport
        By name.

    Returns
    -------
    ControlsInfo
    """
    curves = tuple(
        ControlCurve(
            name,
            each.verdict.kind,
            each.in_sample.curve.variance_ratio,
            each.distance.principal.mean,
        )
        for name, each in beside_controls(report, controls).items()
    )
    return ControlsInfo(curves, report.config.variance_ratio_tolerance)


def beside_controls(
    report: LatentReport, controls: Mapping[str, LatentReport]
) -> dict[str, LatentReport]:
    """Put the report of the latent vectors before those of the controls, by name."""
    return {"trained" if "untrained" in controls else "judged": report, **controls}


@styled
def draw_controls(info: ControlsInfo) -> Figure:
    """Draw the curves at the left, the negentropies at the right."""
    figure = new_figure(CAPTION.title, height=3.9)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    colours = dict(zip([c.name for c in info.curves], (IN_SAMPLE, *COLOURS), strict=False))
    _draw_curves(left, info, colours)
    _draw_bars(right, info, colours)
    return figure


def _draw_curves(axes: Axes, info: ControlsInfo, colours: dict[str, str]) -> None:
    axes.axhspan(1 - info.tolerance, 1 + info.tolerance, color=BAND)
    axes.axhline(1, **THEORY_LINE)
    for curve in info.curves:
        k = np.arange(1, len(curve.variance_ratio) + 1)
        axes.plot(k, curve.variance_ratio, color=colours[curve.name], label=LABELS[curve.name])
    axes.set(xscale="log", yscale="log", xlabel="leading principal axes judged together, k")
    axes.set_ylabel("variance of d2, observed / law")
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0.5), max(high, 2))
    plain_log_ticks(axes.xaxis)
    plain_log_ticks(axes.yaxis)


def _draw_bars(axes: Axes, info: ControlsInfo, colours: dict[str, str]) -> None:
    for place, curve in enumerate(info.curves):
        axes.barh(place, max(curve.negentropy, 0), color=colours[curve.name], height=0.55)
        axes.annotate(
            f"{curve.negentropy:z.3f}, {curve.kind.replace('_', ' ')}",
            (max(curve.negentropy, 0), place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axes.set_yticks(range(len(info.curves)), [LABELS[c.name] for c in info.curves])
    axes.invert_yaxis()
    most = max([c.negentropy for c in info.curves] + [0.001])
    axes.set_xlim(0, 2.1 * most)
    axes.set_xlabel("negentropy (nats), and the verdict")
