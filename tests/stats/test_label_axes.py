import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_latents.errors import InputError
from mlflow_latents.stats import fit_gaussian
from mlflow_latents.stats.class_distance import class_distance
from mlflow_latents.stats.label_axes import label_axes, label_correlations


def draw(rng, n):
    """Two numbers of correlation 0.6, a class, a class and a number that say nothing."""
    numbers = rng.standard_normal((n, 2))
    numbers[:, 1] = 0.6 * numbers[:, 0] + 0.8 * numbers[:, 1]
    labels = np.column_stack([numbers, rng.random((n, 2)) < 0.1, rng.standard_normal(n)])
    z = rng.standard_normal((n, 20))
    z[:, :3] += labels[:, :3] @ [[1.0, 0, 0], [0, 0.7, 0], [0.5, 0, 1.2]]
    return z, labels


def test_axes_of_labels_that_share_one():
    rng = np.random.default_rng(1)
    u = rng.standard_normal(20_000)
    z = rng.standard_normal((20_000, 30))
    z[:, 0] += u
    z = z @ rng.standard_normal((30, 30))
    fit = fit_gaussian(z)
    labels = np.column_stack([u, u > 0, u < 0.5, -u])
    found = label_axes(fit.whiten(z), labels)
    signs = np.sign(np.outer([1, 1, -1, -1], [1, 1, -1, -1]))
    np.testing.assert_allclose(found.cosines, signs, atol=0.01)
    plain = found.axes @ found.axes.T
    assert plain[0, 1] < found.cosines[0, 1] <= 1  # noise takes axes apart
    np.testing.assert_allclose(found.effects[[0, 3]], np.sqrt(0.5), atol=0.01)


def test_moving_along_an_axis_moves_the_label_as_discriminants_read_it():
    rng = np.random.default_rng(2)
    n, k = 20_000, 10
    factors, mixing = rng.standard_normal((n, k)), rng.standard_normal((k, k))
    fit = fit_gaussian(factors @ mixing)
    found = label_axes(fit.whiten(factors @ mixing), factors[:, :3])
    moved = fit.unwhiten(found.axes) - fit.mean
    np.testing.assert_allclose(np.linalg.solve(mixing.T, moved.T).T, np.eye(3, k), atol=0.03)


def test_the_contrast_of_classes_agrees_with_their_distance():
    rng = np.random.default_rng(3)
    z, labels = draw(rng, 3000)
    white = fit_gaussian(z).whiten(z)
    found = label_axes(white, labels[:, 2:3])
    member = labels[:, 2] == 1
    other = class_distance(white, member)
    assert found.effects[0] == pytest.approx(other.centre / np.mean(~member), rel=2e-3)
    assert found.low[0] == pytest.approx(other.centre_low / np.mean(~member), rel=0.02)
    assert found.high[0] == pytest.approx(other.centre_high / np.mean(~member), rel=0.02)
    contrast = white[member].mean(0) - white[~member].mean(0)
    np.testing.assert_allclose(found.axes[0], contrast / np.linalg.norm(contrast))


def test_labels_drawn_by_lot_in_250_dimensions_are_at_chance():
    rng, n = np.random.default_rng(4), 2000
    z = rng.standard_normal((n, 250)) / np.sqrt(rng.chisquare(8, (n, 1)) / 8)
    labels = np.column_stack([rng.random((n, 25)) < 0.05, rng.standard_normal((n, 25))])
    found = label_axes(fit_gaussian(z).whiten(z), labels.astype(float))
    for kind in (found.effects[:25], found.effects[25:]):
        assert abs(kind.mean()) < 4 * kind.std() / np.sqrt(25)
    assert np.mean((found.low < 0) & (found.high > 0)) >= 0.88
    for cosines in (found.cosines, found.partial_cosines):
        assert np.isnan(np.diag(cosines)).mean() > 0.9


