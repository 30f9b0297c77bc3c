import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlflow_latents.plots.radial_qq import _ranks_shown, draw_radial_qq, radial_qq_info
from mlflow_latents.stats import assess


@given(st.integers(2, 300_000))
def test_ranks_are_few_distinct_and_reach_both_ends(n):
    ranks = _ranks_shown(n)
    assert (np.diff(ranks) > 0).all()
    assert {1, n} <= set(ranks.tolist())
    assert len(ranks) <= 170


def test_small_samples_show_every_radius():
    np.testing.assert_array_equal(_ranks_shown(15), np.arange(1, 16))


def test_quantiles_are_order_statistics_against_the_exact_laws(cloud):
    data = cloud("normal")
    inside, outside = radial_qq_info(data.z, data.held_out, data.report).curves
    n, k = data.z.shape
    m = len(data.held_out)
    in_law = stats.beta(k / 2, (n - k - 1) / 2, scale=(n - 1) ** 2 / n)
    out_law = stats.f(k, n - k, scale=k * (n - 1) * (n + 1) / (n * (n - k)))
    ranks = _ranks_shown(n)
    np.testing.assert_allclose(inside.expected**2, in_law.ppf((ranks - 0.5) / n), rtol=1e-7)
    ranks = _ranks_shown(m)
    np.testing.assert_allclose(outside.expected**2, out_law.ppf((ranks - 0.5) / m), rtol=1e-7)
    x = data.held_out.astype(float) - data.z.astype(float).mean(axis=0)
    inverse = np.linalg.inv(np.cov(data.z.astype(float).T))
    d2 = np.sort(np.einsum("ni,ij,nj->n", x, inverse, x))
    np.testing.assert_allclose(outside.observed**2, d2[ranks - 1], rtol=1e-6)


@pytest.mark.parametrize(("name", "least", "most"), [("normal", 0.8, 1), ("heavy tails", 0, 0.3)])
def test_normal_radii_lie_in_the_band_and_heavy_ones_do_not(cloud, name, least, most):
    data = cloud(name)
    curve = radial_qq_info(data.z, data.held_out, data.report).curves[0]
    inside = np.mean((curve.low <= curve.observed) & (curve.observed <= curve.high))
    assert least <= inside <= most


def test_shells_are_the_reports(cloud):
    data = cloud("normal")
    info = radial_qq_info(data.z, data.held_out, data.report)
    assert [curve.name for curve in info.curves] == ["in-sample", "held-out"]
    np.testing.assert_array_equal(
        info.curves[1].displacements, data.report.held_out.radial.displacements
    )
    assert info.tolerance == data.report.config.level_tolerance


@pytest.mark.parametrize("name", ["heavy tails", "one dimension"])
def test_without_held_out_vectors_there_is_one_curve(cloud, name):
    data = cloud(name)
    assert len(radial_qq_info(data.z, data.held_out, data.report).curves) == 1


def test_no_limit_is_told_without_levels():
    z = np.random.default_rng(0).normal(size=(9, 2))
    info = radial_qq_info(z, None, assess(z))
    assert np.isnan(info.curves[0].level_limit)
    labels = draw_radial_qq(info).axes[1].get_legend_handles_labels()[1]
    assert "in-sample, limit unknown (too few vectors)" in labels
