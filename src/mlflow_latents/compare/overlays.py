"""The curves of several runs in one figure each."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from mlflow_latents.compare.cached import cached, origins
from mlflow_latents.compare.tables import run_labels
from mlflow_latents.errors import InputError, reason_of
from mlflow_latents.plots import overlay_leading_curve as leading
from mlflow_latents.plots import overlay_marginals as marginals
from mlflow_latents.plots import overlay_radii as radii
from mlflow_latents.plots import overlay_spectrum as spectrum
from mlflow_latents.plots.histograms import AxisHistogram, standard_histogram
from mlflow_latents.plots.overlay_lines import RunGroups
from mlflow_latents.plots.points import project
from mlflow_latents.plots.radial_qq import radial_qq_info
from mlflow_latents.plots.style import to_png
from mlflow_latents.stats import D2Law
from mlflow_latents.tracking import Picture
from mlflow_latents.tracking.reader import TrackedRun, read_run

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "curves, 1"  # raise it when other points are kept


@dataclass(frozen=True)
class RunCurves:
    """The points of one run in every overlaid figure.

    Parameters
    ----------
    variance_ratio : numpy.ndarray, shape (K,)
        In-sample, of d2 on the 1 ... K leading principal axes.
    held_out_ratio : numpy.ndarray, shape (K',)
        The same held-out; empty where nothing was held out.
    tolerance : float
        Half-width of the band within which a ratio counts as 1.
    radii, held_out_radii : numpy.ndarray, shape (2, q)
        Expected and observed quantiles of the radius, in the law's sd from its median; empty where
        the law has no sd, or nothing was held out.
    typical, worst : AxisHistogram
        The coordinate of median Kolmogorov-Smirnov distance, and the worst coordinate or principal
        axis.
    sd : numpy.ndarray, shape (rank,)
        Standard deviations along the principal axes.
    """

    variance_ratio: np.ndarray
    held_out_ratio: np.ndarray
    tolerance: float
    radii: np.ndarray
    held_out_radii: np.ndarray
    typical: AxisHistogram
    worst: AxisHistogram
    sd: np.ndarray


def read_curves(frame: "pd.DataFrame") -> tuple[dict[str, RunCurves], dict[str, str]]:
    """Read the curves of runs from their artifacts, or from the cache.

    Parameters
    ----------
    frame
        Runs, as `select_runs` gives them.

    Returns
    -------
    curves
        By the run's label.
    missing
        Why a run has none, by its label.
    """
    labels, origin = run_labels(frame), origins(frame)
    curves, missing = {}, {}
    for run_id in tqdm(list(labels), desc="fetch", unit=" runs", disable=None):
        try:
            curves[labels[run_id]] = curves_of(origin[run_id])
        except InputError as error:
            missing[labels[run_id]] = reason_of(error)
    return curves, missing


def curves_of(run_id: str) -> RunCurves:
    """Read the curves of one run.

    Raises
    ------
    InputError
        When there is no such run, it has no latent vectors, or another version wrote its report.
    """
    return _unpacked(cached(run_id, "latents", FORMAT, lambda: _packed(_made(read_run(run_id)))))


def overlay_pictures(
    curves: Mapping[str, RunCurves], groups: RunGroups | None = None
) -> list[Picture]:
    """Draw every curve of all runs over each other.

    Parameters
    ----------
    curves
        By the run's label, at least one.
    groups
        What the runs are coloured by; each has its own colour, or all are grey where there are more
        than 12, when not given.
    """

    def of(name):
        return {label: each for label, run in curves.items() if len(each := getattr(run, name))}

    tolerance = max(run.tolerance for run in curves.values())
    drawn = {
        "overlay_leading_curve": leading.draw_overlay_leading_curve(
            leading.overlay_leading_curve_info(
                of("variance_ratio"), of("held_out_ratio"), tolerance, groups
            )
        ),
        "overlay_radii": radii.draw_overlay_radii(
            radii.overlay_radii_info(of("radii"), of("held_out_radii"), groups)
        ),
        "overlay_marginals": marginals.draw_overlay_marginals(
            marginals.overlay_marginals_info(
                {label: run.typical for label, run in curves.items()},
                {label: run.worst for label, run in curves.items()},
                groups,
            )
        ),
        "overlay_spectrum": spectrum.draw_overlay_spectrum(
            spectrum.overlay_spectrum_info(of("sd"), groups)
        ),
    }
    captions = leading.CAPTION, radii.CAPTION, marginals.CAPTION, spectrum.CAPTION
    return [
        Picture(name, caption, to_png(figure))
        for (name, figure), caption in zip(drawn.items(), captions, strict=True)
    ]


def _made(run: TrackedRun) -> RunCurves:
    z, report = run.z[run.split == "train"], run.report
    held_out = run.z[run.split == "test"]
    qq = radial_qq_info(z, held_out if len(held_out) else None, report).curves
    judged = report.held_out
    typical, worst = _typical_and_worst(z, report)
    return RunCurves(
        variance_ratio=report.in_sample.curve.variance_ratio,
        held_out_ratio=np.empty(0) if judged is None else judged.curve.variance_ratio,
        tolerance=report.config.variance_ratio_tolerance,
        radii=_in_sd(qq[0], report.in_sample.radial.law),
        held_out_radii=_in_sd(qq[1], judged.radial.law) if len(qq) > 1 else np.empty(0),
        typical=standard_histogram(typical),
        worst=standard_histogram(worst),
        sd=report.geometry.axis_sd,
    )


def _in_sd(curve, law: D2Law) -> np.ndarray:
    if not np.isfinite(law.radius_sd):
        return np.empty(0)
    points = np.stack([curve.expected, curve.observed])
    return (points - np.sqrt(law.ppf(0.5))) / law.radius_sd


def _typical_and_worst(z, report):
    coordinates, axes = report.in_sample.marginal.ks, report.in_sample.principal.ks
    order = np.argsort(coordinates)[: np.count_nonzero(np.isfinite(coordinates))]
    typical = z[:, order[(len(order) - 1) // 2]]
    worst = int(np.nanargmax(axes))
    if coordinates[order[-1]] > axes[worst]:
        return typical, z[:, order[-1]]
    return typical, project(z, report.fit.mean, report.fit.axes[:, [worst]])[:, 0]


_ARRAYS = ("variance_ratio", "held_out_ratio", "radii", "held_out_radii", "sd")
_HISTOGRAMS = ("typical", "worst")


def _packed(curves: RunCurves) -> bytes:
    arrays = {name: getattr(curves, name) for name in (*_ARRAYS, "tolerance")}
    for name in _HISTOGRAMS:
        for part, value in vars(getattr(curves, name)).items():
            arrays[f"{name}.{part}"] = value
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def _unpacked(content: bytes) -> RunCurves:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        histograms = {
            name: AxisHistogram(
                edges=arrays[f"{name}.edges"],
                density=arrays[f"{name}.density"],
                beyond=int(arrays[f"{name}.beyond"]),
            )
            for name in _HISTOGRAMS
        }
        return RunCurves(
            **{name: arrays[name] for name in _ARRAYS},
            tolerance=float(arrays["tolerance"]),
            **histograms,
        )
