"""The statistics themselves against slow formulas written out from their definitions."""

import numpy as np
import pytest
from scipy import special, stats

from mlflow_latents.stats import D2Law
from mlflow_latents.stats.battery import multivariate_normality
from mlflow_latents.stats.battery.direction import (
    component_factors,
    energy_error,
    limit_direction,
    sobolev_scores,
    vector_kernels,
)
from mlflow_latents.stats.battery.margins import independent_scores, largest_pvalue, scores
from mlflow_latents.stats.battery.plane import measure_plane
from mlflow_latents.stats.battery.radial import measure_radial
from mlflow_latents.stats.battery.sample import sample_of
from mlflow_latents.stats.battery.sliced import epps_pulley


def cloud(n, d, seed=0):
    return np.random.default_rng(seed).standard_t(5, (n, d)) * np.geomspace(1, 9, d) + 7


def test_radial_is_anderson_darling_of_the_exact_law():
    sample = sample_of(cloud(300, 5))
    u = np.sort(D2Law("in_sample", 300, 5).cdf(sample.d2))
    i = np.arange(1, 301)
    expected = -300 - np.sum((2 * i - 1) * (np.log(u) + np.log1p(-u[::-1]))) / 300
    measured = measure_radial(sample)
    assert measured.statistic == pytest.approx(expected, rel=1e-9)
    assert measured.effect == pytest.approx(
        np.var(sample.d2, ddof=1) / D2Law("in_sample", 300, 5).variance
    )


def test_tyler_and_hettmansperger_randles_conditions_hold():
    unit = sample_of(cloud(400, 6)).directions
    assert np.allclose(np.linalg.norm(unit, axis=1), 1)
    assert np.abs(unit.mean(axis=0)).max() < 1e-6
    assert np.abs(unit.T @ unit / 400 * 6 - np.eye(6)).max() < 1e-6


def test_the_shape_does_not_see_the_radii():
    rng = np.random.default_rng(0)
    half = rng.standard_normal((250, 4)) * [4, 2, 1, 1]
    stretch = rng.uniform(0.5, 5, (250, 1))
    # Vectors in opposite pairs have their location at 0, however long they are.
    one, other = (sample_of(np.vstack([z, -z])).directions for z in (half, half * stretch))
    assert np.abs(one @ one.T - other @ other.T).max() < 1e-5


@pytest.mark.parametrize("d", [3, 6])
def test_sobolev_scores_are_sums_of_gegenbauer_kernels(d):
    rng = np.random.default_rng(0)
    unit = rng.standard_normal((70, d)) + 0.3
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    cosine = (unit @ unit.T)[np.triu_indices(70, 1)]
    for degree, score in zip((3, 4), sobolev_scores(vector_kernels(unit), d), strict=True):
        order = d / 2 - 1
        harmonics = special.comb(d + degree - 1, degree) - special.comb(d + degree - 3, degree - 2)
        kernel = special.eval_gegenbauer(degree, order, cosine)
        kernel *= harmonics / special.eval_gegenbauer(degree, order, 1.0)
        sd = np.sqrt(70 * 69 / 2 * harmonics)
        assert score == pytest.approx(kernel.sum() / sd, rel=1e-9)


def test_sobolev_scores_of_uniform_directions_follow_their_limit():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(400):
        unit = rng.standard_normal((300, 3))
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        found.append(sobolev_scores(vector_kernels(unit), 3).max())
    assert stats.kstest(found, limit_direction(3).cdf).pvalue > 0.01


@pytest.mark.parametrize("d", [3, 8])
@pytest.mark.parametrize(("degree", "size"), [(3, 0.25), (4, 0.4)])
def test_factors_give_the_skewness_and_kurtosis_of_components(d, degree, size):
    rng = np.random.default_rng(0)
    found = []
    for _ in range(20):
        if degree == 3:
            z = rng.gamma(4 / size**2, size=(6000, d)) - 4 / size**2
        else:
            z = rng.standard_normal((6000, d)) * np.sqrt(rng.gamma(3 / size, size=(6000, d)))
        unit = z / np.linalg.norm(z, axis=1, keepdims=True)
        found.append(component_factors(d) * vector_kernels(unit).mean(axis=1))
    assert np.sqrt(np.mean(found, axis=0)[degree - 3]) == pytest.approx(size, rel=0.2)


