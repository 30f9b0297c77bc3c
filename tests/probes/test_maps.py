from dataclasses import replace

import numpy as np
import pytest

from mlflow_latents.data import ImageSet
from mlflow_latents.data.labels import Label
from mlflow_latents.errors import InputError
from mlflow_latents.models.backend import keras
from mlflow_latents.models.coding import encode
from mlflow_latents.probes.map_layer import map_layer
from mlflow_latents.probes.map_measures import (
    attributes_of,
    check_order,
    metrics,
    order_of,
    rows,
)
from mlflow_latents.probes.map_shares import MapShares, map_shares
from mlflow_latents.probes.maps import probe_maps
from mlflow_latents.probes.responses import respond
from mlflow_latents.stats import fit_gaussian
from mlflow_latents.tracking.map_chapter import map_sentences

N, SIDE = 300, 8


@pytest.fixture(scope="module")
def images():
    """Noise, some of it brighter at the left."""
    rng = np.random.default_rng(0)
    pixels = rng.uniform(0, 160, (N, SIDE, SIDE, 1))
    left = rng.integers(0, 2, N)
    pixels[:, :, : SIDE // 2] += 80 * left[:, None, None, None]
    return ImageSet(
        name="noise",
        images=pixels.astype(np.uint8),
        split=np.repeat(["train", "test"], N // 2),
        names=np.array([str(i) for i in range(N)]),
        digest="0" * 32,
        source="a formula",
        attributes={"left": left, "coin": rng.integers(0, 2, N)},
    )


@pytest.fixture(scope="module")
def encoder():
    """Two convolutions; the last map of the second is dead."""
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            keras.layers.Conv2D(3, 3, strides=2, padding="same", activation="tanh", name="outer"),
            keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="inner"),
            keras.layers.Flatten(),
            keras.layers.Dense(5, name="z"),
        ]
    )
    rng = np.random.default_rng(1)
    for layer in model.layers:
        layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    kernel, bias = model.get_layer("inner").get_weights()
    kernel[..., 3], bias[:] = 0, [4, 4, 4, -1]
    model.get_layer("inner").set_weights([kernel, bias])
    return model


@pytest.fixture(scope="module")
def fit(encoder, images):
    return fit_gaussian(encode(encoder, images, images.indices("train")))


@pytest.fixture(scope="module")
def labels(images):
    return [
        Label(name, name, "binary", values.astype(float))
        for name, values in images.attributes.items()
    ]


def held_out(encoder, images):
    """Indices of the held-out images, and their vectors."""
    test = images.indices("test")
    return test, encode(encoder, images, test)


@pytest.fixture(scope="module")
def report(encoder, images, fit, labels):
    return probe_maps(
        *(encoder, images, *held_out(encoder, images), fit, labels), starts=2, steps=16, seed=3
    )


def test_the_report_says_which_maps_and_images(report, images):
    assert report.layer == "inner"
    assert report.count == 4
    assert report.responses.dead.tolist() == [False, False, False, True]
    assert report.patterns.patterns.shape == (4, SIDE, SIDE, 1)
    assert report.most.images.shape == report.least.images.shape == (4, 8)
    assert set(images.split[report.most.images].ravel()) == {"test"}


def test_the_most_and_least_exciting_images_come_first(report, images):
    place = {image: row for row, image in enumerate(images.indices("test"))}
    means = report.responses.means[:, 0]
    most = means[[place[image] for image in report.most.images[0]]]
    least = means[[place[image] for image in report.least.images[0]]]
    np.testing.assert_array_equal(most, np.sort(means)[::-1][:8])
    np.testing.assert_array_equal(least, np.sort(means)[:8])


def test_the_boxes_are_where_the_strongest_neuron_looks(report, encoder, images):
    image = report.most.images[1, 0]
    outputs = keras.Model(encoder.inputs[0], encoder.get_layer("inner").output)(
        images.images[image : image + 1] / np.float32(255)
    )
    row, column = np.unravel_index(np.argmax(outputs[0, ..., 1]), (2, 2))
    ends = [(0, 7), (4, 8)]  # of 2 neurons: twice 'same' with stride 2
    (top, bottom), (left, right) = ends[row], ends[column]
    assert report.most.boxes[1, 0].tolist() == [top, left, bottom, right]


def test_patterns_excite_more_than_images(report):
    assert (report.pattern_sd[:3] > report.image_sd[:3]).all()
    assert np.isnan(report.pattern_sd[3])


def test_shares_of_an_axis_sum_to_1(report, fit):
    assert report.shares.kind == "share"
    assert report.shares.values.shape == (4, fit.rank)
    np.testing.assert_allclose(report.shares.values.sum(axis=0), 1, atol=1e-5)
    np.testing.assert_allclose(report.shares.values[3], 0, atol=1e-12)


