import numpy as np
import pytest
from scipy import special, stats

from mlflow_latents.errors import InputError
from mlflow_latents.stats import fit_gaussian
from mlflow_latents.stats.densities import Elliptical, Mixture, SmoothDensity, smooth
from mlflow_latents.stats.likelihood import MODELS, _models, log_likelihoods

GAUSSIAN, INDEPENDENT, ELLIPTICAL, MIXTURE = range(4)


def draw(kind, n, d, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, d))
    match kind:
        case "laplace":
            z = rng.laplace(size=(n, d))
        case "t":
            z /= np.sqrt(rng.chisquare(5, n) / 5)[:, None]
        case "clusters":
            centers = 4 * np.random.default_rng(99).standard_normal((10, d))
            z += centers[rng.integers(10, size=n)]
    return z * np.geomspace(1, 0.2, d) + 5


@pytest.mark.parametrize("d", [5, 40])
@pytest.mark.parametrize(
    ("kind", "best"),
    [("laplace", "independent"), ("t", "elliptical"), ("clusters", "mixture")],
)
def test_the_model_that_is_true_wins(kind, best, d):
    found = log_likelihoods(draw(kind, 6000, d), None, None)
    rank = MODELS.index(best)
    assert found.best == best
    assert found.gain[rank] > 5 * found.standard_error[rank]


@pytest.mark.parametrize("d", [1, 5, 40])
def test_normal_data_gain_nothing_and_lose_little(d):
    found = log_likelihoods(draw("normal", 6000, d), None, None)
    assert np.all(found.gain <= 3 * found.standard_error)
    assert np.all(found.gain > -0.03)


def test_the_gaussian_is_the_density_of_the_fit():
    z, other = draw("normal", 500, 4), draw("laplace", 300, 4, seed=1)
    fit = fit_gaussian(z)
    found = log_likelihoods(z, other, fit)
    law = stats.multivariate_normal(fit.mean, fit.covariance)
    assert found.per_dimension[GAUSSIAN] == pytest.approx(law.logpdf(other).mean() / 4)
    assert found.in_sample[GAUSSIAN] == pytest.approx(law.logpdf(z).mean() / 4)
    assert (found.n_train, found.n_held_out) == (500, 300)
    assert found.gain[GAUSSIAN] == found.standard_error[GAUSSIAN] == 0
    np.testing.assert_allclose(found.gain, found.per_dimension - found.per_dimension[GAUSSIAN])


def test_independent_reaches_what_negentropy_allows():
    found = log_likelihoods(draw("laplace", 40_000, 3), None, None)
    assert found.gain[INDEPENDENT] == pytest.approx(0.0724, abs=0.015)


def test_elliptical_reaches_the_true_density():
    d, freedom = 6, 5
    z, other = draw("t", 30_000, d), draw("t", 30_000, d, seed=1)
    found = log_likelihoods(z, other, fit_gaussian(z))
    scale = np.diag(np.geomspace(1, 0.2, d) ** 2)
    law = stats.multivariate_t(np.full(d, 5.0), scale, df=freedom)
    assert found.per_dimension[ELLIPTICAL] == pytest.approx(law.logpdf(other).mean() / d, abs=0.01)


@pytest.mark.parametrize("d", [1, 2])
def test_every_model_has_mass_one(d):
    z = draw("laplace", 2000, d)
    fit = fit_gaussian(z)
    models = _models(z, fit, np.random.default_rng(0))
    grid = np.linspace(-12, 12, 401)
    mesh = np.stack(np.meshgrid(*[grid] * d, indexing="ij"), axis=-1).reshape(-1, d)
    mesh = mesh + 0.005  # off the centre, where the radius is 0
    for model in models:
        mass = np.exp(model.log_density(mesh)).sum() * (grid[1] - grid[0]) ** d
        assert mass == pytest.approx(1, abs=0.02)


