"""The figures that show what a report already holds: curve over k, spectrum, correlations."""

import numpy as np
import pytest

from mlflow_latents.plots.correlation import correlation_info
from mlflow_latents.plots.leading_curve import leading_curve_info
from mlflow_latents.plots.points import planes_of
from mlflow_latents.plots.spectrum import spectrum_info
from mlflow_latents.stats import assess, fit_gaussian


def test_leading_curve_takes_both_ways_from_the_report(cloud):
    report = cloud("normal").report
    info = leading_curve_info(report)
    for curve, judged in zip(info.curves, (report.in_sample, report.held_out), strict=True):
        np.testing.assert_array_equal(curve.k, np.arange(1, 7))
        np.testing.assert_array_equal(curve.variance_ratio, judged.curve.variance_ratio)
        np.testing.assert_array_equal(curve.ks, judged.curve.ks)
        assert curve.normal_axes == judged.curve.normal_axes
    assert info.tolerance == report.config.variance_ratio_tolerance


def test_leading_curve_without_held_out_vectors(cloud):
    assert len(leading_curve_info(cloud("heavy tails").report).curves) == 1


def test_spectrum_is_that_of_the_covariance(cloud):
    data = cloud("normal")
    info = spectrum_info(data.report)
    variances = np.linalg.eigvalsh(np.cov(data.z.astype(float).T))[::-1]
    np.testing.assert_allclose(info.sd**2, variances, rtol=1e-6)
    share = np.cumsum(variances) / variances.sum()
    np.testing.assert_allclose(info.cumulative_share, share, rtol=1e-6)
    assert info.axes_needed == tuple(int(np.argmax(share >= s)) + 1 for s in (0.5, 0.9, 0.99))
    expected = variances.sum() ** 2 / (variances**2).sum()
    assert info.effective_dimension == pytest.approx(expected, rel=1e-6)


def test_held_out_spread_is_along_the_axes_of_the_fit(cloud):
    data = cloud("normal")
    scores = data.held_out.astype(float) @ data.report.fit.axes
    found = spectrum_info(data.report).held_out_sd
    np.testing.assert_allclose(found, scores.std(axis=0, ddof=1), rtol=1e-5)
    assert spectrum_info(cloud("bimodal").report).held_out_sd is None


def test_correlations_are_numpys(cloud):
    data = cloud("normal")
    info = correlation_info(data.report.fit)
    expected = np.corrcoef(data.z.astype(float).T)
    np.testing.assert_allclose(info.matrix, expected, atol=1e-6)
    np.testing.assert_allclose(info.off_diagonal, expected[np.triu_indices(6, 1)], atol=1e-6)
    assert info.constant == 0


def test_constant_coordinates_have_no_correlation(cloud):
    info = correlation_info(cloud("dead dimensions").report.fit)
    assert info.constant == 2
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(np.diag(info.matrix))), [2, 4])
    assert info.matrix[1, 6] == pytest.approx(-1)
    assert len(info.off_diagonal) == 7 * 6 / 2


def test_chance_is_what_independent_coordinates_show():
    z = np.random.default_rng(0).normal(size=(200, 60))
    info = correlation_info(fit_gaussian(z))
    assert info.off_diagonal.std() == pytest.approx(info.chance_sd, rel=0.05)


def test_a_narrow_coordinate_varies_as_the_report_says():
    z = np.random.default_rng(0).normal(size=(500, 3)) * [1, 1, 1e-8]
    report = assess(z)
    info = correlation_info(report.fit)
    assert info.constant == report.geometry.dead_dimensions == 0
    assert planes_of(report.in_sample.plane).shape == (3, 2)
