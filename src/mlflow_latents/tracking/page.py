"""The page of a run: the verdict in words, the numbers with what each means, the figures."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log, pi, sqrt

import numpy as np

from mlflow_latents import __version__
from mlflow_latents.plots import Caption
from mlflow_latents.plots.battery import pvalue_text
from mlflow_latents.plots.controls import LABELS, beside_controls
from mlflow_latents.stats import LatentReport
from mlflow_latents.stats.hidden import Finding
from mlflow_latents.tracking.generation_names import IMAGES, OF_VECTORS, generation_table
from mlflow_latents.tracking.names import OF_CONTROLS, all_metrics, latent_metrics


@dataclass(frozen=True)
class Picture:
    """A figure of the page.

    Parameters
    ----------
    name
        Name of the figure, its anchor in the page.
    caption
        Title and how to read it.
    png
        The figure as PNG.
    """

    name: str
    caption: Caption
    png: bytes

    @property
    def data(self) -> str:
        """The figure as text for a data URI."""
        return base64.b64encode(self.png).decode("ascii")


@dataclass(frozen=True)
class _Row:
    label: str
    in_sample: str
    held_out: str
    normal: str
    meaning: str


# What the page shows of all metrics: name under latent/, label, what a normal distribution gives.
_JUDGED = (
    ("radial/variance_ratio", "Variance ratio of d2", "1"),
    ("radial/ks", "KS distance of d2", "≲ {ks_joint:.3f}"),
    ("radial/wasserstein", "Wasserstein distance of the radii (sd)", "≈ 0"),
    ("radial/level_limit", "Level limit of the shells", "{level_end:g}"),
    ("radial/normal_axes", "Leading principal axes with a normal joint law", "{rank}"),
    ("marginal/ks_mean", "KS distance, mean coordinate axis", "≈ {ks_axis:.3f}"),
    ("marginal/ks_worst", "KS distance, worst coordinate axis", ""),
    ("marginal/normal_fraction", "Coordinate axes that look normal", "→ 1"),
    ("marginal/level_limit", "Level limit, median coordinate axis", "{level_end:g}"),
    ("principal/ks_mean", "KS distance, mean principal axis", "≈ {ks_axis:.3f}"),
    ("principal/ks_worst", "KS distance, worst principal axis", ""),
    ("principal/normal_fraction", "Principal axes that look normal", "→ 1"),
    ("principal/level_limit", "Level limit, median principal axis", "{level_end:g}"),
    ("plane/coverage_error_1sd", "Coverage error of planes, 1 sd", "≈ 0"),
    ("plane/coverage_error_2sd", "Coverage error of planes, 2 sd", "≈ 0"),
    ("plane/coverage_error_3sd", "Coverage error of planes, 3 sd", "≈ 0"),
)
_SINGLE = (
    ("latent/negentropy/marginal_worst", "Nats lost, worst coordinate axis"),
    ("latent/negentropy/principal_worst", "Nats lost, worst principal axis"),
    ("latent/negentropy/pursued_worst", "Nats lost, worst pursued direction"),
    ("latent/likelihood/independent_gain", "Likelihood gained, independent axes"),
    ("latent/likelihood/elliptical_gain", "Likelihood gained, elliptical"),
    ("latent/likelihood/mixture_gain", "Likelihood gained, mixture"),
    ("latent/core/level", "Level of the core"),
    ("latent/core/share", "Share within the core"),
    ("latent/geometry/effective_dimension", "Effective dimension"),
    ("latent/geometry/rank", "Rank"),
    ("latent/geometry/condition_number", "Condition number"),
    ("latent/geometry/center_distance_sd", "Centre from the origin (sd)"),
    ("latent/geometry/correlation_mean_abs", "Mean absolute correlation"),
    ("reconstruction/mse", "Reconstruction, mean squared error"),
    ("reconstruction/explained_variance", "Reconstruction, explained variance"),
    ("reconstruction/psnr", "Reconstruction, PSNR (dB)"),
    ("reconstruction/ssim", "Reconstruction, SSIM"),
)


def render_page(
    title: str,
    report: LatentReport,
    metrics: Mapping[str, float],
    pictures: Sequence[Picture],
    settings: Mapping[str, str],
    controls: Mapping[str, LatentReport] | None = None,
    generation: Mapping[str, float] | None = None,
) -> str:
    """Write the page of a run as one self-contained HTML file.

    Parameters
    ----------
    title
        Name of the run.
    report
        Its report, for the verdict.
    metrics
        Its metrics by name.
    pictures
        Its figures, in order.
    settings
        Its parameters by name, as text.
    controls
        Reports of what was judged beside it, by name.
    generation
        Metrics of generated images by name.

    Returns
    -------
    str
        HTML; needs no file and no network.
    """
    return template("page.html.jinja").render(
        title=title,
        verdict=report.verdict,
        n=report.in_sample.n,
        n_held_out=report.held_out.n if report.held_out else 0,
        judged=_judged_rows(report, metrics),
        single=[
            (label, _number(metrics[name]), _meanings()[name])
            for name, label in _SINGLE
            if name in metrics
        ],
        findings=[
            (
                each.name,
                _number(each.size),
                _number(each.lower),
                _number(each.upper),
                _number(each.tolerance),
                _standing(each),
            )
            for each in report.verdict.findings
        ],
        tests=_tested_rows(report),
        controls=_control_rows(report, controls or {}),
        generation=_generation(generation or {}),
        pictures=pictures,
        settings=settings,
        version=__version__,
    )


def _standing(finding: Finding) -> str:
    if finding.beyond:
        return "beyond the tolerance"
    return "within the tolerance" if finding.holds else "not decided"


def _tested_rows(report: LatentReport) -> list[tuple[str, ...]]:
    """Say of each test what it found: name, p in-sample and held-out, effect, unit, standing."""
    battery, other = report.battery, report.held_out_battery
    rows = []
    for i, result in enumerate(battery.results):
        held_out = np.nan if other is None else other.adjusted[i]
        unit, _, normal = result.effect_unit.partition(";")
        standing = "rejects" if battery.adjusted[i] <= battery.alpha else "nothing seen"
        rows.append(
            (
                result.test.replace("_", " "),
                pvalue_text(battery.adjusted[i]),
                pvalue_text(held_out),
                _number(result.effect) if result.informative else "–",
                f"{unit} (normal:{normal})" if result.informative else result.reason,
                standing if result.informative else "cannot tell",
            )
        )
    return rows


def _control_rows(
    report: LatentReport, controls: Mapping[str, LatentReport]
) -> list[tuple[str, str, list[str]]]:
    """Give label, verdict and numbers of the vectors and of each control; none without controls."""
    if not controls:
        return []
    rows = []
    for name, each in beside_controls(report, controls).items():
        metrics = latent_metrics(each)
        numbers = [_number(metrics.get(f"latent/{metric}")) for metric in OF_CONTROLS]
        rows.append((LABELS[name], each.verdict.kind.replace("_", " "), numbers))
    return rows


def _generation(metrics: Mapping[str, float]) -> dict[str, object]:
    """Give the two tables of samplers, of images and of vectors; nothing without metrics."""
    if not metrics:
        return {}
    columns, rows = generation_table(metrics)
    split = next((i for i, name in enumerate(columns) if name in OF_VECTORS), len(columns))
    return {
        "images": int(metrics[IMAGES]),
        "columns": columns[:split],
        "rows": [(sampler, cells[:split]) for sampler, cells in rows],
        "vector_columns": columns[split:],
        "vector_rows": [(s, cells[split:]) for s, cells in rows if set(cells[split:]) != {"–"}],
    }


def _judged_rows(report: LatentReport, metrics: Mapping[str, float]) -> list[_Row]:
    judged = report.in_sample
    # Mean of Kolmogorov's limit law: an upper bound here, since the fit has used the vectors.
    normal = {
        "ks_joint": sqrt(pi / 2) * log(2) / sqrt(judged.n),
        "ks_axis": judged.marginal.ks_floor,
        "level_end": max(judged.radial.levels, default=0),
        "rank": report.fit.rank,
    }
    return [
        _Row(
            label,
            _number(metrics.get(f"latent/{name}")),
            _number(metrics.get(f"latent/held_out/{name}")),
            expected.format(**normal),
            _meanings()[f"latent/{name}"],
        )
        for name, label, expected in _JUDGED
    ]


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1e4 else f"{value:.4g}"


@cache
def _meanings() -> dict[str, str]:
    return {metric.name: metric.meaning for metric in all_metrics()}


@cache
def template(name: str):
    """Give one of the templates beside this file."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("mlflow_latents.tracking", "."),
        autoescape=True,
        undefined=StrictUndefined,
    )
    return environment.get_template(name)
