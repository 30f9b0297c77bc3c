"""The one table of metric names: what each means, and where in a report its value stands.

Users build searches, comparisons and papers on these names: never rename one.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from mlflow_latents.stats import (
    D2Law,
    Judgement,
    LatentReport,
    fit_gaussian,
    judge_coordinates,
    judge_radial,
    measure_geometry,
)
from mlflow_latents.tracking.battery_names import BATTERY, DISTANCE
from mlflow_latents.tracking.generation_names import generation_documentation
from mlflow_latents.tracking.metric import Metric
from mlflow_latents.tracking.probe_names import probe_documentation

TRAINING: tuple[Metric, ...] = (
    Metric("train/loss", "Loss over the training images of the epoch."),
    Metric("train/images_per_second", "Training speed of the epoch, without validation."),
    Metric("train/learning_rate", "Learning rate at the end of the epoch."),
    Metric("train/best_epoch", "Epoch with the least validation loss: its weights are kept."),
    Metric("validation/loss", "Loss over the validation images."),
    Metric(
        "validation/latent/radial/variance_ratio",
        "latent/radial/variance_ratio of the validation vectors of the epoch; absent where there "
        "are too few of them.",
    ),
    Metric(
        "validation/latent/marginal/ks_mean",
        "latent/marginal/ks_mean of the validation vectors of the epoch.",
    ),
    Metric(
        "validation/latent/geometry/effective_dimension",
        "latent/geometry/effective_dimension of the validation vectors of the epoch.",
    ),
    Metric("reconstruction/mse", "Mean squared error of test images, pixels from 0 to 1; mean."),
    Metric("reconstruction/psnr", "Peak signal-to-noise ratio of test images, in dB; mean."),
    Metric("reconstruction/ssim", "Structural similarity of test images, 1 is equal; mean."),
    Metric(
        "reconstruction/explained_variance",
        "1 - mse over that of the mean training image: 0 is what a constant decoder reaches.",
    ),
    Metric(
        "reconstruction/d2_correlation",
        "Rank correlation of the test images' d2 and mse; above 0 what lies far out is "
        "reconstructed worse.",
    ),
)

RADIAL: tuple[Metric, ...] = (
    Metric(
        "radial/ks",
        "Kolmogorov-Smirnov distance between d2 and the exact law of one vector's d2; 0 is normal.",
        lambda judged: judged.radial.ks,
    ),
    Metric(
        "radial/wasserstein",
        "Wasserstein distance between the Mahalanobis radii and their law, in sd; 0 is normal.",
        lambda judged: judged.radial.wasserstein,
    ),
    Metric(
        "radial/variance_ratio",
        "Variance of d2 (divided by n-1) over the variance of its law; 1 is normal, more means "
        "heavy tails.",
        lambda judged: judged.radial.variance_ratio,
    ),
    Metric(
        "radial/level_limit",
        "Largest level up to which every shell stays within the tolerance; 0 where none does.",
        lambda judged: judged.radial.level_limit,
    ),
    Metric(
        "radial/displacement_worst",
        "Largest shell displacement over the levels, in standard deviations of one radius.",
        lambda judged: abs(judged.radial.displacements).max(initial=0.0),
    ),
    Metric(
        "radial/normal_axes",
        "Largest k up to which every leading subspace of principal axes has a variance ratio "
        "within the tolerance; d is normal.",
        lambda judged: judged.curve.normal_axes,
    ),
)


def _over(statistic: Callable, values: np.ndarray) -> float:
    """Take a statistic over the axes that are not constant; NaN when all are."""
    values = values[np.isfinite(values)]
    return float(statistic(values)) if values.size else np.nan


def _farthest_from(normal: float) -> Callable[[np.ndarray], float]:
    return lambda values: values[np.argmax(np.abs(values - normal))]


_MIDDLES = (
    ("mean", np.mean),
    ("median", np.median),
    ("p5", lambda values: np.percentile(values, 5)),
)


def _marginal(attribute: str, axes: str) -> tuple[Metric, ...]:
    def summary(quantity: str, statistic: str) -> Callable[[Judgement], float]:
        return lambda judged: getattr(getattr(judged, attribute).summary(quantity), statistic)

    ks = "Kolmogorov-Smirnov distance to the fitted normal law"
    words = {
        "mean": "mean over",
        "median": "median of",
        "p5": "5th percentile over",
        "p95": "95th percentile over",
        "worst": "worst of",
    }
    return (
        *(
            Metric(
                f"{attribute}/ks_{word}", f"{ks}: {text} {axes}; 0 is normal.", summary("ks", word)
            )
            for word, text in words.items()
        ),
        Metric(
            f"{attribute}/normal_fraction",
            f"Share of {axes} that look normal: distance under ks_tolerance.",
            lambda judged: getattr(judged, attribute).normal_fraction,
        ),
        Metric(
            f"{attribute}/level_limit",
            "Largest level up to which both tail quantiles stay within the tolerance: median of "
            f"{axes}.",
            summary("level_limit", "median"),
        ),
        Metric(
            f"{attribute}/level_limit_mean",
            f"The same: mean over {axes}.",
            summary("level_limit", "mean"),
        ),
        Metric(
            f"{attribute}/level_limit_p5",
            f"The same: 5th percentile over {axes}.",
            summary("level_limit", "p5"),
        ),
        Metric(
            f"{attribute}/level_limit_worst",
            f"The same: worst of {axes}.",
            summary("level_limit", "worst"),
        ),
        # Magnitudes of the skewness: the sign of a principal axis means nothing.
        *(
            Metric(
                f"{attribute}/skewness_abs_{word}",
                f"Magnitude of the skewness: {words[word]} {axes}; 0 is normal.",
                lambda judged, take=take: _over(take, np.abs(getattr(judged, attribute).skewness)),
            )
            for word, take in (*_MIDDLES, ("worst", np.max))
        ),
        *(
            Metric(
                f"{attribute}/excess_kurtosis_{word}",
                f"Excess kurtosis: {words[word]} {axes}; 0 is normal, more means heavier tails.",
                summary("excess_kurtosis", word),
            )
            for word in ("mean", "median", "p5", "worst")
        ),
        *(
            Metric(
                f"{attribute}/coverage_{k}sd{ending}",
                f"Share of vectors within {k} sd of the centre: {words[word]} {axes}; {share} is "
                "normal.",
                lambda judged, k=k, take=take: _over(
                    take, getattr(judged, attribute).coverage[k - 1]
                ),
            )
            for k, share in ((1, 0.6827), (2, 0.9545), (3, 0.9973))
            for word, take in (*_MIDDLES, ("worst", _farthest_from(share)))
            for ending in ("" if word == "mean" else f"_{word}",)
        ),
    )


PLANE: tuple[Metric, ...] = tuple(
    Metric(
        f"plane/coverage_error_{k}sd",
        f"Share of vectors inside the ellipse of {k} sd: distance from {share}, mean over random "
        "coordinate planes; 0 is normal.",
        lambda judged, k=k: judged.plane.coverage_error[k - 1],
    )
    for k, share in ((1, 0.3935), (2, 0.8647), (3, 0.9889))
)

JUDGEMENT: tuple[Metric, ...] = (
    *RADIAL,
    *_marginal("marginal", "the coordinate axes"),
    *_marginal("principal", "the principal axes"),
    *PLANE,
)

GEOMETRY: tuple[Metric, ...] = tuple(
    Metric(f"geometry/{name}", meaning, lambda geometry, name=name: getattr(geometry, name))
    for name, meaning in (
        ("center_distance", "Euclidean distance of the centre from the origin."),
        ("center_distance_sd", "Mahalanobis distance of the centre from the origin, in sd."),
        ("radius_mean", "Euclidean distance of a vector from the centre, mean."),
        ("radius_sd", "Euclidean distance of a vector from the centre, standard deviation."),
        ("norm_mean", "Euclidean distance of a vector from the origin, mean."),
        ("norm_sd", "Euclidean distance of a vector from the origin, standard deviation."),
        ("condition_number", "Largest over least variance of the principal axes (within rank)."),
        (
            "effective_dimension",
            "Participation ratio of the variances, (Σλ)²/Σλ²: how many axes the cloud fills.",
        ),
        ("rank", "Dimension of the subspace in which the vectors lie."),
        ("dead_dimensions", "Number of latent coordinates that are constant."),
        ("correlation_mean_abs", "Mean absolute correlation of two coordinates."),
        ("correlation_max_abs", "Largest absolute correlation of two coordinates."),
    )
)


CONTROLS = {
    "untrained": "an untrained encoder of the same architecture",
    "pca": "the principal components of the images",
    "pixels": "single pixel values of the images",
    "mnd": "vectors drawn from the fitted normal distribution",
    "posterior": "one sample per image from the laws that a variational encoder gives",
}
OF_CONTROLS = (
    "radial/variance_ratio",
    "radial/normal_axes",
    "marginal/ks_mean",
    "principal/ks_mean",
    "negentropy/principal_mean",
)


def control_metrics(controls: Mapping[str, LatentReport]) -> dict[str, float]:
    """Give the metrics of controls by name.

    Parameters
    ----------
    controls
        Their reports by name.

    Returns
    -------
    dict
        Value by metric name, such as control/pca/radial/variance_ratio.
    """
    return {
        f"control/{name}/{metric}": value
        for name, report in controls.items()
        for metric, value in (
            (metric, latent_metrics(report).get(f"latent/{metric}")) for metric in OF_CONTROLS
        )
        if value is not None
    }


def latent_metrics(report: LatentReport) -> dict[str, float]:
    """Give all metrics of a report by name.

    Parameters
    ----------
    report
        Report of the latent vectors.

    Returns
    -------
    dict
        Value by metric name; the held-out twins only where there were held-out vectors. A value
        that does not exist (NaN: an infinite variance, say) is left out.
    """
    parts: list[tuple[str, tuple[Metric, ...], object]] = [
        ("latent/", JUDGEMENT, report.in_sample),
        ("latent/", BATTERY, report.battery),
        ("latent/", DISTANCE, report.distance),
        ("latent/", GEOMETRY, report.geometry),
        ("latent/held_out/", JUDGEMENT, report.held_out),
        ("latent/held_out/", BATTERY, report.held_out_battery),
    ]
    values = {
        prefix + metric.name: float(metric.value(part))
        for prefix, metrics, part in parts
        if part is not None
        for metric in metrics
    }
    return {name: value for name, value in values.items() if value == value}


def validation_metrics(z: np.ndarray) -> dict[str, float]:
    """Give the latent metrics that are watched during training.

    Parameters
    ----------
    z
        Latent vectors of the validation images, (n, d).

    Returns
    -------
    dict
        Value by metric name, judged in-sample; empty with n <= d + 1, where nothing can be fitted.
    """
    if len(z) < z.shape[1] + 2:
        return {}
    fit = fit_gaussian(z)
    radial = judge_radial(fit.d2(z), D2Law("in_sample", fit.n, fit.rank))
    return {
        "validation/latent/radial/variance_ratio": radial.variance_ratio,
        "validation/latent/marginal/ks_mean": judge_coordinates(z).summary("ks").mean,
        "validation/latent/geometry/effective_dimension": measure_geometry(
            fit, z
        ).effective_dimension,
    }


def all_metrics() -> Iterator[Metric]:
    """Give every metric that a run may carry, held-out twins left out."""
    yield from TRAINING
    for metric in (*JUDGEMENT, *BATTERY, *DISTANCE, *GEOMETRY):
        yield Metric(f"latent/{metric.name}", metric.meaning)
    for name, words in CONTROLS.items():
        for metric in OF_CONTROLS:
            yield Metric(f"control/{name}/{metric}", f"latent/{metric} of {words}.")
    yield from generation_documentation()
    yield from probe_documentation()


def markdown_table() -> str:
    """Write the table of metric names for the README."""
    rows = [f"| `{metric.name}` | {metric.meaning} |" for metric in all_metrics()]
    return "\n".join(["| metric | what it says |", "| --- | --- |", *rows])
