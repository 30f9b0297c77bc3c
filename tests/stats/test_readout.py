import numpy as np
import pytest
from scipy import stats
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import r2_score, roc_auc_score

from mlflow_latents.errors import InputError
from mlflow_latents.stats import fit_gaussian, readout
from mlflow_latents.stats.readout import d_prime, read_out


def classes(n, k, distance, seed=0):
    rng = np.random.default_rng(seed)
    values = (rng.random(n) < 0.3).astype(float)
    z = rng.standard_normal((n, k))
    z[:, 0] += distance * values
    return z, values


def test_closed_forms_of_normal_classes():
    z, values = classes(40_000, 10, 1.5)
    found = read_out(z[:20_000], values[:20_000], z[20_000:], values[20_000:], "binary")
    # 20,000 training vectors tilt the axis by 10 dimensions' noise: 0.05 % of the distance.
    assert found.d_prime == pytest.approx(1.5, abs=3 * found.d_prime_error)
    assert found.auc == pytest.approx(stats.norm.cdf(1.5 / np.sqrt(2)), abs=3 * found.auc_error)
    assert found.auc_logistic == pytest.approx(found.auc, abs=0.002)
    n1 = values[20_000:].sum()
    expected = np.sqrt(1 / n1 + 1 / (20_000 - n1) + 1.5**2 / 40_000)
    assert found.d_prime_error == pytest.approx(expected, rel=0.03)
    assert np.isnan([found.r2, found.r2_error]).all()


def test_errors_are_as_large_as_they_say():
    runs = []
    for seed in range(200):
        z, values = classes(300, 1, 1.0, seed)
        runs.append((*d_prime(z[:, 0], values == 1),))
    found, errors = np.array(runs).T
    assert errors.mean() == pytest.approx(found.std(), rel=0.15)
    assert np.mean(np.abs(found - 1) < 1.96 * errors) > 0.9


def test_the_discriminant_is_fishers():
    z, values = classes(2000, 6, 1.0)
    z = z @ np.random.default_rng(1).standard_normal((6, 6)) + 3
    found = read_out(z[:1000], values[:1000], z[1000:], values[1000:], "binary")
    lda = LinearDiscriminantAnalysis(solver="lsqr").fit(z[:1000], values[:1000])
    scores = lda.decision_function(z[1000:])
    assert found.auc == pytest.approx(roc_auc_score(values[1000:], scores))
    assert found.d_prime == pytest.approx(d_prime(scores, values[1000:] == 1)[0])


def test_units_and_columns_that_repeat_or_do_not_vary_do_not_matter():
    z, values = classes(1000, 4, 1.0)
    more = np.column_stack([z * [1e4, 1, 1, 1e-3] + 100, z[:, 0], np.ones(1000)])
    for kind, label in (("binary", values), ("continuous", z[:, 0] + values)):
        plain, other = (
            read_out(each[:500], label[:500], each[500:], label[500:], kind) for each in (z, more)
        )
        for name in ("auc", "auc_logistic", "d_prime", "r2", "r2_error"):
            assert getattr(other, name) == pytest.approx(getattr(plain, name), nan_ok=True)


def test_white_vectors_are_read_as_they_are(monkeypatch):
    z, values = classes(800, 5, 1.0)
    z = z @ np.random.default_rng(5).standard_normal((5, 5)) + 3
    white = fit_gaussian(z[:400]).whiten(z)
    before = white.copy()
    expected = [read_out(z[:400], y[:400], z[400:], y[400:], kind) for y, kind in readings(values)]
    monkeypatch.setattr(readout, "fit_gaussian", pytest.fail)
    for (y, kind), other in zip(readings(values), expected, strict=True):
        found = read_out(white[:400], y[:400], white[400:], y[400:], kind)
        for name in ("auc", "auc_logistic", "d_prime", "d_prime_error", "r2", "r2_error"):
            assert getattr(found, name) == pytest.approx(getattr(other, name), nan_ok=True)
    np.testing.assert_array_equal(white, before)


def readings(values):
    return (values, "binary"), (values + np.arange(len(values)) / 500, "continuous")


@pytest.mark.parametrize("kind", ["binary", "continuous"])
def test_shuffled_labels_in_250_dimensions_are_at_chance(kind):
    rng, found = np.random.default_rng(2), []
    z = rng.standard_normal((900, 250))
    for _ in range(50):
        values = (rng.random(900) < 0.2) if kind == "binary" else rng.standard_normal(900)
        found.append(read_out(z[:500], values[:500], z[500:], values[500:], kind))
    if kind == "continuous":
        r2 = np.array([each.r2 for each in found])
        assert r2.mean() == pytest.approx(0, abs=0.02)
        assert r2.mean() < 4 * r2.std() / np.sqrt(50)
        return
    for name, chance in (("auc", 0.5), ("auc_logistic", 0.5), ("d_prime", 0)):
        values = np.array([getattr(each, name) for each in found])
        errors = np.array([getattr(each, f"{name}_error") for each in found])
        assert abs(values.mean() - chance) < 3.5 * values.std() / np.sqrt(50)
        assert errors.mean() == pytest.approx(values.std(), rel=0.3)


def test_numbers():
    rng = np.random.default_rng(3)
    z = rng.standard_normal((12_000, 5))
    values = 100 + 3 * z[:, 0] + 4 * rng.standard_normal(12_000)  # 9 of 25
    values[::7] = np.nan
    found = read_out(z[:6000], values[:6000], z[6000:], values[6000:], "continuous")
    assert found.r2 == pytest.approx(0.36, abs=3 * found.r2_error)
    assert found.r2_error == pytest.approx(
        2 * 0.6 * 0.64 / np.sqrt(found.n_test), rel=0.1
    )  # of a squared correlation
    assert found.n_train == np.isfinite(values[:6000]).sum()
    assert np.isnan([found.auc, found.d_prime]).all()


def test_r2_is_that_of_scikit_learn():
    rng = np.random.default_rng(4)
    z, values = rng.standard_normal((60, 2)), rng.standard_normal(60)
    found = read_out(z[:40], 5 * z[:40, 0], z[40:], 5 * z[40:, 0] + values[40:], "continuous")
    assert found.r2 == pytest.approx(r2_score(5 * z[40:, 0] + values[40:], 5 * z[40:, 0]), abs=1e-3)


def test_classes_that_part_without_exception():
    z, values = classes(400, 50, 40.0)
    found = read_out(z[:200], values[:200], z[200:], values[200:], "class")
    assert (found.auc, found.auc_logistic) == (1, 1)


def test_what_cannot_be_read():
    z, values = classes(100, 3, 1.0)
    good = (z, values, z, values)
    with pytest.raises(InputError, match="There is no kind 'ordinal'"):
        read_out(*good, "ordinal")
    with pytest.raises(InputError, match="test holds 0 vectors of one"):
        read_out(z, values, z[values == 0], values[values == 0], "binary")
    with pytest.raises(InputError, match="other values than 0 and 1 in train"):
        read_out(z, 2 * values, z, values, "class")
    with pytest.raises(InputError, match="all equal"):
        read_out(z, np.ones(100), z, values, "continuous")
    with pytest.raises(InputError, match="one value per vector"):
        read_out(z, values[1:], z, values, "binary")
    with pytest.raises(InputError, match="n = 4 vectors of d = 3"):
        read_out(z[:4], [0, 0, 1, 1], z, values, "binary")
    with pytest.raises(InputError, match="3 dimensions and test 2"):
        read_out(z, values, z[:, :2], values, "binary")