def test_a_smooth_density_is_a_density_with_a_tail():
    x = np.random.default_rng(0).exponential(size=(3000, 1)) - 1
    density = smooth([x], 3000)
    grid = (np.arange(-40_000, 40_000) + 0.5) / 1000
    assert np.exp(density.log_density(grid[:, None])).sum() / 1000 == pytest.approx(1, abs=1e-3)
    assert isinstance(density, SmoothDensity)
    assert np.isfinite(density.log_density(np.array([[-1e6], [1e6]]))).all()


def test_a_mixture_is_the_density_of_its_parts():
    rng = np.random.default_rng(0)
    white = rng.standard_normal((50, 3))
    factors = np.stack([np.eye(2), np.array([[2.0, 0], [0.5, 1]])])
    means = np.array([[0.0, 1], [2, 2]])
    model = Mixture(np.array([0, 2]), np.log([0.3, 0.7]), means, factors)
    expected = [
        np.log(w) + stats.multivariate_normal(m, f @ f.T).logpdf(white[:, [0, 2]])
        for w, m, f in zip([0.3, 0.7], means, factors, strict=True)
    ]
    expected = special.logsumexp(expected, axis=0) + stats.norm.logpdf(white[:, 1])
    np.testing.assert_allclose(model.log_density(white), expected)
    assert model.parameters == 1 + 2 * (2 + 3)


def test_vectors_far_off_and_at_the_mean_stay_finite():
    z = draw("normal", 1000, 3)
    fit = fit_gaussian(z)
    found = log_likelihoods(z, np.stack([fit.mean, fit.mean + 1e4]), fit)
    assert np.isfinite(found.per_dimension).all()


def test_rank_deficient_vectors_are_judged_in_their_subspace():
    z = draw("t", 3000, 3)
    wide = np.column_stack([z, np.ones(3000), z[:, 0]])
    fit = fit_gaussian(wide)
    found = log_likelihoods(wide[:1500], wide[1500:], fit)
    assert fit.rank == 3
    assert found.best == "elliptical"
    assert np.isfinite(found.per_dimension).all()


def test_shared_moments_and_own_numbers_are_counted():
    found = log_likelihoods(draw("normal", 6000, 5), None, None)
    bins = 2 * (int(np.ceil(6 / (2 * 3000 ** (-1 / 3)))) + 1)
    assert found.parameters.tolist() == [
        20,
        20 + 5 * (bins - 1),
        20 + bins - 1 + 2,
        20 + 9 + 10 * 20,
    ]


def test_the_same_seed_gives_the_same_result():
    z = draw("clusters", 1000, 4)
    once, again, other = (log_likelihoods(z, None, None, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(once.gain, again.gain)
    assert not np.array_equal(once.gain, other.gain)


def test_moving_and_stretching_change_no_gain():
    z = draw("t", 2000, 3)
    found = log_likelihoods(z, None, None)
    moved = log_likelihoods(1000 * z - 7, None, None)
    np.testing.assert_allclose(moved.gain, found.gain, atol=1e-6)
    np.testing.assert_allclose(found.per_dimension - moved.per_dimension, np.log(1000), atol=1e-6)


def test_too_few_vectors_are_refused():
    z = draw("normal", 100, 4)
    fit = fit_gaussian(z)
    with pytest.raises(InputError, match="half"):
        log_likelihoods(z[:11], None, fit)
    with pytest.raises(InputError, match="held-out"):
        log_likelihoods(z, z[:1], fit)
    with pytest.raises(InputError, match="dimensions"):
        log_likelihoods(z, z[:, :2], fit)


def test_radii_that_do_not_vary_are_no_obstacle():
    z = np.array([[1.0], [-1.0]] * 20)
    assert np.isfinite(log_likelihoods(z, z, fit_gaussian(z)).per_dimension).all()
    assert isinstance(_models(z, fit_gaussian(z), np.random.default_rng(0))[1], Elliptical)
