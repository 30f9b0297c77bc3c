import numpy as np
import pytest
from scipy import stats

from mlflow_latents.plots.center import center_info
from mlflow_latents.stats import assess


def test_rings_expect_equal_counts_of_a_normal_plane(cloud):
    info = center_info(cloud("normal").z, cloud("normal").report)
    share = np.diff(stats.chi2(2).cdf(info.ring_edges**2))
    np.testing.assert_allclose(share * info.n, info.expected)
    assert info.ring_edges[-1] == pytest.approx(1)


def test_ring_counts_are_the_counts_of_the_leading_plane(cloud):
    data = cloud("normal")
    info = center_info(data.z, data.report)
    radius = np.linalg.norm(data.report.fit.whiten(data.z)[:, :2], axis=1)
    expected = [
        np.sum((radius >= a) & (radius < b))
        for a, b in zip(info.ring_edges, info.ring_edges[1:], strict=False)
    ]
    np.testing.assert_allclose(info.leading_counts, expected, atol=1)


def test_nine_in_ten_counts_of_normal_planes_lie_in_the_band(cloud):
    info = center_info(cloud("normal").z, cloud("normal").report)
    assert np.mean((info.counts >= info.band[0]) & (info.counts <= info.band[1])) > 0.8
    assert info.cells.mean() == pytest.approx(1, abs=0.1)


def test_a_hole_and_a_peak_are_seen(cloud):
    rng = np.random.default_rng(0)
    ring = rng.normal(size=(4000, 2))
    ring *= (3 + 0.2 * rng.normal(size=(4000, 1))) / np.linalg.norm(ring, axis=1, keepdims=True)
    assert center_info(ring, assess(ring)).counts.max() < 0.1 * 4000 * 0.0492
    heavy = center_info(cloud("heavy tails").z, cloud("heavy tails").report)
    assert (heavy.counts[:, 0] > heavy.band[1]).all()


def test_nearest_are_the_smallest_mahalanobis_radii(cloud):
    data = cloud("normal")
    x = data.z.astype(float) - data.z.astype(float).mean(axis=0)
    d2 = np.einsum("ni,ij,nj->n", x, np.linalg.inv(np.cov(x.T)), x)
    info = center_info(data.z, data.report)
    np.testing.assert_allclose(info.nearest, np.sqrt(np.sort(d2)[:10]), rtol=1e-6)


def test_radii_and_their_law_have_nearly_unit_mass(every_cloud):
    info = center_info(every_cloud.z, every_cloud.report)
    width = np.diff(info.radius_edges)
    assert 0.98 < np.sum(info.radius_density * width) <= 1 + 1e-9
    assert 0.98 < np.sum(info.radius_law * width) <= 1 + 1e-9


def test_the_law_of_the_radii_is_the_beta_law(cloud):
    data = cloud("normal")
    info = center_info(data.z, data.report)
    n, k = data.z.shape
    law = stats.beta(k / 2, (n - k - 1) / 2, scale=(n - 1) ** 2 / n)
    expected = np.diff(law.cdf(info.radius_edges**2)) / np.diff(info.radius_edges)
    np.testing.assert_allclose(info.radius_law, expected, atol=1e-9)