def test_shares_are_covariances_of_summands(report, encoder, images, fit):
    test = images.indices("test")
    outputs = keras.Model(encoder.inputs[0], encoder.get_layer("inner").output)(
        images.images[test] / np.float32(255)
    )
    kernel = encoder.get_layer("z").get_weights()[0].reshape(2, 2, 4, -1)
    along = fit.principal(encode(encoder, images, test))[:, 1]
    summands = np.einsum("nijm,ijmd->nmd", outputs, kernel) @ fit.axes[:, 1]
    for m in range(4):
        share = np.cov(summands[:, m], along)[0, 1] / along.var(ddof=1)
        assert report.shares.values[m, 1] == pytest.approx(share, abs=1e-4)


def test_maps_before_other_convolutions_have_correlations(encoder, images, fit):
    test = images.indices("test")
    layer, z = map_layer(encoder, "outer"), encode(encoder, images, test)
    means = respond(layer, images.images, test).means
    found = map_shares(layer, images.images, test, z, means, fit)
    assert found.kind == "correlation"
    truth = np.corrcoef(means[:, 2], fit.principal(z)[:, 0])[0, 1]
    assert found.values[2, 0] == pytest.approx(truth)


def test_a_map_that_sees_the_left_half_goes_with_the_left(report):
    names = {name for m in range(3) for name, _ in attributes_of(report, m)}
    assert names == {"left"}
    assert attributes_of(report, 0, "coin")[0][0] == "coin"


def test_numbers_by_name(report):
    found = metrics(report)
    assert found["maps/count"] == 4
    assert found["maps/dead"] == 1
    assert found["maps/attributed"] == pytest.approx(2 / 3)  # of those that vary
    assert 0 < found["maps/share_leading"] < 2
    assert found["maps/correlation_max_mean"] > 0.2
    assert all(np.isfinite(list(found.values())))


def test_a_row_for_each_map(report):
    table = rows(report)
    assert [row["map"] for row in table] == [0, 1, 2, 3]
    assert {row["layer"] for row in table} == {"inner"}
    assert [row["dead"] for row in table] == [False, False, False, True]
    assert table[0]["attribute"] == "left"
    assert table[0]["worst_start_sd"] <= table[0]["pattern_sd"]
    axis = table[0]["axis"] - 1
    assert table[0]["axis_share"] == report.shares.values[0, axis]


@pytest.mark.parametrize("by", ["activation", "selectivity", "left"])
def test_orders(report, by):
    keys = {
        "activation": report.responses.means.mean(axis=0),
        "selectivity": report.responses.selectivity,
        "left": report.correlations.values[:, 0],
    }
    order = order_of(report, by)
    assert order[-1] == 3  # dead
    assert (np.diff(keys[by][order[:3]]) <= 0).all()


def test_without_labels(encoder, images, fit):
    report = probe_maps(encoder, images, *held_out(encoder, images), fit, [], starts=1, steps=2)
    assert report.correlations is None
    assert attributes_of(report, 0) == []
    assert "maps/attributed" not in metrics(report)
    assert "attribute" not in rows(report)[0]
    with pytest.raises(InputError, match="activation, selectivity"):
        order_of(report, "left")


def test_units_of_a_linear_encoder_are_excited_by_what_they_read(handmade):
    fit = fit_gaussian(encode(handmade.encoder, handmade.images, np.arange(2000)))
    test = handmade.images.indices("test")[:500]
    z = encode(handmade.encoder, handmade.images, test)
    report = probe_maps(
        handmade.encoder, handmade.images, test, z, fit, [], layer="z", starts=1, steps=64
    )
    read = handmade.encoder.layers[-1].get_weights()[0].T
    patterns = report.patterns.patterns.reshape(len(read), -1)
    patterns = patterns - handmade.images.images[test].mean() / 255
    cosines = np.sum(patterns * read, axis=1) / (
        np.linalg.norm(patterns, axis=1) * np.linalg.norm(read, axis=1)
    )
    # What it reads is as rough as noise, which smoothness and jitter keep the patterns from being.
    assert cosines.min() > 0.8


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"indices": np.arange(5)}, r"indices names 5 images"),
        ({"z": np.zeros((29, 5))}, r"z has shape \(29, 5\): give one vector of 5 numbers for each"),
        ({"starts": 0}, r"starts is 0"),
        ({"steps": 0}, r"steps 0"),
        ({"layer": "third"}, r"no layer 'third'.*outer, inner"),
    ],
)
def test_bad_input_is_refused(encoder, images, fit, change, words):
    arguments = {"encoder": encoder, "images": images, "indices": np.arange(30), "fit": fit}
    arguments |= {"z": np.zeros((30, 5)), "labels": []}
    with pytest.raises(InputError, match=words):
        probe_maps(**arguments | change)


