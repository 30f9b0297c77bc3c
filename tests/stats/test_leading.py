import numpy as np
import pytest
from scipy import stats

from mlflow_latents.stats import fit_gaussian, leading_curve


def independently(projections, k):
    """Ratio and distance on the k leading axes, from the definitions."""
    n, p = len(projections), projections[:, :k]
    centred = p - p.mean(axis=0)
    d2 = np.sum(centred @ np.linalg.inv(np.cov(p, rowvar=False).reshape(k, k)) * centred, axis=1)
    law = stats.beta(k / 2, (n - k - 1) / 2, scale=(n - 1) ** 2 / n)
    return d2.var(ddof=1) / law.var(), stats.kstest(d2, law.cdf).statistic


@pytest.mark.parametrize("kind", ["normal", "t5"])
@pytest.mark.parametrize("held_out", [False, True])
def test_every_k_agrees_with_its_definition(cloud, kind, held_out):
    z = cloud(kind, 3000, 12)
    fit = fit_gaussian(z[:2000])
    judged = z[2000:] if held_out else z[:2000]
    curve = leading_curve(fit, judged)
    projections = (judged - z[:2000].mean(axis=0)) @ fit.axes
    expected = [independently(projections, k) for k in range(1, 13)]
    np.testing.assert_allclose(curve.variance_ratio, [ratio for ratio, _ in expected], rtol=1e-6)
    np.testing.assert_array_equal(curve.ks_k, [1, 2, 3, 5, 10, 12])
    np.testing.assert_allclose(curve.ks, [expected[k - 1][1] for k in curve.ks_k], rtol=1e-6)
    outside = np.flatnonzero(np.abs(curve.variance_ratio - 1) > 0.25)
    assert curve.normal_axes == (outside[0] if len(outside) else 12)


def test_normal_axes_end_where_the_first_subspace_fails(cloud):
    z = cloud("normal", 20_000, 12, condition=1e3)
    fit = fit_gaussian(z)
    white = fit.whiten(z)
    white[:, 4] = np.sign(white[:, 4]) * np.abs(white[:, 4]) ** 2.5
    bent = white * np.sqrt(fit.variances) @ fit.axes.T
    axes = type(fit)(bent.mean(axis=0), fit.covariance, fit.axes, fit.variances, fit.n)
    assert leading_curve(axes, bent).normal_axes == 4


def test_held_out_isotropic_data_keeps_ratio_one():
    # With the training covariance the ratio would be far below 1 here.
    rng = np.random.default_rng(0)
    z = rng.standard_normal((4000, 100))
    curve = leading_curve(fit_gaussian(z[:2000]), z[2000:])
    assert curve.variance_ratio[19] == pytest.approx(1, abs=0.1)


def test_few_held_out_vectors_end_the_curve():
    z = np.random.default_rng(0).standard_normal((100, 10))
    fit = fit_gaussian(z)
    assert len(leading_curve(fit, z[:7]).variance_ratio) == 5
    short = leading_curve(fit, z[:2])
    assert short.variance_ratio.size == short.ks_k.size == short.ks.size == 0
    assert short.normal_axes == 0


def test_collinear_held_out_vectors_end_the_curve():
    z = np.random.default_rng(0).standard_normal((100, 5))
    fit = fit_gaussian(z)
    held_out = z.copy()
    held_out -= (held_out @ fit.axes[:, 3:]) @ fit.axes[:, 3:].T
    assert len(leading_curve(fit, held_out).variance_ratio) == 3


def test_vectors_of_the_fit_need_no_refit(cloud):
    z = cloud("t5", 500, 6)
    fit = fit_gaussian(z)
    own, refitted = leading_curve(fit, z, refit=False), leading_curve(fit, z)
    np.testing.assert_allclose(own.variance_ratio, refitted.variance_ratio, rtol=1e-6)
    np.testing.assert_allclose(own.ks, refitted.ks, rtol=1e-6)
