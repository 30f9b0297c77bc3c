"""What every test of multivariate normality must hold; a new one joins by a subclass."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlflow_latents.errors import InputError
from mlflow_latents.stats import fit_gaussian
from mlflow_latents.stats.battery import TESTS, MonteCarlo, multivariate_normality


def exponential(n, d, rng):
    return rng.exponential(size=(n, d))


def heavy_tailed(n, d, rng):
    return rng.standard_normal((n, d)) / np.sqrt(rng.chisquare(4, (n, 1)) / 4)


def light_directions(n, d, rng):
    """Draw corners of a cube as directions, with the radii of an MND."""
    length = np.sqrt(rng.chisquare(d, (n, 1)) / d)
    return rng.choice([-1.0, 1.0], (n, d)) * length


def signed_pairs(n, d, rng):
    z = rng.standard_normal((n, d)) * np.linspace(4, 1, d)
    z[:, 1] = z[:, 0] * rng.choice([-0.8, 0.8], n)
    return z


def one_exponential(n, d, rng):
    z = rng.standard_normal((n, d))
    z[:, 0] = rng.exponential(size=n)
    return z @ np.linalg.qr(np.random.default_rng(1).standard_normal((d, d)))[0]


class NormalityTestConformance:
    name: str
    sees: tuple = ()  # alternatives rejected at n = 600, d = 4

    def vectors(self, n=600, d=4, law=None, seed=0):
        rng = np.random.default_rng(seed)
        return rng.standard_normal((n, d)) if law is None else law(n, d, rng)

    def test_a_normal_sample_gives_a_whole_result(self):
        result = multivariate_normality(self.vectors(), self.name)
        assert (result.test, result.n, result.d) == (self.name, 600, 4)
        assert np.isfinite(result.statistic)
        assert np.isfinite(result.effect)
        assert ";" in result.effect_unit, "the unit tells the value of a normal distribution"
        assert result.directions.shape[1] == 4
        if TESTS[self.name].comparison_only:
            assert not result.informative
            assert np.isnan(result.pvalue)
            assert result.reason == TESTS[self.name].comparison_only
        else:
            assert result.informative
            assert result.pvalue > 0.001
            assert result.law
            assert result.reason == ""

    def test_the_same_seed_gives_the_same_result(self):
        one, two = (multivariate_normality(self.vectors(), self.name, seed=3) for _ in range(2))
        assert one.statistic == two.statistic
        assert one.pvalue == two.pvalue or np.isnan(one.pvalue)
        assert np.array_equal(one.directions, two.directions)

    def test_what_it_is_made_for_is_seen(self):
        assert self.sees
        for law in self.sees:
            result = multivariate_normality(self.vectors(law=law), self.name)
            if TESTS[self.name].comparison_only:
                result = multivariate_normality(
                    self.vectors(law=law), self.name, method="published"
                )
            assert result.pvalue < 0.001, law.__name__

    def test_directions_are_unit_rows(self):
        directions = multivariate_normality(self.vectors(), self.name).directions
        assert np.allclose(np.linalg.norm(directions, axis=1), 1)

    def test_held_out_vectors_are_judged_along_the_axes_of_the_fit(self):
        fit = fit_gaussian(self.vectors(seed=5) * [4, 3, 2, 1])
        result = multivariate_normality(self.vectors() * [4, 3, 2, 1] + 9, self.name, fit=fit)
        assert result.pvalue > 0.001 or np.isnan(result.pvalue)

    def test_a_simulated_null_agrees_on_what_is_plain(self):
        method = MonteCarlo(n_resamples=19, seed=0)
        small = {"n": 120, "d": 3}
        null = multivariate_normality(self.vectors(**small), self.name, method=method)
        if not null.informative:
            pytest.skip(null.reason)
        assert null.pvalue > 0.05
        assert "19 simulated" in null.law
        other = multivariate_normality(
            self.vectors(**small, law=self.sees[0]), self.name, method=method
        )
        assert other.pvalue == pytest.approx(0.05)

    def test_published_is_there_or_refused_in_one_sentence(self):
        if TESTS[self.name].published:
            result = multivariate_normality(self.vectors(100), self.name, method="published")
            assert 0 < result.pvalue <= 1
            assert result.law
        else:
            with pytest.raises(InputError, match="no published p-value: leave method away"):
                multivariate_normality(self.vectors(100), self.name, method="published")

    @pytest.mark.parametrize(("n", "d"), [(4, 2), (9, 7), (12, 1)])
    def test_tiny_samples_are_answered_or_refused_but_never_crash(self, n, d):
        result = multivariate_normality(self.vectors(n, d), self.name)
        assert result.informative != bool(result.reason)
        assert np.isfinite(result.pvalue) == result.informative

    def test_dependent_and_constant_columns_are_judged_in_their_subspace(self):
        z = self.vectors()
        wide = np.hstack([z, z[:, :1] + z[:, 1:2], np.full((600, 1), 7.0)])
        result = multivariate_normality(wide, self.name)
        assert result.d == 4
        assert result.pvalue > 0.001 or np.isnan(result.pvalue)

    def test_float32_far_from_the_origin(self):
        z = (self.vectors() + 1e4).astype(np.float32)
        same = multivariate_normality(z.astype(np.float64), self.name)
        result = multivariate_normality(z, self.name)
        assert result.statistic == pytest.approx(same.statistic, rel=1e-12)
        assert result.pvalue > 0.001 or np.isnan(result.pvalue)

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(seed=st.integers(0, 1000), spread=st.floats(0, 3))
    def test_affine_invariance_where_it_is_claimed(self, seed, spread):
        if not TESTS[self.name].affine_invariant:
            return
        rng = np.random.default_rng(seed)
        one = np.linalg.qr(rng.standard_normal((4, 4)))[0] * 10 ** (spread * rng.random(4))
        moved = self.vectors(60, law=heavy_tailed) @ one + rng.standard_normal(4)
        before = TESTS[self.name].measure
        from mlflow_latents.stats.battery import sample_of

        a = before(sample_of(self.vectors(60, law=heavy_tailed), seed=seed))
        b = before(sample_of(moved, seed=seed))
        assert b.statistic == pytest.approx(a.statistic, rel=1e-8, abs=1e-8)


class TestRadial(NormalityTestConformance):
    name = "radial"
    sees = (heavy_tailed,)


class TestDirection(NormalityTestConformance):
    name = "direction"
    sees = (light_directions, exponential)

    def test_heavy_tails_alone_are_not_seen(self):
        rejected = [
            multivariate_normality(self.vectors(law=heavy_tailed, seed=s), "direction").pvalue
            < 0.05
            for s in range(40)
        ]
        assert sum(rejected) <= 6  # 5 % of 40 are 2


class TestMarginal(NormalityTestConformance):
    name = "marginal"
    sees = (exponential, heavy_tailed)

    def test_the_direction_is_that_coordinate(self):
        z = self.vectors()
        z[:, 2] = np.exp(z[:, 2])
        assert np.array_equal(multivariate_normality(z, "marginal").directions, [[0, 0, 1, 0]])


class TestPrincipal(NormalityTestConformance):
    name = "principal"
    sees = (exponential, heavy_tailed)

    def test_the_direction_is_that_axis(self):
        z = self.vectors() * [4, 3, 2, 1]
        z[:, 1] = 3 * np.random.default_rng(1).exponential(size=600)
        found = multivariate_normality(z, "principal").directions
        assert abs(found[0, 1]) > 0.95


class TestPlane(NormalityTestConformance):
    name = "plane"
    sees = (signed_pairs, heavy_tailed)

    def test_one_dimension_has_no_plane(self):
        result = multivariate_normality(self.vectors(d=1), "plane")
        assert result.reason == "There is no plane in one dimension."


class TestSliced(NormalityTestConformance):
    name = "sliced"
    sees = (exponential, heavy_tailed)


class TestPursuit(NormalityTestConformance):
    name = "pursuit"
    sees = (one_exponential, heavy_tailed)

    def test_the_direction_is_found(self):
        z = self.vectors(4000, 20, one_exponential)
        result = multivariate_normality(z, "pursuit")
        turn = np.linalg.qr(np.random.default_rng(1).standard_normal((20, 20)))[0]
        assert abs(result.directions[0] @ turn[0]) > 0.98
        assert result.effect == pytest.approx(6, rel=0.5)


class TestMardiaSkewness(NormalityTestConformance):
    name = "mardia_skewness"
    sees = (exponential, one_exponential)


class TestMardiaKurtosis(NormalityTestConformance):
    name = "mardia_kurtosis"
    sees = (heavy_tailed, exponential)


class TestHenzeZirkler(NormalityTestConformance):
    name = "henze_zirkler"
    sees = (exponential, heavy_tailed)


class TestEnergy(NormalityTestConformance):
    name = "energy"
    sees = (exponential, heavy_tailed)


class TestRoyston(NormalityTestConformance):
    name = "royston"
    sees = (exponential, heavy_tailed)


class TestDoornikHansen(NormalityTestConformance):
    name = "doornik_hansen"
    sees = (exponential, heavy_tailed)


def test_every_test_of_the_registry_is_held_to_it():
    held = {each.name for each in NormalityTestConformance.__subclasses__()}
    assert held == set(TESTS)


def test_an_unknown_test_and_an_unknown_method_are_named():
    z = np.random.default_rng(0).standard_normal((50, 2))
    with pytest.raises(InputError, match="no test 'shapiro': choose one of radial"):
        multivariate_normality(z, "shapiro")
    with pytest.raises(InputError, match="method is 'exact': give None"):
        multivariate_normality(z, "radial", method="exact")
    with pytest.raises(InputError, match="n_resamples is 0"):
        MonteCarlo(0)
    with pytest.raises(InputError, match="x has 2 dimensions and the fit 3"):
        multivariate_normality(
            z, "radial", fit=fit_gaussian(np.random.default_rng(0).random((9, 3)))
        )