@pytest.mark.parametrize("uneven", [False, True])
def test_the_error_of_uneven_directions_is_their_scatter(uneven):
    rng = np.random.default_rng(0)
    energies, errors = [], []
    for _ in range(300):
        unit = rng.choice([-1.0, 1.0], (100, 4)) if uneven else rng.standard_normal((100, 4))
        unit[:, 1:] += uneven * rng.standard_normal((100, 3))
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        kernels = vector_kernels(unit)
        energies.append(kernels.mean(axis=1))
        errors.append(energy_error(kernels, 4))
    scatter = np.std(energies, axis=0)
    assert np.median(errors, axis=0) == pytest.approx(scatter, rel=0.15)


def test_epps_pulley_is_its_closed_form():
    x = np.random.default_rng(0).exponential(size=80)
    x = (x - x.mean()) / x.std(ddof=1)
    n = len(x)
    closed = (
        np.exp(-((x[:, None] - x) ** 2) / 2).sum() / n
        - np.sqrt(2) * np.exp(-(x**2) / 4).sum()
        + n / np.sqrt(3)
    )
    assert epps_pulley(x[:, None], np.ones((1, 1)))[0] == pytest.approx(closed, rel=1e-5)


def test_planes_are_looked_at_one_by_one():
    sample = sample_of(cloud(90, 4))
    w, n = sample.white, 90
    sizes = []
    for i in range(4):
        for j in range(4):
            if i != j:
                x, y = w[:, i], w[:, j]
                sizes.append(np.mean((x**2 - 1) * (y**2 - 1)) / 2)
                sizes.append(np.mean((x**2 - 1) * y) / np.sqrt(2))
                sizes.append(np.mean((x**3 - 3 * x) * y) / np.sqrt(6))
    measured = measure_plane(sample)
    assert measured.effect == pytest.approx(np.max(np.abs(sizes)), rel=1e-9)
    assert measured.statistic == pytest.approx(np.sqrt(n) * measured.effect)


def test_scores_are_those_of_scipy():
    x = cloud(6000, 3)
    skewness, kurtosis = scores(x)
    assert skewness == pytest.approx(stats.skewtest(x).statistic)
    assert kurtosis == pytest.approx(stats.kurtosistest(x).statistic)


@pytest.mark.parametrize("n", [25, 60, 150, 700])
def test_kurtosis_scores_are_normal_in_the_tails_too(n):
    rng = np.random.default_rng(n)
    score = np.concatenate([scores(rng.standard_normal((n, 20_000)))[1] for _ in range(2)])
    for level in (0.05, 0.006, 0.001):
        for tail in (score, -score):
            share = np.mean(tail > stats.norm.isf(level))
            assert share == pytest.approx(level, abs=4 * np.sqrt(level / len(score)) + 0.1 * level)


def test_correlated_axes_count_for_fewer():
    assert independent_scores(np.eye(30)) == pytest.approx(60, rel=0.15)
    assert independent_scores(np.ones((30, 30))) == pytest.approx(2, rel=0.15)
    half = 0.9 * np.ones((30, 30)) + 0.1 * np.eye(30)
    assert 10 < independent_scores(half) < 50


def test_the_largest_of_independent_scores():
    z = np.abs(np.random.default_rng(0).standard_normal((20_000, 6))).max(axis=1)
    assert np.mean(z > 2.4) == pytest.approx(largest_pvalue(2.4, 6), abs=0.006)
    assert largest_pvalue(20.0, 500) == pytest.approx(500 * 2 * stats.norm.sf(20.0), rel=1e-6)


def test_a_coordinate_that_varies_in_one_vector_alone_can_be_searched():
    rng = np.random.default_rng(0)
    z = np.hstack([rng.standard_normal((300, 3)), np.eye(300, 1)])
    for seed in range(4):  # the one vector is searched, or judges
        result = multivariate_normality(z, "pursuit", seed=seed)
        assert result.informative
        assert np.isfinite(result.pvalue)
        assert len(result.directions)
