"""Known answers, and chance where there is nothing to find."""

import numpy as np
import pytest

from mlflow_latents.data.labels import Label, labels_of
from mlflow_latents.errors import InputError
from mlflow_latents.models import encode
from mlflow_latents.probes import attributes, class_alone
from mlflow_latents.probes.attribute_measures import measures, metrics
from mlflow_latents.probes.attributes import probe_attributes

FACTORS = ("plain", "tied", "companion", "twofold", "alone")
NAMES = (*FACTORS, "twofold_high")


@pytest.fixture(autouse=True, scope="module")
def few_vectors_alone():
    """Judge classes on few vectors: what `assess` says is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(class_alone, "MOST_VALUES", 12_000)
        yield


@pytest.fixture(scope="module")
def latents(handmade):
    return encode(handmade.encoder, handmade.images, np.arange(len(handmade.images)))


@pytest.fixture(scope="module")
def report(handmade, latents):
    images = handmade.images
    labels = labels_of(images.attributes, images.indices("train"))
    labels = [label for label in labels if label.name in NAMES]
    noise = np.random.default_rng(0).standard_normal((len(latents), 3))
    return probe_attributes(latents, images.split, labels, {"noise": noise})


@pytest.fixture(scope="module")
def truth(handmade, report):
    """Whitened direction in which each factor alone moves a vector."""
    moves = (report.fit.whitening.T @ handmade.mixing).T
    return dict(zip(FACTORS, moves / np.linalg.norm(moves, axis=1, keepdims=True), strict=False))


def found(report, name):
    return next(each for each in report.found if each.name == name)


def degrees(a, b):
    return np.degrees(np.arccos(np.clip(abs(a @ b), 0, 1)))


def test_axes_point_where_the_factors_move_the_vectors(report, truth):
    place = {each.name: i for i, each in enumerate(report.found)}
    for name in ("plain", "twofold", "alone"):
        assert degrees(report.axes.axes[place[name]], truth[name]) < 2
    for name in ("tied", "companion", "plain", "alone"):
        assert degrees(report.axes.partial_axes[place[name]], truth[name]) < 2
    # Their correlation of 0.6 turns the plain axes of both to each other.
    assert degrees(report.axes.axes[place["tied"]], truth["tied"]) == pytest.approx(36.9, abs=2)


def test_two_modes_are_called_so_and_normal_factors_normal(report):
    for name in ("plain", "tied", "companion", "alone"):
        law = found(report, name).law
        assert (law.positions.kind, law.values.kind) == ("normal", "normal")
        assert law.correlation.value == pytest.approx(1, abs=1e-3)
        assert law.curvature.value == pytest.approx(0, abs=1e-3)
    twofold = found(report, "twofold").law
    assert (twofold.positions.kind, twofold.values.kind) == ("bimodal", "bimodal")
    assert found(report, "twofold_high").law.positions.kind == "bimodal"


def test_readings_are_perfect_here_and_chance_in_noise(report):
    for each in report.found:
        assert each.score.value > 0.99
        control = each.score_of("noise")
        chance = 0.5 if each.measure == "auc" else 0.0
        assert control.value == pytest.approx(chance, abs=4 * control.error + 1e-3)
        assert each.readability > 0.98


def test_shares_of_axes_are_those_of_the_mixture(handmade, report):
    projected = report.fit.whitening.T @ handmade.mixing
    expected = np.square(projected[:, [0, 3, 4]]).T
    for name, shares in zip(("plain", "twofold", "alone"), expected, strict=True):
        np.testing.assert_allclose(found(report, name).shares, shares, atol=0.03)
    # Everything is a factor or a nuisance: the five factors hold five dimensions of ten.
    assert report.shares.sum() == pytest.approx(5, abs=0.05)
    total = sum(found(report, name).explained for name in ("plain", "twofold", "alone"))
    assert total < report.explained < 1


def test_the_class_alone_is_judged_as_the_whole(report):
    high = found(report, "twofold_high")
    assert high.positives == pytest.approx(7500, abs=300)
    assert high.alone.n == report.whole.n == 1200
    assert found(report, "plain").alone is None
    assert found(report, "plain").where is None
    # Two modes of ±0.9 with a variance of 0.19 lie 4.13 sd apart; halves at 0 a little more.
    assert high.where.distance == pytest.approx(4.3, abs=0.1)
    assert high.readout.d_prime == pytest.approx(high.where.distance, abs=0.15)


def test_keeps_held_out_positions_with_their_labels(handmade, report):
    test = handmade.images.indices("test")
    assert report.positions.shape == report.values.shape == (len(test), len(report.found))
    for i, each in enumerate(report.found):
        expected = handmade.images.attributes[each.name][test]
        np.testing.assert_allclose(report.values[:, i], expected, rtol=1e-6)


@pytest.fixture
def no_class_alone(monkeypatch):
    """Leave out what takes longest."""
    monkeypatch.setattr(attributes, "judge_alone", lambda z, seed: None)


def shuffled(seed, n=2500, d=40):
    """Vectors with nothing in them, and 8 labels of two values and 8 numbers."""
    rng = np.random.default_rng(seed)
    split = np.where(np.arange(n) % 5 == 0, "test", "train")
    labels = [Label(f"b{i}", f"b{i}", "binary", (rng.random(n) < 0.3) * 1.0) for i in range(8)]
    labels += [Label(f"c{i}", f"c{i}", "continuous", rng.standard_normal(n)) for i in range(8)]
    return rng.standard_normal((n, d)) @ rng.standard_normal((d, d)), split, labels


@pytest.mark.usefixtures("no_class_alone")
def test_shuffled_labels_give_chance_for_every_measure():
    z, split, labels = shuffled(1)
    chance = {"auc": 0.5, "auc_logistic": 0.5, "spread": 1.0}
    report = probe_attributes(z, split, labels, {})
    for kind in ("binary", "continuous"):
        each = [measures(one) for one in report.found if one.kind == kind]
        for name in each[0]:
            values = np.array([one[name] for one in each])
            if name.endswith(("error", "_low", "_high")) or name in ("ks", "valley"):
                continue
            if name == "curvature":
                assert np.isnan(values).all()
                continue
            error = values.std(ddof=1) / np.sqrt(len(values))
            # A ridge that finds nothing predicts the mean, or overfits by as much as its noise.
            margin = 0.02 if name == "r2" else 1e-3
            assert values.mean() == pytest.approx(chance.get(name, 0), abs=4 * error + margin), name
    assert report.explained == pytest.approx(0, abs=0.005)
    np.fill_diagonal(report.axes.cosines, np.nan)
    assert np.isfinite(report.axes.cosines).mean() < 0.1


@pytest.mark.usefixtures("no_class_alone")
def test_unknown_values_are_left_out():
    z, split, labels = shuffled(2)
    z[:, 0] += 20 * labels[0].values
    values = labels[0].values.copy()
    values[::4] = np.nan
    partly = Label("b0", "b0", "binary", values)
    report = probe_attributes(z, split, [partly, labels[9]], {})
    each = report.found[0]
    assert each.n == np.isfinite(values[split == "train"]).sum()
    assert each.positives == np.nansum(values[split == "train"])
    assert each.score.value > 0.95
    assert each.where.distance > 2


@pytest.mark.usefixtures("no_class_alone")
def test_together_labels_explain_what_those_known_of_all_do():
    z, split, labels = shuffled(4)
    z[:, 0] += 20 * labels[0].values
    values = labels[0].values.copy()
    values[::2] = np.nan
    half = Label("half", "half", "binary", values)
    alone = probe_attributes(z, split, labels[:1], {})
    both = probe_attributes(z, split, [half, labels[0]], {})
    assert alone.together == both.together == ("b0",)
    np.testing.assert_allclose(both.shares, alone.shares)
    assert both.explained == pytest.approx(alone.explained)
    none = probe_attributes(z, split, [half], {})
    assert none.together == ()
    assert np.isnan(none.explained)
    assert "attributes/explained" not in metrics(none)


@pytest.mark.usefixtures("no_class_alone")
def test_a_label_of_few_known_values_is_left_out_and_stops_nothing():
    z, split, labels = shuffled(5)
    known = np.flatnonzero(split == "train")[:45]  # 46 are needed in 40 dimensions
    values = np.where(
        (split == "test") | np.isin(np.arange(len(z)), known), labels[8].values, np.nan
    )
    rare = Label("rare", "rare", "continuous", values)
    report = probe_attributes(z, split, [rare, labels[0]], {}, left_out={"x": "Because."})
    assert [each.name for each in report.found] == ["b0"]
    assert report.values.shape[1] == len(report.axes.axes) == 1
    assert list(report.left_out) == ["x", "rare"]
    assert "'rare' is known for 45 training images, and 46 are needed" in report.left_out["rare"]


@pytest.mark.usefixtures("no_class_alone")
def test_a_control_that_cannot_be_fitted_is_left_out(capsys):
    z, split, labels = shuffled(6)
    controls = {"dead": np.ones((len(z), 3)), "pca": z[:, :3]}
    report = probe_attributes(z, split, labels[:1], controls)
    assert list(report.found[0].controls) == ["pca"]
    assert "The control dead is left out: " in capsys.readouterr().out


def test_refuses_what_does_not_belong_together():
    z, split, labels = shuffled(3)
    with pytest.raises(InputError, match="split has 10 rows and z has 2500"):
        probe_attributes(z, split[:10], labels, {})
    with pytest.raises(InputError, match="label 'b0' has 2500 rows and z has 2000"):
        probe_attributes(z[:2000], split[:2000], labels, {})
    with pytest.raises(InputError, match="pca has 7 rows"):
        probe_attributes(z, split, labels, {"pca": z[:7]})
    with pytest.raises(InputError, match="No labels"):
        probe_attributes(z, split, [], {})
    with pytest.raises(InputError, match="no test vectors"):
        probe_attributes(z, np.full(len(z), "train"), labels, {})
