"""Laws of what is drawn. Each test also rejects a neighbour of the law, so that it can fail."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

from mlflow_latents.generate import LatentModel, sample, with_vectors
from mlflow_latents.stats import GaussianFit, level_share
from mlflow_latents.stats.densities import Mixture

N = 100_000
STEP = 20
KEPT, REFUSED = 1e-3, 1e-8  # p-values
CORRELATION = 4.5 / np.sqrt(N)  # of independent columns: beyond by chance once in 100,000


def gaussian(d, rank, seed, spread=30.0):
    """A normal law known exactly, tilted and stretched, off the origin."""
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.standard_normal((d, d)))[0][:, :rank]
    variances = np.geomspace(spread, 1, rank) ** 2
    mean = 3 * rng.standard_normal(d)
    return GaussianFit(mean, (axes * variances) @ axes.T, axes, variances, 1000)


def latent_model(d, rank=None):
    rank = d if rank is None else rank
    rng = np.random.default_rng(d)
    factors = np.tril(0.2 * rng.standard_normal((3, rank, rank)), -1)
    factors += 0.5 * np.eye(rank) * rng.uniform(0.5, 1, (3, 1, rank))
    means = 0.3 * rng.standard_normal((3, rank))
    means[:, 0] = -4, 0, 3  # far apart: of each vector it is known where it came from
    return LatentModel(
        fit=gaussian(d, rank, 1),
        core=gaussian(d, rank, 2, spread=5.0),
        core_level=2.0,
        radii=np.sqrt(stats.gamma(3, scale=rank / 3).ppf(np.linspace(0, 0.9999, 301))),
        mixture=Mixture(np.arange(rank), np.log([0.6, 0.3, 0.1]), means, factors),
    )


@pytest.fixture(scope="module", params=[(12, 12), (25, 25), (12, 5)], ids="d{0[0]}r{0[1]}".format)
def model(request):
    return latent_model(*request.param)


def pvalue(x, law):
    """P-value of Kolmogorov and Smirnov, the distance taken at every 20th of the sorted values.

    That misses less than 20/N of a distance: 0.06 of its standard scale.
    """
    cdf = getattr(law, "cdf", law)(np.sort(x)[::STEP])
    below = np.arange(0, len(x), STEP) / len(x)
    distance = max(np.max(cdf - below), np.max(below + 1 / len(x) - cdf))
    return special.kolmogorov(np.sqrt(len(x)) * distance)


def assert_law(x, law, neighbour):
    """Compare with a distribution function, and with one that must be told apart."""
    assert pvalue(x, law) > KEPT
    assert pvalue(x, neighbour) < REFUSED


def test_pvalues_are_those_of_scipy():
    x = np.random.default_rng(0).standard_normal(N)
    for law in (stats.norm(), stats.norm(0.005)):
        assert pvalue(x, law) == pytest.approx(stats.kstest(x, law.cdf).pvalue, rel=0.1)


def assert_spherical(x):
    """Compare directions with the uniform law: a coordinate's square is Beta(1/2, (k - 1)/2)."""
    k = x.shape[1]
    unit = x / np.linalg.norm(x, axis=1)[:, None]
    square = stats.beta(0.5, (k - 1) / 2)
    assert_law(unit[:, 0] ** 2, square, stats.beta(0.5, 1.1 * (k - 1) / 2))
    assert pvalue(unit[:, -1] ** 2, square) > KEPT
    signs = stats.binomtest(int((unit[:, 0] > 0).sum()), len(unit))
    assert signs.pvalue > KEPT
    assert_uncorrelated(unit)


def assert_uncorrelated(x):
    correlation = np.corrcoef(x.T)
    assert np.abs(correlation - np.eye(len(correlation))).max() < CORRELATION
    mixed = np.corrcoef((x[:, 0], x[:, 0] * 0.03 + x[:, 1]))[0, 1]
    assert abs(mixed) > CORRELATION


def assert_standard_normal(white):
    assert_law(white[:, 0], stats.norm(), stats.norm(scale=1.05))
    assert_law(white[:, -1], stats.norm(), stats.norm(loc=0.05))
    assert_uncorrelated(white)
    assert_uncorrelated(white**2)


@pytest.mark.parametrize(("name", "other"), [("ellipsoid", "core"), ("core", "ellipsoid")])
def test_the_normal_laws(model, name, other):
    fits = {"ellipsoid": model.fit, "core": model.core}
    z = sample(model, name, N, seed=3)
    k = fits[name].rank
    assert_law(fits[name].d2(z), stats.chi2(k), stats.chi2(k * 1.02))
    assert_standard_normal(fits[name].whiten(z))
    assert pvalue(fits[other].d2(z), stats.chi2(k)) < REFUSED
    assert np.abs(np.corrcoef(z.T) - np.eye(model.d)).max() > 0.1


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("ellipsoid", 0, 0.3),
        ("ellipsoid", 0.5, 0.9),
        ("ellipsoid", 2.9, 3),
        ("ellipsoid", 2, np.inf),
        ("core", 0, 2),
    ],
)
def test_the_normal_laws_between_levels(model, name, low, high):
    fit = {"ellipsoid": model.fit, "core": model.core}[name]
    z = sample(model, name, N, seed=4, level_min=low, level_max=high)
    d2, k = fit.d2(z), fit.rank
    share = stats.chi2(k).cdf(d2)
    least, most = level_share(low), level_share(high)
    assert share.min() >= least - 1e-9
    assert share.max() <= most + 1e-9
    assert_law((share - least) / (most - least), stats.uniform(), stats.uniform(0, 1.03))
    white = fit.whiten(z)
    assert_spherical(white)
    assert_uncorrelated(np.column_stack([d2, white[:, 0] ** 2 / d2]))


