"""What a power card promises, against simulated clouds of that very departure."""

import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.stats import power_card
from mlflow_latents.stats.battery import sample_of
from mlflow_latents.stats.battery.registry import run_test
from mlflow_latents.stats.power import KINDS

N, D, CLOUDS = 2000, 10, 40
CARD = power_card(N, D)
LEVEL = CARD.alpha / 8


def variance_gamma(size, shape, rng):
    return rng.standard_normal(shape) * np.sqrt(rng.gamma(3 / size, size / 3, shape))


def gamma(size, shape, rng):
    k = 4 / size**2
    return (rng.gamma(k, size=shape) - k) / np.sqrt(k)


def groups(size, shape, rng):
    return rng.standard_normal(shape) + size * (rng.random(shape) < 0.5)


def shared(z, size, rng):
    chosen = rng.random(N) < size
    z[chosen, 1] = z[chosen, 0] * rng.choice([-1, 1], chosen.sum())


def cloud(name, size, rng):
    """Draw a cloud whose departure has the size of a power card's."""
    z = rng.standard_normal((N, D))
    scales = np.geomspace(9, 1, D)
    match name:
        case "heavy-tailed axis":
            z[:, 0] = variance_gamma(size, N, rng)
        case "skewed axis":
            z[:, 0] = gamma(size, N, rng)
        case "two groups":
            z[:, 0] = groups(size, N, rng)
        case "hidden direction":
            z[:, 0], scales = gamma(size, N, rng), np.ones(D)
        case "dependent axes":
            shared(z, size, rng)
        case "spread radii":
            freedom = 4 + 2 / size**2
            z *= np.sqrt(freedom / rng.chisquare(freedom, (N, 1)))
        case "kurtosis of all components":
            z, scales = variance_gamma(size, (N, D), rng), np.ones(D)
        case "skewness of all components":
            z, scales = gamma(size, (N, D), rng), np.ones(D)
    return z * scales @ np.linalg.qr(rng.standard_normal((D, D)))[0]


def share_seen(name, size):
    seen = [
        run_test(sample_of(cloud(name, size, np.random.default_rng(r)), seed=r), KINDS[name].test)
        for r in range(CLOUDS)
    ]
    return np.mean([each.pvalue <= LEVEL for each in seen])


@pytest.mark.parametrize("name", KINDS)
def test_what_is_promised_is_seen_and_half_of_it_is_not(name):
    size = CARD.departure(name).size
    assert share_seen(name, size) >= 0.75
    assert share_seen(name, size / 2) <= 0.75


def test_more_vectors_see_smaller_departures():
    many = power_card(20 * N, D)
    for departure in CARD.departures:
        assert many.departure(departure.name).size < departure.size


def test_a_test_that_cannot_tell_sees_nothing_and_says_why():
    hidden = power_card(50, 20).departure("hidden direction")
    assert not hidden.visible
    assert "too few to search" in hidden.sentence
    assert power_card(500, 4, tests=("radial",)).departure("hidden direction") is None


def test_the_search_sees_no_more_with_more_vectors_than_it_takes():
    sizes = [power_card(n, 60).departure("hidden direction").size for n in (40_000, 400_000)]
    assert sizes[1] > 0.8 * sizes[0]  # the half that judges does see more


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n": 5, "d": 5}, "n = 5 vectors in d = 5"),
        ({"n": 50, "d": 5, "alpha": 0.7}, "alpha is 0.7"),
        ({"n": 50, "d": 5, "tests": ("none",)}, "no test 'none'"),
    ],
)
def test_bad_input_is_named(given, message):
    with pytest.raises(InputError, match=message):
        power_card(**given)
