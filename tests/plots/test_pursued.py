import numpy as np
import pytest
from scipy import stats

from mlflow_latents.plots.pursued import draw_pursued, pursued_info
from mlflow_latents.stats.battery import run_battery, sample_of


def hidden(n=4000, seed=0):
    """One exponential component, hidden by a rotation."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, 6))
    z[:, 0] = rng.exponential(size=n)
    rotation = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    return z @ rotation, rotation


@pytest.fixture(scope="module", name="searched")
def _searched():
    z, rotation = hidden()
    return z, rotation, run_battery(sample_of(z, seed=3), ("pursuit",))


def test_the_hidden_component_is_shown_first(searched):
    z, _, battery = searched
    first = pursued_info(z, None, battery, seed=3).histograms[0]
    assert abs(first.skewness) == pytest.approx(2, abs=0.3)
    assert first.kurtosis == pytest.approx(6, abs=2)


def test_the_half_that_was_not_searched_gives_the_tests_own_pvalue(searched):
    z, _, battery = searched
    result = battery.result("pursuit")
    info = pursued_info(z, None, battery, seed=3)
    assert info.n == 2000
    assert not info.held_out
    assert info.histograms[0].pvalue == pytest.approx(result.pvalue, rel=1e-6)


def test_shown_are_standardised_positions_of_held_out_vectors(searched):
    z, _, battery = searched
    others = hidden(3000, seed=1)[0]
    info = pursued_info(z, others, battery, seed=3)
    assert info.held_out
    for shown, direction in zip(
        info.histograms, battery.result("pursuit").directions, strict=False
    ):
        x = others @ direction
        counts = np.histogram((x - x.mean()) / x.std(ddof=1), shown.edges)[0]
        np.testing.assert_allclose(shown.density * 3000 * np.diff(shown.edges), counts, atol=1)
        assert shown.skewness == pytest.approx(stats.skew(x))


def test_negentropy_of_the_hidden_component_is_the_exponentials(searched):
    z, _, battery = searched
    info = pursued_info(z, None, battery, seed=3)
    assert info.histograms[0].negentropy == pytest.approx(0.4189, abs=0.06)
    titles = [axes.get_title(loc="left") for axes in draw_pursued(info).axes]
    shown = [title for title in titles if "nats" in title]
    assert len(shown) == len(info.histograms)


def test_few_vectors_and_no_search_are_told(searched):
    z = searched[0]
    few = z[:30]
    assert "too few" in pursued_info(few, None, run_battery(sample_of(few), ("pursuit",)))
    said = pursued_info(few, None, run_battery(sample_of(z), ("marginal",)))
    assert "quick" in said
    draw_pursued(said)


def test_held_out_vectors_that_do_not_vary_are_not_drawn(searched):
    z, _, battery = searched
    assert "do not vary" in pursued_info(z, np.ones((50, 6)), battery, seed=3)
