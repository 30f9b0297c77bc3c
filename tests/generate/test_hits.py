from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, special, stats

from mlflow_latents.errors import InputError
from mlflow_latents.generate import RANDOM_SAMPLERS, LatentModel, fit_latent_model, sample
from mlflow_latents.generate.bodies import Ball, Cube, least_square
from mlflow_latents.generate.hits import HitProbability, log10_hit_probability
from mlflow_latents.stats import GaussianFit, level_of, level_share
from mlflow_latents.stats.densities import Mixture

NEVER = HitProbability(-np.inf, 0.0, "closed form")


def gaussian(mean, axes, sd):
    sd = np.asarray(sd, dtype=np.float64)
    return GaussianFit(np.asarray(mean, np.float64), (axes * sd**2) @ axes.T, axes, sd**2, 10_000)


def model_of(fit, core=None):
    """A model of which nothing but the fit, and perhaps the core, matters."""
    one = Mixture(np.arange(fit.rank), np.zeros(1), np.zeros((1, fit.rank)), np.eye(fit.rank)[None])
    return LatentModel(fit, fit if core is None else core, 2.0, np.linspace(0, 5, 11), one)


def isotropic(d, sd, mean=0.0):
    return model_of(gaussian(np.full(d, mean), np.eye(d), np.full(d, sd)))


def rotated(d, seed, sd, mean):
    axes = np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))[0]
    return gaussian(mean, axes, sd)


def square_of(model, level):
    return stats.chi2(model.fit.rank).ppf(level_share(level))


def share(*arguments, **options):
    return 10 ** log10_hit_probability(*arguments, **options).log10


@pytest.fixture(scope="module")
def cloud():
    """A fitted cloud of six dimensions: heavy tails, correlated, off the origin."""
    rng = np.random.default_rng(0)
    z = rng.standard_normal((4000, 6)) / np.sqrt(rng.chisquare(6, 4000) / 6)[:, None]
    mixing = np.linalg.qr(rng.standard_normal((6, 6)))[0] * np.geomspace(1.2, 0.5, 6)
    return fit_latent_model(z @ mixing.T + 0.3, keep_vectors=True)


