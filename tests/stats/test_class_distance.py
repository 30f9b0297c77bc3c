import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_latents.errors import InputError
from mlflow_latents.stats import fit_gaussian
from mlflow_latents.stats.class_distance import class_distance


def gaussian_classes(rng, n, members, k, distance, scale=1.0):
    """Two normal classes at a known distance; the class's variances are scaled in half of k."""
    member = np.zeros(n, bool)
    member[rng.choice(n, members, replace=False)] = True
    variances = np.where(np.arange(k) <= k / 2, scale, 1.0)
    share = members / n
    x = rng.standard_normal((n, k))
    x[member] *= np.sqrt(variances)
    shift = distance * np.sqrt(share * variances[0] + 1 - share)
    x[member, 0] += shift
    total = share * variances + (1 - share)
    total[0] += share * (1 - share) * shift**2
    truth = {
        "distance": distance,
        "centre": (1 - share) * shift / np.sqrt(total[0]),
        "spread": np.mean(variances / total),
    }
    return x, member, truth


def column(found, name):
    return np.array([getattr(each, name) for each in found])


@pytest.mark.parametrize(
    ("members", "distance", "scale"),
    [(60, 0.6, 1.0), (300, 2.0, 1.0), (60, 1.0, 1.7), (400, 0.3, 0.6), (60, 0.0, 1.0)],
)
def test_known_distances(members, distance, scale):
    rng, runs = np.random.default_rng(3), 100
    found = []
    for _ in range(runs):
        x, member, truth = gaussian_classes(rng, 800, members, 30, distance, scale)
        found.append(class_distance(fit_gaussian(x).whiten(x), member))
    for name, low, high in (("distance", "low", "high"), ("centre", "centre_low", "centre_high")):
        values = column(found, name)
        squares = np.sign(values) * values**2
        assert squares.mean() == pytest.approx(
            truth[name] ** 2, abs=3.5 * squares.std() / np.sqrt(runs)
        )
        holds = (column(found, low) <= truth[name]) & (truth[name] <= column(found, high))
        assert holds.mean() >= 0.88
    spread, errors = column(found, "spread"), column(found, "spread_error")
    assert spread.mean() == pytest.approx(truth["spread"], abs=4 * spread.std() / np.sqrt(runs))
    assert np.mean(np.abs(spread - truth["spread"]) < 1.96 * errors) > 0.87


@pytest.mark.parametrize("members", [60, 600])
def test_classes_drawn_by_lot_in_250_dimensions_are_at_chance(members):
    rng, n, runs = np.random.default_rng(4), 1500, 50
    x = rng.standard_normal((n, 250)) / np.sqrt(rng.chisquare(8, (n, 1)) / 8)
    x[:, 0] += 4 * (rng.random(n) < 0.3)
    white = fit_gaussian(x).whiten(x)
    found = [class_distance(white, rng.permutation(n) < members) for _ in range(runs)]
    for name, chance in (("distance", 0), ("centre", 0), ("spread", 1), ("covariance", 0)):
        values = column(found, name)
        assert abs(values.mean() - chance) < 3.5 * values.std() / np.sqrt(runs)
    assert np.mean((column(found, "low") < 0) & (column(found, "high") > 0)) >= 0.88


@pytest.mark.parametrize("distance", [0.0, 3.0])
def test_small_classes_have_no_bias(distance):
    rng, runs = np.random.default_rng(8), 150
    found = []
    for _ in range(runs):
        x, member, _ = gaussian_classes(rng, 400, 10, 40, distance)
        found.append(class_distance(x, member))
    squares = np.sign(column(found, "distance")) * column(found, "distance") ** 2
    # The noise of the class's mean alone is 4: were a ninth of it left, as in a mean that counts
    # among its own vectors, it would show.
    error = squares.std() / np.sqrt(runs)
    assert squares.mean() == pytest.approx(distance**2, abs=3.5 * error)
    holds = (column(found, "low") <= distance) & (distance <= column(found, "high"))
    assert holds.mean() > 0.83


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_affine_maps_change_nothing(seed):
    rng = np.random.default_rng(seed)
    x, member, _ = gaussian_classes(rng, 150, 40, 4, 1.0, 1.5)
    matrix = np.linalg.qr(rng.standard_normal((4, 4)))[0] * rng.uniform(0.1, 10, 4)
    plain, mapped = (class_distance(each, member) for each in (x, x @ matrix + 100))
    for name in ("distance", "low", "high", "centre", "spread", "covariance", "covariance_error"):
        assert getattr(mapped, name) == pytest.approx(getattr(plain, name), rel=1e-6, abs=1e-8)


def test_a_class_has_the_distance_of_the_others():
    x, member, _ = gaussian_classes(np.random.default_rng(6), 500, 100, 6, 1.0)
    one, other = class_distance(x, member), class_distance(x, ~member)
    assert (one.distance, one.low, one.high) == pytest.approx(
        (other.distance, other.low, other.high)
    )
    assert one.centre == pytest.approx(4 * other.centre)


def test_classes_of_one_centre_and_separate_classes():
    x = np.random.default_rng(7).standard_normal((20, 2))
    member = np.arange(40) < 20
    same = class_distance(np.concatenate([x, x]), member)
    assert same.distance < 0 < same.high
    apart = class_distance(np.concatenate([x, x + np.array([1e6, 0])]), member)
    assert apart.distance == pytest.approx(1e6, rel=0.5)
    assert apart.centre == pytest.approx(1, abs=0.05)


def test_too_few_vectors():
    with pytest.raises(InputError, match="at least 256 vectors"):
        class_distance(np.random.default_rng(0).standard_normal((200, 250)), np.arange(200) < 50)
