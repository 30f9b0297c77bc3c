"""What every sampler must hold; a new one joins by a subclass of a few lines."""

from copy import deepcopy
from typing import ClassVar

import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.generate import (
    RANDOM_SAMPLERS,
    SAMPLERS,
    fit_latent_model,
    load_latent_model,
    sample,
    save_latent_model,
    with_vectors,
)

N = 40
KINDS = {"full": (600, 6, 6), "flat": (600, 6, 4), "ray": (300, 5, 1), "one": (300, 1, 1)}
KINDS["few"] = (8, 6, 6)
NOT_NUMBERS = ("5", "", None, True, float("nan"), [5], {}, np.array([5]), 1j)
NOT_WHOLE = (*NOT_NUMBERS, -3, 2.5, float("inf"), 10**400, np.float32(2.5))
NOT_POSITIVE = (*NOT_NUMBERS[:2], *NOT_NUMBERS[3:], 0, -1, float("inf"), 1e300, 10**400)
NOT_LEVELS = (*NOT_NUMBERS, -1, float("-inf"))


def cloud(n, d, rank, seed=0):
    """Heavy-tailed, tilted, stretched and off the origin, in a subspace."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, rank)) * np.sqrt(8 / rng.chisquare(8, (n, 1)))
    mixing = np.linalg.qr(rng.standard_normal((d, d)))[0][:rank] * np.geomspace(3, 1, rank)[:, None]
    return x @ mixing + 5


def fitted(z):
    return fit_latent_model(z, keep_vectors=True)


@pytest.fixture(scope="module")
def models():
    return {kind: fitted(cloud(*sizes)) for kind, sizes in KINDS.items()}


@pytest.fixture(scope="module")
def moved():
    """The latent model of the full cloud, that of its image under a map, and the map."""
    z = cloud(*KINDS["full"])
    rng = np.random.default_rng(1)
    rotation = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    maps = {"scaled": 8 * np.eye(6), "similar": 3 * rotation}
    maps["affine"] = rotation * np.geomspace(1, 100, 6) @ rng.standard_normal((6, 6))
    return {name: fitted(z @ matrix + np.arange(6.0)) for name, matrix in maps.items()}


class SamplerConformance:
    name: str
    bad: ClassVar[dict[str, tuple]] = {}  # values to refuse, by option
    good: ClassVar[dict[str, tuple]] = {}  # values that change what is drawn, by option
    random = True
    within = True  # whether vectors stay within the subspace of the fit
    scales = True  # whether they move and scale with the cloud
    keeps_d2: tuple = ()  # maps of the cloud that leave the Mahalanobis radii as they were

    def fit(self, model):
        return model.fit

    @pytest.fixture
    def model(self, models):
        return models["full"]

    def draw(self, model, n=N, seed=0, **options):
        return sample(model, self.name, n, seed, **options)

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("n", [1, N])
    def test_shape_type_and_finite(self, models, kind, n):
        z = self.draw(models[kind], n)
        assert z.shape == (n, models[kind].d)
        assert z.dtype == np.float64
        assert np.isfinite(z).all()

    def test_seed(self, model):
        z = self.draw(model)
        np.testing.assert_array_equal(z, self.draw(model))
        for seed in (1, 2**40):
            assert np.array_equal(z, self.draw(model, seed=seed)) != self.random

    def test_whole_numbers_of_any_type(self, model):
        z = self.draw(model, 3, 2)
        for n, seed in ((np.int64(3), np.uint8(2)), (3.0, 2.0), (np.float32(3), np.int32(2))):
            np.testing.assert_array_equal(z, self.draw(model, n, seed))

    def test_a_bad_number_of_vectors_is_refused(self, model):
        for n in (0, 2**40, *NOT_WHOLE):
            with pytest.raises(InputError, match=r"^n is .*: give a number of vectors .* from 1"):
                self.draw(model, n)

    def test_a_bad_seed_is_refused(self, model):
        for seed in NOT_WHOLE:
            with pytest.raises(InputError, match=r"^seed is .*: give a whole number, from 0 to"):
                self.draw(model, seed=seed)

    @pytest.mark.parametrize("option", ["wrong", "model", "rng"])
    def test_an_unknown_option_is_refused(self, model, option):
        with pytest.raises(InputError, match=f"{self.name} has no option '{option}'") as raised:
            sample(model, self.name, **{option: 1})
        known = {*self.good, *self.bad}
        assert all(name in str(raised.value) for name in known)
        assert known or "it has none" in str(raised.value)

    def test_bad_values_are_refused_in_one_short_sentence(self, model):
        for option, values in self.bad.items():
            for value in values:
                with pytest.raises(InputError, match=option) as raised:
                    self.draw(model, **{option: value})
                assert len(str(raised.value)) < 250
                assert "\n" not in str(raised.value)

    def test_options_change_what_is_drawn(self, model):
        plain = self.draw(model)
        for option, values in self.good.items():
            for value in values:
                other = self.draw(model, **{option: value})
                assert other.shape == plain.shape
                assert np.isfinite(other).all()
                assert not np.allclose(other, plain)

    def test_the_latent_model_is_not_changed(self, model):
        before = deepcopy(model)
        z = self.draw(model)
        z += 1
        for part in ("fit", "core", "mixture"):
            for field, value in vars(getattr(before, part)).items():
                np.testing.assert_array_equal(getattr(getattr(model, part), field), value)
        np.testing.assert_array_equal(model.radii, before.radii)
        np.testing.assert_array_equal(model.vectors, before.vectors)

    @pytest.mark.parametrize("kind", ["flat", "ray"])
    def test_the_subspace_of_the_fit(self, models, kind):
        fit = self.fit(models[kind])
        off = fit.distance_off(self.draw(models[kind], 200)).max()
        assert off < 1e-5 if self.within else off > 0.1

    def test_scaling_and_shift_of_the_cloud(self, model, moved):
        expected = 8 * self.draw(model) + np.arange(6.0)
        z = self.draw(moved["scaled"])
        assert np.allclose(z, expected, rtol=1e-4, atol=1e-4) == self.scales

    def test_maps_that_leave_the_radii(self, model, moved):
        own = self.fit(model).d2(self.draw(model))
        assert own.std() > 0.1
        for name in self.keeps_d2:
            d2 = self.fit(moved[name]).d2(self.draw(moved[name]))
            np.testing.assert_allclose(d2, own, rtol=1e-6)

    def test_saved_and_loaded(self, model, tmp_path):
        save_latent_model(tmp_path / "model.npz", model)
        loaded = with_vectors(load_latent_model(tmp_path / "model.npz"), model.vectors)
        np.testing.assert_array_equal(self.draw(loaded), self.draw(model))


class TestStandardNormal(SamplerConformance):
    name, within, scales = "standard_normal", False, False


class TestUniformCube(SamplerConformance):
    name, within, scales = "uniform_cube", False, False
    bad: ClassVar = {"half_width": NOT_POSITIVE}
    good: ClassVar = {"half_width": (0.5, 7)}


class TestUniformBall(SamplerConformance):
    name, within, scales = "uniform_ball", False, False
    bad: ClassVar = {"radius": NOT_POSITIVE}
    good: ClassVar = {"radius": (0.5, np.float32(7))}


class TestAxisNormal(SamplerConformance):
    name, within = "axis_normal", False


class TestEllipsoid(SamplerConformance):
    name, keeps_d2 = "ellipsoid", ("similar", "affine")
    bad: ClassVar = {
        "level_min": (*NOT_LEVELS, float("inf"), 37, 10**400),
        "level_max": (*NOT_LEVELS, 0),
    }
    good: ClassVar = {
        "level_min": (1, 36, np.float32(36.9)),
        "level_max": (1, 1e-17, 1e-3, 6),
    }

    def test_an_empty_shell_is_refused(self, model):
        with pytest.raises(InputError, match="level_min 2 is not below level_max 2"):
            self.draw(model, level_min=2, level_max=2.0)

    def test_no_limit_is_the_default(self, model):
        z = self.draw(model, level_min=0, level_max=float("inf"))
        np.testing.assert_array_equal(z, self.draw(model))
        for level_max in (40, 1e300, 10**400):
            far = self.draw(model, level_min=8, level_max=level_max)
            np.testing.assert_allclose(far, self.draw(model, level_min=8))


class TestCore(TestEllipsoid):
    name = "core"

    def fit(self, model):
        return model.core


class TestPrincipalPlanes(SamplerConformance):
    name, keeps_d2 = "principal_planes", ("similar",)
    bad: ClassVar = {"radius": (None, *NOT_POSITIVE)}
    good: ClassVar = {"radius": (0.5, 3)}


class TestLine(SamplerConformance):
    name, random, keeps_d2 = "line", False, ("similar", "affine")
    bad: ClassVar = {
        "axis": (*NOT_NUMBERS[:2], *NOT_NUMBERS[3:], 0, -1, 2.5, 7, float("inf")),
        "plane": ("12", 1, (), (1,), (1, 2, 3), (1, 1), (1, 1.0), (1, 1.5), (0, 1), (1, 7)),
        "angle": (*NOT_NUMBERS, 45, float("inf")),
        "start": ("ab", 1.0, [1.0], [[1, 2], [1]], [np.nan] * 6, ["1"] * 6, [1e300] * 6),
        "end": ([None] * 6, {}, np.zeros((1, 6)), np.zeros(6)),
        "sd": (None, *NOT_POSITIVE),
    }
    good: ClassVar = {
        "axis": (2, np.int64(3), 2.0),
        "plane": ((1, 2), [3, 1], np.array([2.0, 5.0])),
        "sd": (1, 20.5),
    }


class TestElliptical(SamplerConformance):
    name, keeps_d2 = "elliptical", ("similar", "affine")


class TestLeading(SamplerConformance):
    name, keeps_d2 = "leading", ("similar",)
    bad: ClassVar = {"axes": (*NOT_NUMBERS[:2], *NOT_NUMBERS[3:], 0, 7, 2.5)}
    good: ClassVar = {"axes": (1, np.int64(6), 2.0)}


class TestMixture(SamplerConformance):
    name = "mixture"


class TestEmpirical(SamplerConformance):
    name, keeps_d2 = "empirical", ("similar",)


def test_no_sampler_goes_untested():
    assert {each.name for each in _all(SamplerConformance)} == set(SAMPLERS)
    assert set(SAMPLERS) - {"line"} == set(RANDOM_SAMPLERS)


def _all(kind):
    return [each for sub in kind.__subclasses__() for each in (sub, *_all(sub))]


@pytest.mark.parametrize("name", ["gaussian", "", None, 3, ["ellipsoid"], {}], ids=repr)
def test_an_unknown_sampler_is_refused(models, name):
    with pytest.raises(InputError, match="There is no sampler") as raised:
        sample(models["full"], name)
    assert all(known in str(raised.value) for known in SAMPLERS)


def test_a_misspelt_sampler_is_guessed(models):
    with pytest.raises(InputError, match="did you mean 'ellipsoid'"):
        sample(models["full"], "elipsoid")