@pytest.mark.parametrize("level", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("sampler", RANDOM_SAMPLERS)
def test_agrees_with_draws(cloud, sampler, level):
    found = log10_hit_probability(sampler, cloud, level)
    draws = 40_000
    z = sample(cloud, sampler, draws if sampler != "empirical" else 4000, seed=1)
    hits = np.mean(cloud.fit.d2(z) <= square_of(cloud, level))
    chance = 10**found.log10
    noise = np.sqrt(chance * (1 - chance) / draws) + chance * found.error * np.log(10) + 1e-4
    assert hits == pytest.approx(chance, abs=4 * noise)


@pytest.mark.parametrize(
    ("sampler", "options"),
    [
        ("ellipsoid", {"level_min": 0.5, "level_max": 1.5}),
        ("core", {"level_min": 0.5, "level_max": 2}),
        ("leading", {"axes": 2}),
        ("principal_planes", {"radius": 2.2}),
        ("uniform_cube", {"half_width": 1.5}),
        ("uniform_ball", {"radius": 2.0}),
    ],
)
def test_options_agree_with_draws(cloud, sampler, options):
    found = log10_hit_probability(sampler, cloud, 1.0, **options)
    z = sample(cloud, sampler, 40_000, seed=1, **options)
    chance = 10**found.log10
    noise = np.sqrt(chance * (1 - chance) / 40_000) + chance * found.error * np.log(10) + 1e-4
    hits = np.mean(cloud.fit.d2(z) <= square_of(cloud, 1.0))
    assert hits == pytest.approx(chance, abs=4 * noise)
    assert 0.001 < chance < 0.9999


@pytest.mark.parametrize("sd", [1.0, 0.5, 0.15, 0.1])
def test_standard_normal_and_an_isotropic_fit(sd):
    # |x|^2 <= sd^2 q, the lower tail of chi-square, by its series.
    model = isotropic(250, sd)
    half = square_of(model, 2.0) * sd**2 / 2
    terms = np.cumprod(half / (125 + np.arange(1, 5000)))
    true = (125 * np.log(half) - half - special.gammaln(126) + np.log1p(terms.sum())) / np.log(10)
    found = log10_hit_probability("standard_normal", model, 2.0)
    assert found.log10 == pytest.approx(true, rel=1e-11, abs=1e-11)
    assert found.error < 1e-10
    assert found.method == "saddlepoint"
    assert sd > 0.1 or true < -120


def test_standard_normal_and_a_shifted_fit():
    model = isotropic(40, 0.7, mean=0.4)
    true = stats.ncx2.cdf(square_of(model, 1.5) * 0.49, 40, 40 * 0.16)
    assert share("standard_normal", model, 1.5) == pytest.approx(true, rel=1e-9)


def test_independent_axes_of_a_correlated_plane():
    correlation, level = 0.8, 1.3
    axes = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    model = model_of(gaussian([5, -3], axes, np.sqrt([1 + correlation, 1 - correlation])))
    inverse = np.linalg.inv([[1, correlation], [correlation, 1]])
    square = square_of(model, level)

    # In polar coordinates the radial integral is elementary.
    def inner(angle):
        direction = np.array([np.cos(angle), np.sin(angle)])
        return -np.expm1(-square / (direction @ inverse @ direction) / 2) / (2 * np.pi)

    true = integrate.quad(inner, 0, 2 * np.pi, epsrel=1e-12)[0]
    assert share("axis_normal", model, level) == pytest.approx(true, rel=1e-10)


@pytest.mark.parametrize("sampler", ["uniform_cube", "uniform_ball"])
@pytest.mark.parametrize("d", [2, 3, 250])
def test_an_ellipsoid_within_the_body(sampler, d):
    model = model_of(rotated(d, 0, np.geomspace(0.02, 0.001, d), np.full(d, 0.001)))
    option = {"uniform_cube": "half_width", "uniform_ball": "radius"}[sampler]
    found = log10_hit_probability(sampler, model, 2.0, **{option: 1.0})
    unit_ball = d / 2 * np.log(np.pi) - special.gammaln(d / 2 + 1)
    log_volume = (
        unit_ball + d / 2 * np.log(square_of(model, 2.0)) + np.log(model.fit.variances).sum() / 2
    )
    true = log_volume - (d * np.log(2) if sampler == "uniform_cube" else unit_ball)
    assert found.log10 == pytest.approx(true / np.log(10), rel=1e-10)
    assert (found.error, found.method) == (0, "closed form")


@pytest.mark.parametrize("reach", [0.15, 0.02])
def test_a_cube_cuts_a_corner_off_a_disc(reach):
    # The disc of radius 1 around (a, a) just reaches the corner of the unit square; at 0.02 the
    # share of it inside is small enough for splitting.
    centre = 1 + (1 - reach) / np.sqrt(2)
    model = isotropic(2, 1.0, centre)
    level = level_of(1.0, 2)

    def width(x):
        return max(0.0, 1 - (centre - np.sqrt(max(0.0, 1 - (x - centre) ** 2))))

    area = integrate.quad(width, centre - 1, 1, epsabs=1e-12, limit=200)[0]
    found = log10_hit_probability("uniform_cube", model, level, half_width=1.0, seed=3)
    assert found.method == "simulation"
    assert found.log10 == pytest.approx(np.log10(area / 4), abs=4 * found.error)
    assert 0 < found.error < 0.2


def test_a_slab_of_an_ellipsoid_in_many_dimensions():
    # The ball holds all but the first coordinate's reach: the first is cut at -+1 of 8 sd.
    d = 12
    axes, sd = np.eye(d), np.r_[1e4, np.full(d - 1, 1e-3)]
    model = model_of(gaussian(np.zeros(d), axes, sd))
    radius = np.sqrt(square_of(model, 1.0))
    found = log10_hit_probability("uniform_cube", model, 1.0, half_width=1.0)
    # u_1 of the unit ball within a: its square follows Beta(1/2, (d + 1)/2).
    inside = special.betainc(0.5, (d + 1) / 2, (1 / (1e4 * radius)) ** 2)
    log_ball = d / 2 * np.log(np.pi) - special.gammaln(d / 2 + 1)
    log_ratio = log_ball + d * np.log(radius) + np.log(sd).sum() - d * np.log(2)
    true = (log_ratio + np.log(inside)) / np.log(10)
    assert found.log10 == pytest.approx(true, abs=4 * found.error)
    assert found.error < 0.3


@pytest.mark.parametrize("body", [Cube(1.0), Ball(1.0)])
def test_nearest_vector_of_a_body(body):
    fit = rotated(3, 1, [2.0, 0.5, 0.1], [1.5, -2, 0.3])
    z = body.draw(model_of(fit), 200_000, 0)
    nearest = fit.d2(z).min()
    assert body.least_d2(fit) <= nearest
    assert body.least_d2(fit) == pytest.approx(nearest, rel=0.1)
    assert body.least_d2(replace(fit, mean=np.full(3, 0.1))) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("lengths", [(0.0, 1.0), (3.0, 4.0), (0.5, 0.6)])
@pytest.mark.parametrize("shifts", [(0.0, 0.0, 0.0), (1.0, -2.0, 0.5), (1.0, 0.0, 0.0)])
def test_least_square_of_a_shell(lengths, shifts):
    scales, shifts = np.array([2.0, 1.0, 0.5]), np.array(shifts)
    rng = np.random.default_rng(0)
    v = rng.standard_normal((400_000, 3))
    v *= (rng.uniform(*lengths, len(v)) / np.linalg.norm(v, axis=1))[:, None]
    nearest = np.sum((scales * v + shifts) ** 2, axis=1).min()
    least = least_square(scales, shifts, *lengths)
    assert least <= nearest + 1e-9
    assert least == pytest.approx(nearest, rel=0.1, abs=0.01)


@pytest.mark.parametrize("sampler", ["uniform_cube", "uniform_ball"])
def test_bodies_beside_the_ellipsoid_never_hit(sampler):
    option = {"uniform_cube": "half_width", "uniform_ball": "radius"}[sampler]
    assert log10_hit_probability(sampler, isotropic(5, 0.1, 3.0), 2.0, **{option: 1.0}) == NEVER


def test_bodies_within_the_ellipsoid_always_hit():
    found = log10_hit_probability("uniform_ball", isotropic(5, 10.0), 2.0, radius=1.0)
    assert found.log10 == 0
    assert 0 < found.error < 1e-4


def test_planes_fill_a_disc_evenly():
    model = isotropic(2, 3.0)
    assert share("principal_planes", model, 1.0) == pytest.approx(square_of(model, 1.0) / 4)
    one = isotropic(1, 3.0)
    semicircle = integrate.quad(lambda v: 2 / np.pi * np.sqrt(1 - v**2), -0.5, 0.5)[0]
    assert share("principal_planes", one, 1.0) == pytest.approx(semicircle)
    assert share("principal_planes", one, 3.0) == 1


def test_elliptical_has_the_observed_radii():
    model = isotropic(4, 1.0)  # radii evenly from 0 to 5
    for radius in (0.3, 2.5, 4.9):
        assert share("elliptical", model, level_of(radius**2, 4)) == pytest.approx(radius / 5)
    inner = replace(model, radii=np.array([1.0, 1.0, 1.0, 2.0, 3.0]))
    assert log10_hit_probability("elliptical", inner, level_of(0.9, 4)) == NEVER
    assert share("elliptical", inner, level_of(1 + 1e-9, 4)) == pytest.approx(0.5)


@pytest.mark.parametrize("level", [0.01, 1.0, 3.0, 20.0])
def test_the_fit_itself_holds_the_share_of_the_level(level):
    model = isotropic(9, 0.2, 1.0)
    for sampler in ("ellipsoid", "core", "mixture"):
        assert share(sampler, model, level) == pytest.approx(level_share(level), rel=1e-9)


def test_shells_of_the_ellipsoid():
    model = isotropic(9, 0.2, 1.0)
    found = log10_hit_probability("ellipsoid", model, 20.0, level_min=19.9, level_max=20.1)
    tail = stats.norm.sf([19.9, 20, 20.1])
    true = np.log10((tail[0] - tail[1]) / (tail[0] - tail[2]))
    assert found.log10 == pytest.approx(true, rel=1e-9)
    assert log10_hit_probability("ellipsoid", model, 1.0, level_min=2.0) == NEVER
    assert share("ellipsoid", model, 1.0, level_max=1.0) == 1


def test_shells_of_a_core_that_hardly_reach_inside():
    # A core twice as wide, whose shell at level 3 reaches level 0.02 by its short axis alone.
    d = 3
    core = gaussian(np.zeros(d), np.eye(d), [2.0, 2.0, 0.05])
    model = model_of(isotropic(d, 1.0).fit, core)
    options = {"level_min": 2.9, "level_max": 3.1}
    found = log10_hit_probability("core", model, 0.02, **options)
    z = sample(model, "core", 2_000_000, seed=5, **options)
    hits = np.sum(np.einsum("ij,ij->i", z, z) <= square_of(model, 0.02))
    assert hits > 100
    assert 10**found.log10 == pytest.approx(hits / len(z), rel=0.5)
    assert log10_hit_probability("core", model, 1e-6, **options) == NEVER


def test_rank_deficient_fits():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((500, 3)) @ rng.standard_normal((3, 3))
    dead = fit_latent_model(np.column_stack([z, np.full(500, 2.0)]))
    for sampler in ("standard_normal", "uniform_cube", "uniform_ball"):
        assert log10_hit_probability(sampler, dead, 2.0) == NEVER
    # Its dead coordinate is drawn at the mean, and the others as without it.
    live = fit_latent_model(z)
    assert share("axis_normal", dead, 1.0) == pytest.approx(share("axis_normal", live, 1.0))
    assert 0 < share("axis_normal", dead, 1.0) < 1
    collinear = fit_latent_model(np.column_stack([z, z @ [1, 1, 1]]))
    assert log10_hit_probability("axis_normal", collinear, 2.0) == NEVER
    assert share("ellipsoid", collinear, 2.0) == pytest.approx(level_share(2.0))


@pytest.mark.parametrize("sampler", RANDOM_SAMPLERS)
def test_chances_grow_with_the_level(cloud, sampler):
    found = [log10_hit_probability(sampler, cloud, level) for level in (0, 0.2, 1, 3, 6, 36)]
    assert found[0] == NEVER
    for low, high in pairwise(found):
        noise = 4 * np.hypot(low.error, high.error) if low.method == "simulation" else 1e-9
        assert low.log10 <= high.log10 + noise
    assert found[-1].log10 <= 0
    assert found[-1].log10 == pytest.approx(0, abs=1e-6) or "uniform" in sampler


def test_the_seed_decides(cloud):
    options = {"half_width": 1.5}
    one, same, other = (
        log10_hit_probability("uniform_cube", cloud, 1.0, seed, **options) for seed in (0, 0, 1)
    )
    assert one == same
    assert one.log10 != other.log10


@pytest.mark.parametrize("level", [-1.0, np.nan, np.inf, 37, True, "2", None])
def test_levels_that_are_none(cloud, level):
    with pytest.raises(InputError, match="level is"):
        log10_hit_probability("ellipsoid", cloud, level)


@pytest.mark.parametrize(
    ("sampler", "options", "message"),
    [
        ("line", {}, "nothing at random"),
        ("elipsoid", {}, "did you mean 'ellipsoid'"),
        ("ellipsoid", {"radius": 2}, "has no option 'radius'"),
        ("ellipsoid", {"level_min": 3, "level_max": 2}, "not below"),
        ("uniform_ball", {"radius": -1}, "radius is"),
        ("uniform_cube", {"half_width": 0}, "half_width is"),
        ("principal_planes", {"radius": np.nan}, "radius is"),
        ("leading", {"axes": 7}, "axes is"),
        ("ellipsoid", {"seed": -1}, "seed is"),
    ],
)
def test_requests_that_make_no_sense(cloud, sampler, options, message):
    with pytest.raises(InputError, match=message):
        log10_hit_probability(sampler, cloud, 1.0, **options)


def test_empirical_needs_vectors(cloud):
    with pytest.raises(InputError, match="needs real latent vectors"):
        log10_hit_probability("empirical", replace(cloud, vectors=None), 1.0)
