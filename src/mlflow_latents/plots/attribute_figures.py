"""All figures of what was found of attributes, in the order in which a reader wants them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlflow_latents.plots import (
    attribute_angles,
    attribute_axes,
    attribute_laws,
    attribute_readability,
    dose_response,
    leakage,
    sensitivity,
    sensitivity_carried,
    sensitivity_maps,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mlflow_latents.plots.figure_data import Caption
    from mlflow_latents.probes.arithmetic import Arithmetic
    from mlflow_latents.probes.attributes import AttributesReport
    from mlflow_latents.probes.sensitivity_found import Sensitivity


def attribute_figures(
    report: AttributesReport, arithmetic: Arithmetic | None, found: Sensitivity | None
) -> Iterator[tuple[str, Caption, Figure]]:
    """Draw what was found.

    Parameters
    ----------
    report : AttributesReport
    arithmetic : Arithmetic or None
        None where no image was moved.
    found : Sensitivity or None
        None where it was not measured.

    Yields
    ------
    name, caption, figure
    """
    readable = attribute_readability.readability_info(report)
    figure = attribute_readability.draw_readability(readable)
    yield "attribute_readability", attribute_readability.CAPTION, figure
    yield from _moved(arithmetic)
    angles = attribute_angles.angles_info(report)
    figure = attribute_angles.draw_angles(angles)
    yield "attribute_angles", attribute_angles.CAPTION, figure
    if report.has_partial_axes:
        figure = attribute_angles.draw_partial_angles(angles)
        yield "attribute_partial_angles", attribute_angles.PARTIAL_CAPTION, figure
    figure = attribute_axes.draw_axes(attribute_axes.axes_info(report))
    yield "attribute_axes", attribute_axes.CAPTION, figure
    figure = attribute_laws.draw_laws(attribute_laws.laws_info(report))
    yield "attribute_laws", attribute_laws.CAPTION, figure
    yield from _background(found)


def _moved(found) -> Iterator[tuple[str, Caption, Figure]]:
    if found is None:
        return
    figure = dose_response.draw_dose_response(dose_response.dose_response_info(found))
    yield "dose_response", dose_response.CAPTION, figure
    yield "leakage", leakage.CAPTION, leakage.draw_leakage(leakage.leakage_info(found))


def _background(found) -> Iterator[tuple[str, Caption, Figure]]:
    if found is None:
        return
    figure = sensitivity.draw_sensitivity(sensitivity.sensitivity_info(found))
    yield "sensitivity", sensitivity.CAPTION, figure
    figure = sensitivity_carried.draw_carried(sensitivity_carried.carried_info(found))
    yield "sensitivity_carried", sensitivity_carried.CAPTION, figure
    maps = sensitivity_maps.sensitivity_maps_info(found)
    figure = sensitivity_maps.draw_sensitivity_maps(maps)
    yield "sensitivity_maps", sensitivity_maps.CAPTION, figure
