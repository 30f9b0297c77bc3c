import numpy as np
import pytest

from mlflow_latents.stats import fit_gaussian
from mlflow_latents.stats.signed_squares import Z_95
from mlflow_latents.stats.slopes import measure_slopes

SHARE = 0.1
SLOPES = np.zeros((3, 20))  # of two numbers and of a class, each with the others held fixed
SLOPES[0, 0], SLOPES[1, 1], SLOPES[2, 2], SLOPES[2, 0] = 1.0, 0.7, 1.2, 0.5
CORRELATED = np.array([[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1]])
ALONE = [()] * 5
OTHERS = [tuple(other for other in range(5) if other != each) for each in range(5)]


def draw(rng, n):
    """Two numbers of correlation 0.6, a class, a class and a number that say nothing."""
    numbers = rng.standard_normal((n, 2))
    numbers[:, 1] = 0.6 * numbers[:, 0] + 0.8 * numbers[:, 1]
    member = (rng.random((n, 2)) < SHARE).astype(float)
    labels = np.column_stack([numbers, member, rng.standard_normal(n)])
    return labels[:, :3] @ SLOPES + rng.standard_normal((n, SLOPES.shape[1])), labels


def true_products():
    """Products of the plain and of the partial slopes in the whitened metric."""
    within = CORRELATED * np.outer(*2 * [np.sqrt([1, 1, SHARE * (1 - SHARE)])])
    metric = np.linalg.inv(np.eye(SLOPES.shape[1]) + SLOPES.T @ within @ SLOPES)
    plain = CORRELATED @ SLOPES
    return plain @ metric @ plain.T, SLOPES @ metric @ SLOPES.T


@pytest.fixture(scope="module")
def runs():
    rng = np.random.default_rng(0)
    clouds = [draw(rng, 1500) for _ in range(80)]
    whitened = [(fit_gaussian(z).whiten(z), labels) for z, labels in clouds]
    return [[measure_slopes(*each, held) for each in whitened] for held in (ALONE, OTHERS)]


def column(runs, name):
    return np.array([getattr(each, name) for each in runs])


@pytest.mark.parametrize("which", [0, 1])
def test_known_lengths_and_angles(runs, which):
    products, found = true_products()[which], runs[which]
    root = np.sqrt(len(found))
    effects, low, high = (column(found, name) for name in ("effects", "low", "high"))
    lengths = np.concatenate([np.sqrt(np.diag(products)), [0, 0]])
    squares = np.sign(effects) * effects**2
    assert (np.abs(squares.mean(0) - lengths**2) < 3.5 * squares.std(0) / root).all()
    assert ((low <= lengths) & (lengths <= high)).mean(axis=0).min() > 0.87
    cosines, errors = column(found, "cosines"), column(found, "cosine_errors")
    truth = products / np.outer(lengths[:3], lengths[:3])
    for i, j in ((0, 1), (0, 2), (1, 2)):
        values = cosines[:, i, j]
        assert abs(values.mean() - truth[i, j]) < 3.5 * values.std() / root
        assert errors[:, i, j].mean() == pytest.approx(values.std(), rel=0.3)
        assert np.mean(np.abs(values - truth[i, j]) < 1.96 * errors[:, i, j]) > 0.87
    assert np.isnan(cosines[:, 0, 3:]).mean() > 0.9  # what says nothing has no angle


def test_cosines_are_symmetric_and_bounded(runs):
    for cosines in (found[0].cosines for found in runs):
        np.testing.assert_allclose(cosines, cosines.T)
        known = np.isfinite(cosines)
        assert (np.abs(cosines[known]) <= 1).all()
        np.testing.assert_array_equal(np.diag(cosines)[:3], 1)


def width(found):
    """Standard deviation of the squared length of slope 0 that its interval claims."""
    bounds = np.array([found.low[0], found.high[0]])
    return np.diff(np.sign(bounds) * bounds**2)[0] / (2 * Z_95)


@pytest.mark.parametrize("slope", [0.3, 1.0, 3.0, 10.0])
def test_bounds_of_a_number_are_those_of_a_squared_correlation(slope):
    rng, n = np.random.default_rng(1), 20_000
    values, x = rng.standard_normal((n, 1)), rng.standard_normal((n, 5))
    x[:, :1] += slope * values
    found = measure_slopes(fit_gaussian(x).whiten(x), values, [()])
    square = slope**2 / (1 + slope**2)
    # Variance of R2 of normal variables: Olkin and Finn (1995), Psychological Bulletin 118, 155.
    assert width(found) == pytest.approx(2 * np.sqrt(square / n) * (1 - square), rel=0.05)


@pytest.mark.parametrize(
    ("k", "share", "slope", "known"),
    [(20, None, 5.0, 500), (60, None, 3.0, 500), (20, None, 2.0, 200), (20, 0.5, 6.0, 500)],
)
def test_bounds_of_strong_slopes_are_as_far_apart_as_they_say(k, share, slope, known):
    rng, n = np.random.default_rng(2), 500
    squares, widths, holds = [], [], []
    for _ in range(150):
        values = rng.standard_normal(n) if share is None else (rng.random(n) < share) * 1.0
        x = rng.standard_normal((n, k))
        x[:, 0] += slope * values
        values[known:] = np.nan
        found = measure_slopes(fit_gaussian(x).whiten(x), values[:, None], [()])
        variance = 1.0 if share is None else share * (1 - share)
        length = slope / np.sqrt(1 + variance * slope**2)
        squares.append(found.effects[0] ** 2)
        widths.append(width(found))
        holds.append(found.low[0] <= length <= found.high[0])
    assert np.mean(widths) == pytest.approx(np.std(squares), rel=0.25)
    assert np.mean(holds) > 0.88
    assert np.mean(squares) == pytest.approx(length**2, abs=4 * np.std(squares) / np.sqrt(150))


def test_a_slope_within_noise_has_bounds_about_0():
    rng = np.random.default_rng(3)
    values = rng.standard_normal((400, 1))
    runs = [measure_slopes(fit_gaussian(x).whiten(x), values, [()])
            for x in rng.standard_normal((100, 400, 30))]  # fmt: skip
    low, high = column(runs, "low"), column(runs, "high")
    assert ((low < 0) & (high > 0)).mean() > 0.88
    assert np.isnan(column(runs, "cosines")[:, 0, 0]).mean() > 0.88