@pytest.mark.parametrize(("low", "high"), [(8, np.inf), (30, 31), (36, np.inf)])
def test_far_shells(model, low, high):
    d2 = model.fit.d2(sample(model, "ellipsoid", N, seed=5, level_min=low, level_max=high))
    outside = special.erfc(np.array([low, high]) / np.sqrt(2))
    share = stats.chi2(model.fit.rank).sf(d2)
    assert_law(share, stats.uniform(outside[1], outside[0]), stats.uniform(0, 1.03 * outside[0]))


def test_the_innermost_levels(model):
    k = model.fit.rank
    d2 = model.fit.d2(sample(model, "ellipsoid", N, seed=5, level_max=1e-17))
    within = special.erf(1e-17 / np.sqrt(2))
    share = stats.chi2(k).cdf(d2) / within  # of a radius that rounding beside the mean blurs
    assert_law(share, stats.uniform(), stats.uniform(0, 1.05))


def test_principal_planes(model):
    k = model.fit.rank
    z = sample(model, "principal_planes", N, seed=6, radius=2.5)
    white = model.fit.whiten(z)
    assert_uncorrelated(white)
    x, y = white[:, 0 : k - 1 : 2], white[:, 1::2]
    squares = x**2 + y**2
    assert squares.max() < 2.5**2 * (1 + 1e-9)
    for pair in (0, -1):
        assert_law(squares[:, pair] / 2.5**2, stats.uniform(), stats.uniform(0, 1.03))
        angles = stats.uniform(-np.pi, 2 * np.pi)
        angle = np.arctan2(y[:, pair], x[:, pair])
        assert_law(angle, angles, stats.uniform(-np.pi, 2.06 * np.pi))
        stretched = np.arctan2(1.2 * y[:, pair], x[:, pair])
        assert pvalue(stretched, angles) < REFUSED
    assert_uncorrelated(squares)
    if k % 2:
        assert_law(white[:, -1], stats.semicircular(scale=2.5), stats.semicircular(scale=2.6))


def test_principal_planes_keep_the_observed_deviations(model):
    white = model.fit.whiten(sample(model, "principal_planes", N, seed=7))
    np.testing.assert_allclose(white.std(axis=0), 1, atol=0.01)


def test_elliptical(model):
    white = model.fit.whiten(sample(model, "elliptical", N, seed=8))
    radius = np.linalg.norm(white, axis=1)
    shares = np.linspace(0, 1, len(model.radii))

    def observed(r):
        return np.interp(r, model.radii, shares)

    assert_law(radius, observed, lambda r: observed(1.02 * r))
    assert pvalue(radius**2, stats.chi2(model.fit.rank)) < REFUSED
    assert_spherical(white)
    assert_uncorrelated(np.column_stack([radius, (white[:, 0] / radius) ** 2]))


@pytest.mark.parametrize("axes", [None, 2])
def test_leading(model, axes):
    white = model.fit.whiten(sample(model, "leading", N, seed=9, axes=axes))
    share = np.cumsum(model.fit.variances) / model.fit.variances.sum()
    k = axes or 1 + int(np.sum(share < 0.9))
    assert 1 < k < model.fit.rank
    assert_law((white[:, :k] ** 2).sum(axis=1), stats.chi2(k), stats.chi2(k * 1.05))
    assert_standard_normal(white[:, :k])
    np.testing.assert_allclose(white[:, k:], 0, atol=1e-12)


def test_mixture(model):
    mixture, k = model.mixture, model.fit.rank
    white = model.fit.whiten(sample(model, "mixture", N, seed=10))
    weights = np.array([0.6, 0.3, 0.1])
    component = np.digitize(white[:, 0], [-2, 1.5])
    counts = np.bincount(component)
    assert stats.chisquare(counts, N * weights).pvalue > KEPT
    assert stats.chisquare(counts, N * np.array([0.59, 0.31, 0.1])).pvalue < REFUSED
    for j, (mean, factor) in enumerate(zip(mixture.means, mixture.factors, strict=True)):
        own = np.linalg.solve(factor, (white[component == j] - mean).T).T
        assert_law((own**2).sum(axis=1), stats.chi2(k), stats.chi2(k * 1.1))
        transposed = np.linalg.solve(factor.T, (white[component == j] - mean).T).T
        assert pvalue((transposed**2).sum(axis=1), stats.chi2(k)) < REFUSED
    deviations = np.sqrt(np.einsum("jik,jik->ji", mixture.factors, mixture.factors))
    for axis in (0, -1):

        def law(x, axis=axis, weights=weights):
            scaled = (np.asarray(x)[:, None] - mixture.means[:, axis]) / deviations[:, axis]
            return special.ndtr(scaled) @ weights

        assert_law(white[:, axis], law, lambda x, law=law: law(np.asarray(x) * 1.05 - 0.03))


