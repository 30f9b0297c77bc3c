"""Figures: one per file, each an info function that computes its points and one that draws them.

Matplotlib is imported when the first figure is drawn.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlflow_latents.plots import (
    along_lines,
    atypical,
    battery,
    center,
    contours,
    controls,
    correlation,
    direction,
    leading_curve,
    learning_curves,
    likelihood,
    marginals,
    planes,
    power,
    pursued,
    radial_qq,
    reconstructions,
    samplers,
    several_models,
    spectrum,
)
from mlflow_latents.plots.along_lines import along_lines_info, draw_along_lines
from mlflow_latents.plots.atypical import AtypicalInfo, atypical_info, draw_atypical
from mlflow_latents.plots.controls import controls_info, draw_controls
from mlflow_latents.plots.figure_data import Caption, FigureData
from mlflow_latents.plots.learning_curves import draw_learning_curves, learning_curves_info
from mlflow_latents.plots.reconstructions import draw_reconstructions, reconstructions_info
from mlflow_latents.plots.samplers import draw_samplers, samplers_info, samplers_picture
from mlflow_latents.plots.several_models import draw_several_models, several_models_info
from mlflow_latents.plots.style import to_png

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# In the order in which a reader wants them.
LATENT_FIGURES: dict[str, Callable[[FigureData], "Figure"]] = {
    "battery": battery.battery_figure,
    "marginals": marginals.marginals_figure,
    "pursued": pursued.pursued_figure,
    "planes": planes.planes_figure,
    "contours": contours.contours_figure,
    "center": center.center_figure,
    "radial_qq": radial_qq.radial_qq_figure,
    "direction": direction.direction_figure,
    "leading_curve": leading_curve.leading_curve_figure,
    "spectrum": spectrum.spectrum_figure,
    "correlation": correlation.correlation_figure,
    "likelihood": likelihood.likelihood_figure,
    "power": power.power_figure,
}

CAPTIONS: dict[str, Caption] = {
    "battery": battery.CAPTION,
    "marginals": marginals.CAPTION,
    "pursued": pursued.CAPTION,
    "planes": planes.CAPTION,
    "contours": contours.CAPTION,
    "center": center.CAPTION,
    "radial_qq": radial_qq.CAPTION,
    "direction": direction.CAPTION,
    "leading_curve": leading_curve.CAPTION,
    "spectrum": spectrum.CAPTION,
    "correlation": correlation.CAPTION,
    "likelihood": likelihood.CAPTION,
    "power": power.CAPTION,
    "controls": controls.CAPTION,
    "atypical": atypical.CAPTION,
    "learning_curves": learning_curves.CAPTION,
    "reconstructions": reconstructions.CAPTION,
    "samplers": samplers.CAPTION,
    "along_lines": along_lines.CAPTION,
    "several_models": several_models.CAPTION,
}

__all__ = [
    "CAPTIONS",
    "LATENT_FIGURES",
    "AtypicalInfo",
    "Caption",
    "FigureData",
    "along_lines_info",
    "atypical_info",
    "controls_info",
    "draw_along_lines",
    "draw_atypical",
    "draw_controls",
    "draw_learning_curves",
    "draw_reconstructions",
    "draw_samplers",
    "draw_several_models",
    "learning_curves_info",
    "reconstructions_info",
    "samplers_info",
    "samplers_picture",
    "several_models_info",
    "to_png",
]
