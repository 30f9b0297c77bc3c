import numpy as np
import pytest

from mlflow_latents.stats import fit_gaussian, measure_geometry


def test_numbers_are_numpys(cloud):
    z = cloud("normal", 2000, 6, condition=100, center=3.0).astype(np.float32)
    geometry = measure_geometry(fit_gaussian(z), z)
    z = z.astype(np.float64)
    mean, covariance = z.mean(axis=0), np.cov(z, rowvar=False)
    variances = np.linalg.eigvalsh(covariance)[::-1]
    correlation = np.abs(np.corrcoef(z, rowvar=False)[np.triu_indices(6, 1)])
    radius, norm = np.linalg.norm(z - mean, axis=1), np.linalg.norm(z, axis=1)
    expected = {
        "center_distance": np.linalg.norm(mean),
        "center_distance_sd": np.sqrt(mean @ np.linalg.solve(covariance, mean)),
        "radius_mean": radius.mean(),
        "radius_sd": radius.std(ddof=1),
        "norm_mean": norm.mean(),
        "norm_sd": norm.std(ddof=1),
        "condition_number": variances[0] / variances[-1],
        "effective_dimension": variances.sum() ** 2 / np.sum(variances**2),
        "correlation_mean_abs": correlation.mean(),
        "correlation_max_abs": correlation.max(),
    }
    for name, value in expected.items():
        assert getattr(geometry, name) == pytest.approx(value, rel=1e-6), name
    np.testing.assert_allclose(geometry.axis_sd, np.sqrt(variances), rtol=1e-6)
    np.testing.assert_allclose(geometry.center, mean, rtol=1e-9)
    assert (geometry.rank, geometry.d, geometry.dead_dimensions) == (6, 6, 0)


def test_dead_dimensions_are_counted_and_left_out(cloud):
    z = cloud("normal", 2000, 6, condition=4)
    z[:, [1, 4]] = 0.1, 1e4
    geometry = measure_geometry(fit_gaussian(z), z)
    assert (geometry.rank, geometry.dead_dimensions) == (4, 2)
    assert np.isfinite(geometry.correlation_max_abs)
    assert np.isfinite(geometry.condition_number)


def test_one_dimension_has_no_correlation(cloud):
    z = cloud("normal", 20, 1)
    assert np.isnan(measure_geometry(fit_gaussian(z), z).correlation_mean_abs)