def test_mixture_moments(model):
    mixture = model.mixture
    weights = np.exp(mixture.log_weights)
    mean = weights @ mixture.means
    covariance = np.einsum("j,jik,jlk->il", weights, mixture.factors, mixture.factors)
    covariance += np.einsum("j,ji,jl->il", weights, mixture.means, mixture.means)
    covariance -= np.outer(mean, mean)
    white = model.fit.whiten(sample(model, "mixture", N, seed=11))
    np.testing.assert_allclose(white.mean(axis=0), mean, atol=0.05)
    np.testing.assert_allclose(np.cov(white.T), covariance, atol=0.08)
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() > 0.2


def test_mixture_of_some_axes(model):
    full = model.mixture
    axes, k = np.array([1, 3, 4]), model.fit.rank
    some = Mixture(axes, full.log_weights, full.means[:, :3], full.factors[:, :3, :3])
    white = model.fit.whiten(sample(replace(model, mixture=some), "mixture", N, seed=12))
    np.testing.assert_array_equal(np.unique(np.digitize(white[:, 1], [-2, 1.5])), [0, 1, 2])
    assert_standard_normal(np.delete(white, axes, axis=1))
    others = np.setdiff1d(np.arange(k), axes)
    across = np.corrcoef(white[:, others].T, white[:, axes].T)[: k - 3, k - 3 :]
    assert np.abs(across).max() < CORRELATION
    assert pvalue(white[:, 1], stats.norm()) < REFUSED


def mean_square(model):
    return np.trace(model.fit.covariance) + model.fit.mean @ model.fit.mean


@pytest.mark.parametrize("half_width", [None, 1.5])
def test_uniform_cube(model, half_width):
    z = sample(model, "uniform_cube", N, seed=12, half_width=half_width)
    side = half_width or np.sqrt(3 * mean_square(model) / model.d)
    for j in (0, -1):
        assert_law(z[:, j], stats.uniform(-side, 2 * side), stats.uniform(-side, 2.05 * side))
    assert_uncorrelated(z)
    assert_uncorrelated(z**2)
    if half_width is None:
        assert (z**2).sum(axis=1).mean() == pytest.approx(mean_square(model), rel=0.005)


@pytest.mark.parametrize("radius", [None, 1.5])
def test_uniform_ball(model, radius):
    d = model.d
    z = sample(model, "uniform_ball", N, seed=13, radius=radius)
    most = radius or np.sqrt((d + 2) / d * mean_square(model))
    length = np.linalg.norm(z, axis=1)
    assert_law((length / most) ** d, stats.uniform(), stats.powerlaw(0.95))
    assert_spherical(z)
    if radius is None:
        assert (length**2).mean() == pytest.approx(mean_square(model), rel=0.005)


def test_standard_normal(model):
    z = sample(model, "standard_normal", N, seed=14)
    assert_law((z**2).sum(axis=1), stats.chi2(model.d), stats.chi2(model.d * 1.02))
    assert_standard_normal(z)


def test_axis_normal(model):
    z = sample(model, "axis_normal", N, seed=15)
    own = (z - model.fit.mean) / np.sqrt(np.diag(model.fit.covariance))
    assert_law((own**2).sum(axis=1), stats.chi2(model.d), stats.chi2(model.d * 1.02))
    assert_standard_normal(own)


def test_one_dimension():
    model = latent_model(1)
    sd = np.sqrt(model.fit.variances[0])
    z = (sample(model, "ellipsoid", N, seed=16, level_min=1, level_max=2) - model.fit.mean) / sd
    cut = stats.truncnorm(1, 2)
    assert_law(np.abs(z[:, 0]), cut, stats.truncnorm(1, 2.05))
    assert stats.binomtest(int((z > 0).sum()), N).pvalue > KEPT
    disc = sample(model, "principal_planes", N, seed=17)[:, 0] - model.fit.mean
    assert_law(disc / sd, stats.semicircular(scale=2), stats.semicircular(scale=2.1))


def test_empirical_draws_each_vector_once_unless_more_are_asked_for(model):
    vectors = np.arange(50)[:, None] + np.zeros(model.d)
    own = with_vectors(model, vectors)
    z = sample(own, "empirical", 50, seed=18)
    np.testing.assert_array_equal(np.sort(z, axis=0), vectors)
    assert not np.array_equal(z, vectors)
    many = sample(own, "empirical", N, seed=19)
    counts = np.bincount(many[:, 0].astype(int), minlength=50)
    assert stats.chisquare(counts).pvalue > KEPT
    assert stats.chisquare(counts, N * np.linspace(0.9, 1.1, 50) / 50).pvalue < REFUSED
