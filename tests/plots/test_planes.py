import numpy as np
import pytest

from mlflow_latents.plots.planes import CELLS, VIEW, planes_info

EXPECTED = [0.39346934, 0.86466472, 0.98889100]


def test_expected_shares(cloud):
    data = cloud("normal")
    np.testing.assert_allclose(planes_info(data.z, data.report).expected, EXPECTED, rtol=1e-7)


def test_coverage_is_that_of_the_planes_own_ellipse(cloud):
    data = cloud("heavy tails")
    for plane in planes_info(data.z, data.report).planes[:-1]:
        x = data.z[:, [int(label[1:]) for label in plane.labels]]
        x = x - x.mean(axis=0)
        d2 = np.einsum("ni,ij,nj->n", x, np.linalg.inv(np.cov(x.T)), x)
        np.testing.assert_allclose(plane.coverage, [np.mean(d2 <= k**2) for k in (1, 2, 3)])


def test_shape_carries_the_correlation(cloud):
    data = cloud("normal")
    for plane in planes_info(data.z, data.report).planes[:-1]:
        x = data.z[:, [int(label[1:]) for label in plane.labels]].astype(float)
        np.testing.assert_allclose(plane.shape @ plane.shape.T, np.corrcoef(x.T), atol=1e-6)


@pytest.mark.parametrize(("k", "tolerance"), [(0, 0.06), (1, 0.04), (2, 0.08)])
def test_contours_of_a_normal_plane_enclose_the_ellipses_area(cloud, k, tolerance):
    data = cloud("normal")
    for plane in planes_info(data.z, data.report).planes:
        area = np.mean(plane.density >= plane.thresholds[k]) * (2 * VIEW) ** 2
        assert area == pytest.approx(np.pi * (k + 1) ** 2, rel=2 * tolerance)


def test_the_densest_region_of_two_modes_is_not_their_middle(cloud):
    data = cloud("bimodal")
    leading = planes_info(data.z, data.report).planes[-1]
    assert leading.labels == ("axis 1", "axis 2")
    assert leading.density[CELLS // 2, CELLS // 2] < leading.thresholds[1]


def test_the_leading_plane_comes_last_and_few_points_are_kept(cloud):
    data = cloud("normal")
    info = planes_info(data.z, data.report, planes=2)
    assert [plane.labels[0][0] for plane in info.planes] == ["z", "z", "a"]
    assert all(len(plane.points) <= 1500 for plane in info.planes)


@pytest.mark.parametrize(
    ("name", "count"), [("one dimension", 0), ("rank one", 0), ("two dimensions", 2)]
)
def test_there_are_as_many_planes_as_the_vectors_span(cloud, name, count):
    data = cloud(name)
    assert len(planes_info(data.z, data.report).planes) == count
