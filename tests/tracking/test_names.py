import numpy as np
import pytest

from mlflow_latents.stats import assess
from mlflow_latents.tracking import all_metrics, latent_metrics, validation_metrics
from mlflow_latents.tracking.names import markdown_table

# Names that users, papers and later versions rely on.
PROMISED = [
    "train/loss",
    "validation/loss",
    "train/images_per_second",
    "reconstruction/mse",
    "reconstruction/psnr",
    "reconstruction/ssim",
    "latent/radial/ks",
    "latent/radial/variance_ratio",
    "latent/radial/level_limit",
    "latent/radial/normal_axes",
    "latent/marginal/ks_mean",
    "latent/marginal/normal_fraction",
    "latent/marginal/level_limit",
    "latent/principal/ks_mean",
    "latent/principal/normal_fraction",
    "latent/principal/level_limit",
    "latent/plane/coverage_error_1sd",
    "latent/plane/coverage_error_2sd",
    "latent/plane/coverage_error_3sd",
]


@pytest.fixture(scope="module")
def z():
    return np.random.default_rng(0).normal(size=(2000, 6)) * np.arange(1, 7) + 5


def test_promised_names_stand():
    assert set(PROMISED) <= {metric.name for metric in all_metrics()}


def test_names_are_unique_and_short_enough_for_mlflow():
    names = [metric.name for metric in all_metrics()]
    assert len(names) == len(set(names))
    assert all(len(name) <= 230 for name in names)


def test_metrics_are_the_numbers_of_the_report(z):
    report = assess(z, z[:500])
    metrics = latent_metrics(report)
    assert metrics["latent/radial/variance_ratio"] == report.in_sample.radial.variance_ratio
    assert metrics["latent/held_out/radial/ks"] == report.held_out.radial.ks
    assert metrics["latent/marginal/ks_worst"] == report.in_sample.marginal.ks.max()
    assert metrics["latent/principal/skewness_abs_mean"] == pytest.approx(
        np.mean(np.abs(report.in_sample.principal.skewness))
    )
    coverage = report.in_sample.marginal.coverage[1]
    assert metrics["latent/marginal/coverage_2sd"] == pytest.approx(coverage.mean())
    assert metrics["latent/marginal/coverage_2sd_p5"] == np.percentile(coverage, 5)
    assert abs(metrics["latent/marginal/coverage_2sd_worst"] - 0.9545) == pytest.approx(
        np.abs(coverage - 0.9545).max()
    )
    assert metrics["latent/principal/excess_kurtosis_median"] == np.median(
        report.in_sample.principal.excess_kurtosis
    )
    assert metrics["latent/plane/coverage_error_2sd"] == report.in_sample.plane.coverage_error[1]
    assert metrics["latent/geometry/rank"] == 6


def test_without_held_out_vectors_there_are_no_twins(z):
    assert not any(name.startswith("latent/held_out") for name in latent_metrics(assess(z)))


def test_a_number_that_does_not_exist_is_no_metric():
    z = np.random.default_rng(0).normal(size=(8, 5))  # the held-out d2 has no variance
    metrics = latent_metrics(assess(z, z[:4] + 1))
    assert "latent/held_out/radial/variance_ratio" not in metrics
    assert all(np.isfinite(value) for value in metrics.values())


def test_two_equal_held_out_vectors_have_no_axes():
    z = np.random.default_rng(0).normal(size=(50, 3))
    metrics = latent_metrics(assess(z, np.ones((2, 3))))
    assert "latent/held_out/radial/ks" in metrics
    assert "latent/held_out/marginal/coverage_1sd" not in metrics


def test_validation_metrics_are_those_of_the_report(z):
    watched = validation_metrics(z)
    metrics = latent_metrics(assess(z))
    assert watched
    for name, value in watched.items():
        assert metrics[name.removeprefix("validation/")] == pytest.approx(value, rel=1e-12)


def test_too_few_validation_vectors_are_not_watched(z):
    assert validation_metrics(z[:7]) == {}


def test_table_has_a_row_for_every_metric():
    assert len(markdown_table().splitlines()) == 2 + len(list(all_metrics()))