def test_what_does_not_belong_together_is_refused(encoder, images, fit):
    rows, z = np.arange(30), np.zeros((30, 5))
    with pytest.raises(InputError, match="fit has 3 dimensions and the encoder 5"):
        probe_maps(encoder, images, rows, z, fit_gaussian(np.eye(9)[:, :3]), [])
    for shape, layer in (((9, 9, 1), keras.layers.Conv2D(2, 3)), ((64,), keras.layers.Dense(5))):
        other = keras.Sequential([keras.Input(shape), layer])
        with pytest.raises(InputError, match=rf"takes images of shape \({shape[0]},"):
            probe_maps(other, images, rows, z, fit, [])


def labelled(report, **changes):
    return replace(report, correlations=replace(report.correlations, **changes))


def test_a_dead_map_goes_with_nothing(report):
    """The rounding of a map that does not vary may go with anything."""
    adjusted, values = report.correlations.adjusted.copy(), report.correlations.values.copy()
    adjusted[3], values[3] = 0.001, 0.5
    found = labelled(report, adjusted=adjusted, values=values)
    assert attributes_of(found, 3, "coin") == []
    assert metrics(found)["maps/attributed"] == metrics(report)["maps/attributed"]
    row = rows(found)[3]
    assert row["attribute"] is row["correlation"] is row["axis"] is row["axis_share"] is None


def test_attributes_that_are_known_of_no_image_are_no_findings(encoder, images, fit, report):
    unknown = [Label("mood", "mood", "binary", np.full(N, np.nan))]
    found = probe_maps(encoder, images, *held_out(encoder, images), fit, unknown, starts=1, steps=2)
    assert np.isnan(found.by_labels).all()
    assert {row["attribute"] for row in rows(found)} == {None}
    assert attributes_of(found, 0, "mood") == []
    named = metrics(found)
    assert named["maps/attributed"] == 0
    assert not {"maps/labels_r2_median", "maps/correlation_max_mean"} & set(named)
    said = " ".join(map_sentences(found))
    assert "nan" not in said
    assert "all attributes" not in said
    assert "0 of 3 maps go with at least one attribute (false-discovery rate 5 %)." in said


def test_sentences_count_maps_and_name_those_that_do_not_vary(report):
    said = " ".join(map_sentences(report))
    assert "Layer inner has 4 maps; 1 does not vary between images (3)." in said
    assert "above its mean response to images" in said
    assert "all attributes that are known of every image" in said
    assert "2 of 3 maps go with" in said
    dead = replace(report, responses=replace(report.responses, dead=np.full(4, True)))
    assert map_sentences(dead) == [
        "Layer inner has 4 maps; 4 do not vary between images (0, 1, 2, 3)."
    ]


@pytest.mark.parametrize(("k", "first", "last"), [(2, 1, 1), (12, 4, 4), (30, 10, 10)])
def test_leading_and_trailing_axes_do_not_overlap(report, k, first, last):
    largest = np.arange(1.0, k + 1)
    values = np.stack([largest, *3 * [0 * largest]])
    found = metrics(replace(report, shares=MapShares("share", values)))
    assert found["maps/share_leading"] == pytest.approx(largest[:first].mean())
    assert found["maps/share_trailing"] == pytest.approx(largest[-last:].mean())


def test_what_maps_are_ordered_by_is_checked_without_them():
    check_order("left", ["left"])
    with pytest.raises(InputError, match="by 'left': choose one of activation, selectivity, Male"):
        check_order("left", ["Male"])


def functional(layers, shape=(SIDE, SIDE, 1)):
    x = images = keras.Input(shape)
    for layer in layers:
        x = layer(x)
    return keras.Model(images, x)


def test_a_functional_encoder_gives_what_a_sequential_one_gives(encoder, images, fit, report):
    """Of a map that is 0 for noise, a pattern is found all the same; shares are shares."""
    open_sides = functional(
        [type(layer).from_config(layer.get_config()) for layer in encoder.layers]
    )
    open_sides.set_weights(encoder.get_weights())
    found = probe_maps(
        open_sides, images, *held_out(encoder, images), fit, [], starts=2, steps=16, seed=3
    )
    np.testing.assert_allclose(found.patterns.patterns, report.patterns.patterns, atol=1e-3)
    np.testing.assert_allclose(found.shares.values, report.shares.values, atol=1e-5)


def test_sides_that_the_encoder_leaves_open_are_those_of_the_images(images):
    layers = [
        keras.layers.Conv2D(4, 3, activation="relu", name="conv"),
        keras.layers.GlobalAveragePooling2D(name="pool"),
        keras.layers.Dense(3, name="z"),
    ]
    encoder = functional(layers, (None, None, 1))
    test, z = held_out(encoder, images)
    fit = fit_gaussian(encode(encoder, images))
    for name, kind in (("conv", "share"), ("z", "correlation")):
        found = probe_maps(encoder, images, test, z, fit, [], layer=name, starts=1, steps=2)
        assert found.shares.kind == kind
        assert found.patterns.patterns.shape[1:] == images.shape
