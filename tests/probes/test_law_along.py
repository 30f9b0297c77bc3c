import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_latents.probes.law_along import axis_laws, law_along

N = 2400


def measured(positions, values, continuous=True):
    return law_along(positions, values, axis_laws(positions[:, None])[0], continuous)


def curved(rng, bend, n=N):
    """Positions whose mean is value + bend * (value^2 - 1), with noise that grows outwards."""
    values = rng.standard_normal(n)
    noise = rng.standard_normal(n) * (1 + 0.5 * np.abs(values))
    return values + bend * (values**2 - 1) + noise, values


@pytest.mark.parametrize("bend", [0.0, 0.3])
def test_curvature_is_unbiased_and_its_error_is_that_of_repetition(bend):
    rng = np.random.default_rng(1)
    found = [measured(*curved(rng, bend)).curvature for _ in range(60)]
    values = np.array([each.value for each in found])
    truth = 2 * bend**2 / (1 + 2 * bend**2)
    # A line in each of ten bins misses a little of the bend within the outer ones.
    assert values.mean() == pytest.approx(truth, abs=0.02 * truth + 3 * values.std() / 60**0.5)
    mean_error = np.sqrt(np.mean([each.error**2 for each in found]))
    assert mean_error == pytest.approx(values.std(), rel=0.35)


def test_curvature_of_whole_numbers_is_the_analysis_of_variance():
    rng = np.random.default_rng(2)
    values = rng.integers(0, 5, 20_000).astype(float)
    found = measured(values**2 + rng.standard_normal(len(values)), values)
    straight = np.corrcoef(values, values**2)[0, 1] ** 2
    assert found.curvature.value == pytest.approx(1 - straight, abs=3 * found.curvature.error)
    assert found.curvature.error < 0.002


def test_curvature_is_unknown_for_two_values_and_where_nothing_is_explained():
    rng = np.random.default_rng(3)
    positions = rng.standard_normal(N)
    assert np.isnan(measured(positions, rng.standard_normal(N)).curvature.value)
    assert np.isnan(measured(positions, (positions > 0) * 1.0, False).curvature.value)


@pytest.mark.parametrize("known", [10, 15, 20, 25, 30])
def test_few_known_values_leave_the_curvature_unknown(known):
    rng = np.random.default_rng(known)
    positions, values = curved(rng, 0.0, 400)
    values[known:] = np.nan
    found = measured(positions, values)
    assert np.isnan(found.curvature.value)
    assert np.isnan(found.curvature.error)
    expected = np.corrcoef(positions[:known], values[:known])[0, 1]
    assert found.correlation.value == pytest.approx(expected)
    assert found.values.n == known


def test_correlation_and_its_error():
    rng = np.random.default_rng(4)
    values = rng.standard_normal(N)
    positions = 0.6 * values + 0.8 * rng.standard_normal(N)
    found = measured(positions, values).correlation
    assert found.value == pytest.approx(np.corrcoef(positions, values)[0, 1])
    assert found.error == pytest.approx((1 - 0.36) / np.sqrt(N), rel=0.7)
    values[:100] = np.nan
    known = np.corrcoef(positions[100:], values[100:])[0, 1]
    assert measured(positions, values).correlation.value == pytest.approx(known)


@settings(deadline=None, max_examples=15)
@given(st.floats(0.01, 100), st.floats(-1000, 1000))
def test_units_do_not_matter(scale, shift):
    positions, values = curved(np.random.default_rng(5), 0.3, 600)
    one, other = measured(positions, values), measured(positions, values * scale + shift)
    assert other.curvature.value == pytest.approx(one.curvature.value, abs=1e-6)
    assert other.correlation.value == pytest.approx(one.correlation.value)


def test_laws_are_called_what_they_are():
    rng = np.random.default_rng(6)
    sign = 2 * rng.integers(0, 2, N) - 1
    columns = [
        rng.standard_normal(N),
        0.9 * sign + np.sqrt(0.19) * rng.standard_normal(N),
        rng.exponential(size=N),
    ]
    laws = axis_laws(np.stack(columns, axis=1))
    assert [law.kind for law in laws] == ["normal", "bimodal", "neither"]
    assert laws[2].skewness == pytest.approx(2, abs=0.4)
    assert axis_laws(columns[0][:300, None])[0].kind == "undecided"
    found = measured(columns[0], columns[1])
    assert (found.positions.kind, found.values.kind) == ("normal", "bimodal")
    assert measured(columns[0], (sign > 0) * 1.0, False).values is None
