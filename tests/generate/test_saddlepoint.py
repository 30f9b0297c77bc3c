from fractions import Fraction
from math import comb, factorial, floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from mlflow_latents.generate.saddlepoint import NormalSquares, PlaneSquares, log_distribution


def log_chi_square(k, x):
    """Log of the distribution function by the series of the lower incomplete gamma function."""
    half, ratio = k / 2, x / 2
    terms = np.cumprod(ratio / (half + np.arange(1, 20_000)))
    return half * np.log(ratio) - ratio - special.gammaln(half + 1) + np.log1p(terms.sum())


def log_tilted(law, x, n=200_000, seed=0):
    """Log of P(S <= x) of normal squares, and its error, by exponentially tilted simulation."""
    t = -np.geomspace(1e-6, 1e12, 20_000) / x
    t = t[np.argmin(law.cumulants(t) - t * x)]
    spread = 1 - 2 * law.scales**2 * t
    u = np.random.default_rng(seed).standard_normal((n, len(spread)))
    parts = law.scales * (u / np.sqrt(spread) + 2 * t * law.scales * law.shifts / spread)
    total = np.sum((parts + law.shifts) ** 2, axis=1)
    weights = np.where(total <= x, np.exp(-t * np.minimum(total - x, 0)), 0)
    log_share = law.cumulants(np.array([t]))[0] - t * x + np.log(weights.mean())
    return log_share, weights.std() / weights.mean() / np.sqrt(n)


def log_irwin_hall(count, x):
    """Log of P(S <= x) for a sum of uniform variables, in exact fractions."""
    x = Fraction(x)
    terms = ((-1) ** j * comb(count, j) * (x - j) ** count for j in range(floor(x) + 1))
    share = sum(terms) / factorial(count)
    return np.log(float(share))


@pytest.mark.parametrize("k", [1, 2, 3, 6, 250])
@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize("share", [1e-10, 1e-3, 0.1, 0.9, 1.0, 1.1])
def test_equal_weights_are_chi_square(k, scale, share):
    law = NormalSquares(np.full(k, scale), np.zeros(k))
    log_share, error = log_distribution(law, share * k * scale**2)
    true = log_chi_square(k, share * k)
    assert log_share == pytest.approx(true, rel=1e-12, abs=1e-12)
    assert error < 1e-10


@pytest.mark.parametrize("k", [1, 2, 5, 250])
@pytest.mark.parametrize("squared", [0.1, 3.0, 100.0])
@pytest.mark.parametrize("share", [0.3, 1.0, 1.4])
def test_shifts_are_noncentral_chi_square(k, squared, share):
    x = share * (k + squared)
    shifts = np.random.default_rng(0).standard_normal(k)
    shifts *= np.sqrt(squared) / np.linalg.norm(shifts)
    log_share, error = log_distribution(NormalSquares(np.ones(k), shifts), x)
    assert log_share == pytest.approx(np.log(stats.ncx2.cdf(x, k, squared)), rel=1e-9, abs=1e-9)
    assert error < 1e-10


@pytest.mark.parametrize(("scales", "shifts", "x"), [((1, 0.2), (1, -2), 0.5), ((2, 3), (1, 0), 9)])
def test_two_squares_by_integration(scales, shifts, x):
    (a, b), (s, t) = scales, shifts

    def inner(u):
        rest = np.sqrt(max(x - (a * u + s) ** 2, 0))
        return stats.norm.pdf(u) * (
            stats.norm.cdf((rest - t) / b) - stats.norm.cdf((-rest - t) / b)
        )

    low, high = (-np.sqrt(x) - s) / a, (np.sqrt(x) - s) / a
    true = integrate.quad(inner, low, high, epsrel=1e-12)[0]
    log_share, _ = log_distribution(NormalSquares(np.array(scales), np.array(shifts)), x)
    assert log_share == pytest.approx(np.log(true), rel=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_other_weights_by_tilted_simulation(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 30))
    law = NormalSquares(np.exp(2 * rng.standard_normal(k)), 3 * rng.standard_normal(k))
    mean = np.sum(law.scales**2 + law.shifts**2)
    for share in (1e-4, 1e-2, 0.3):
        true, noise = log_tilted(law, share * mean)
        assert log_distribution(law, share * mean)[0] == pytest.approx(true, abs=4 * noise)


def test_far_below_what_floats_hold():
    rng = np.random.default_rng(0)
    law = NormalSquares(np.geomspace(0.1, 10, 250), 20 * rng.standard_normal(250))
    x = 9000.0
    log_share, error = log_distribution(law, x)
    true, noise = log_tilted(law, x, 20_000)
    assert log_share / np.log(10) < -200
    assert log_share == pytest.approx(true, abs=4 * noise)
    assert noise < 0.2
    assert error < 1e-9


def test_constant_parts_shift_the_law():
    law = NormalSquares(np.array([1.0, 2, 0]), np.array([1.0, -1, 3]))
    bare = NormalSquares(law.scales[:2], law.shifts[:2])
    log_share, _ = log_distribution(law, 9.5)
    assert log_share == pytest.approx(log_distribution(bare, 0.5)[0], abs=1e-11)


@given(
    seed=st.integers(0, 1000),
    k=st.integers(1, 12),
    share=st.floats(1e-6, 3),
    more=st.floats(1e-3, 3),
)
@settings(max_examples=60, deadline=None)
def test_a_distribution_function(seed, k, share, more):
    rng = np.random.default_rng(seed)
    law = NormalSquares(np.exp(rng.standard_normal(k)), rng.standard_normal(k))
    x = share * np.sum(law.scales**2 + law.shifts**2)
    (low, error), (high, _) = (log_distribution(law, at) for at in (x, x * (1 + more)))
    assert low <= high + 1e-9
    assert low <= 0
    assert error < 1e-8


@pytest.mark.parametrize("pairs", [2, 3, 8, 20])
@pytest.mark.parametrize("share", [0.01, 0.25, 0.5, 0.9])
def test_pairs_in_planes_are_a_sum_of_uniforms(pairs, share):
    log_share, error = log_distribution(PlaneSquares(2 * pairs), share * pairs)
    true = log_irwin_hall(pairs, share * pairs)
    assert log_share == pytest.approx(true, abs=1e-10)
    assert abs(log_share - true) < 10 * error + 1e-14


def test_many_pairs_at_a_tiny_share_are_a_single_term():
    log_share, _ = log_distribution(PlaneSquares(250), 0.5)
    assert log_share == pytest.approx(125 * np.log(0.5) - special.gammaln(126), rel=1e-12)


@pytest.mark.parametrize("x", [0.05, 0.8, 1.3, 1.9])
def test_an_odd_last_coordinate(x):
    # Uniform plus the square of one coordinate of a uniform disc, whose density is a semicircle's.
    def inner(v):
        return 4 / np.pi * np.sqrt(1 - v**2) * np.clip(x - v**2, 0, 1)

    kinks = [np.sqrt(x - j) for j in (0, 1) if 0 < x - j < 1]
    true = integrate.quad(inner, 0, min(1, np.sqrt(x)), points=kinks, epsrel=1e-11)[0]
    log_share, error = log_distribution(PlaneSquares(3), x)
    assert log_share == pytest.approx(np.log(true), abs=1e-8)
    assert error < 1e-8