def test_unknown_labels_are_left_out():
    rng = np.random.default_rng(5)
    z, labels = draw(rng, 3000)
    white = fit_gaussian(z).whiten(z)
    labels[:1000, 2], labels[2000:, 0], labels[:, 4] = np.nan, np.nan, rng.standard_normal(3000)
    labels[100:, 4] = np.nan  # known of few: not held fixed
    found = label_axes(white, labels)
    known = labels[1000:, 2] == 1
    contrast = white[1000:][known].mean(0) - white[1000:][~known].mean(0)
    np.testing.assert_allclose(found.axes[2], contrast / np.linalg.norm(contrast))
    without = label_axes(white, labels[:, :4])
    np.testing.assert_allclose(found.partial_axes[:4], without.partial_axes)
    assert np.isfinite(found.partial_axes[:4]).all()


def test_classes_of_one_attribute_are_not_held_fixed():
    rng = np.random.default_rng(6)
    which = rng.integers(3, size=2000)
    z = rng.standard_normal((2000, 4))
    z[:, :3] += 2 * np.eye(3)[which]
    labels, white = np.eye(3)[which], fit_gaussian(z).whiten(z)
    grouped = label_axes(white, labels, ["digit"] * 3)
    np.testing.assert_array_equal(grouped.partial_axes, grouped.axes)
    assert grouped.cosines[~np.eye(3, dtype=bool)] == pytest.approx(-0.5, abs=0.1)
    apart = label_axes(white, labels)
    assert np.isnan(apart.partial_axes).all()
    assert np.isnan(apart.partial_cosines).all()
    number = rng.standard_normal(2000) + which
    both = label_axes(white, np.column_stack([labels, number]), ["digit"] * 3 + ["number"])
    assert np.isfinite(both.partial_axes).all()
    assert both.low[3] > 0
    assert np.isnan(both.partial_cosines[3, 3])  # the number says nothing that the class does not


def test_correlations():
    rng = np.random.default_rng(7)
    labels = rng.standard_normal((300, 4))
    labels[:, 1] += labels[:, 0]
    labels[rng.random((300, 4)) < 0.2] = np.nan
    labels[:, 3] = np.where(np.isfinite(labels[:, 2]), 1.0, rng.standard_normal(300))
    found = label_correlations(labels)
    known = np.isfinite(labels[:, 0]) & np.isfinite(labels[:, 1])
    assert found[0, 1] == pytest.approx(np.corrcoef(labels[known, :2].T)[0, 1])
    assert np.isnan(found[2, 3])
    np.testing.assert_allclose(found, found.T)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_rotations_and_units_change_nothing_but_the_axes(seed):
    rng = np.random.default_rng(seed)
    z, labels = draw(rng, 400)
    white = fit_gaussian(z).whiten(z)
    rotation = np.linalg.qr(rng.standard_normal((20, 20)))[0]
    plain = label_axes(white, labels)
    units = labels * [3, 0.1, 1, 1, 20] + [5, 0, 0, 0, 1]
    turned = label_axes(white @ rotation + 3, units)
    np.testing.assert_allclose(turned.axes, plain.axes @ rotation, atol=1e-8)
    np.testing.assert_allclose(turned.partial_axes, plain.partial_axes @ rotation, atol=1e-8)
    for name in ("effects", "low", "high", "cosines", "cosine_errors", "partial_cosines"):
        np.testing.assert_allclose(getattr(turned, name), getattr(plain, name), rtol=1e-5)


def test_what_has_no_axis():
    white = np.random.default_rng(8).standard_normal((100, 3))
    with pytest.raises(InputError, match=r"Label 1 .* one value only"):
        label_axes(white, np.column_stack([np.arange(100.0), np.ones(100)]))
    with pytest.raises(InputError, match="one of its two values 2 times"):
        label_axes(white, (np.arange(100) < 2).astype(float)[:, None])
    with pytest.raises(InputError, match="one row for each of the 100 vectors"):
        label_axes(white, np.arange(99.0)[:, None])
    with pytest.raises(InputError, match="one for each of 1 labels"):
        label_axes(white, np.arange(100.0)[:, None], ["a", "b"])
    with pytest.raises(InputError, match="at least 5 vectors"):
        label_axes(white[:4], np.arange(4.0)[:, None])
