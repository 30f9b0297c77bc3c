import numpy as np
import pytest
from scipy import stats

from mlflow_latents.plots.contours import (
    FEWEST_SECTORS,
    _normal_band,
    _radius_by_sector,
    contours_info,
)


def test_quantiles_by_sector_are_numpys():
    white = np.random.default_rng(0).normal(size=(3000, 2))
    found = _radius_by_sector(white, 0.9, 8)
    angle = np.arctan2(white[:, 1], white[:, 0])
    radius = np.hypot(*white.T)
    for i, low in enumerate(np.linspace(-np.pi, np.pi, 9)[:-1]):
        inside = radius[(angle >= low) & (angle < low + np.pi / 4)]
        expected = np.quantile(inside, 0.9, method="median_unbiased")
        assert found[i] == pytest.approx(expected)


def test_an_empty_sector_is_nan():
    right = np.array([[1.0, 0.1], [2.0, 0.1], [3.0, 0.1]])
    found = _radius_by_sector(right, 0.5, 12)
    assert np.count_nonzero(np.isfinite(found)) == 1
    assert np.nanmax(found) == pytest.approx(np.hypot(2, 0.1))


@pytest.mark.parametrize(("count", "share"), [(50, 0.8646647), (400, 0.988891)])
def test_band_holds_nine_in_ten_quantiles_of_a_normal_sector(count, share):
    radius = np.sqrt(stats.chi2(2).rvs((20_000, count), random_state=0))
    quantile = np.quantile(radius, share, axis=1, method="weibull")
    low, high = _normal_band(count, share)
    assert np.mean((low < quantile) & (quantile < high)) == pytest.approx(0.9, abs=0.03)


def test_normal_planes_lie_about_the_circle_and_in_the_band(cloud):
    info = contours_info(cloud("normal").z, cloud("normal").report)
    assert info.sd == 3
    assert np.mean((info.radii > info.band[0]) & (info.radii < info.band[1])) > 0.8
    np.testing.assert_allclose(info.size, 1, atol=0.06)
    np.testing.assert_allclose(np.median(info.radii), 3, atol=0.08)


def test_heavy_tails_lie_outside_at_3_sd_and_inside_at_1(cloud):
    info = contours_info(cloud("heavy tails").z, cloud("heavy tails").report)
    assert (info.size[:, 2] > info.size_band[2, 1]).all()
    assert (info.size[:, 0] < info.size_band[0, 0]).all()


def test_few_vectors_get_a_contour_that_they_can_carry(cloud):
    info = contours_info(cloud("few vectors").z, cloud("few vectors").report)
    assert info.sd == 1
    assert len(info.angles) == FEWEST_SECTORS


def test_at_most_50_000_vectors_are_used(cloud):
    data = cloud("two dimensions")
    info = contours_info(np.tile(data.z, (101, 1)), data.report)
    assert info.n == 50_000
