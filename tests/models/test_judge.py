from dataclasses import replace

import numpy as np
import pytest

from mlflow_latents.data import ImageSet, open_images
from mlflow_latents.errors import InputError
from mlflow_latents.models import judge as judge_module
from mlflow_latents.models import judge_features, judge_targets, judge_training, train_judge
from mlflow_latents.models.backend import keras


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def digits(folder):
    return open_images("digits", cache_dir=str(folder))


@pytest.fixture(scope="module")
def judge(digits, folder):
    return judge_features(digits, cache_dir=str(folder))


def described(**attributes):
    """Twenty images, the first sixteen to train on."""
    return ImageSet(
        name="described",
        images=np.zeros((20, 8, 8, 1), np.uint8),
        split=np.repeat(["train", "validation", "test"], [16, 2, 2]),
        names=np.array([str(i) for i in range(20)]),
        digest="described",
        source="",
        attributes={name: np.asarray(values) for name, values in attributes.items()},
    )


def test_targets_of_classes():
    words = np.array(["cat"] * 8 + ["dog"] * 6 + ["cow"] * 2 + ["cat", "cow", "cow", "emu"])
    targets = judge_targets(described(kind=words))
    assert targets.dtype == np.float32
    np.testing.assert_array_equal(targets, np.stack([words == "cat", words == "dog"], axis=1))
    numbers = np.tile([3, 1, 7, 7], 5)
    assert judge_targets(described(label=numbers)).sum(axis=0).tolist() == [10]  # 4 times 3 and 1


@pytest.mark.parametrize("pair", [[False, True], [-1, 1], [-1.0, 1.0], ["no", "yes"]])
def test_targets_of_two_values(pair):
    targets = judge_targets(described(smiles=np.tile(pair, 10)))
    np.testing.assert_array_equal(targets[:, 0], np.tile([0, 1], 10))


def test_targets_of_quantities():
    values = np.exp(np.arange(20.0))[::-1]
    ranks = judge_targets(described(size=values))[:, 0]
    np.testing.assert_allclose(ranks[:16], (np.arange(16)[::-1] + 0.5) / 16)
    assert (ranks[16:] == 0).all()  # smaller than all training images
    whole = np.arange(200)
    many = described(age=whole[:20])
    assert judge_targets(many) is None  # every image a class of its own


def test_whole_numbers_of_many_values_are_quantities(monkeypatch):
    monkeypatch.setattr("mlflow_latents.data.labels.MOST_CLASSES", 10)
    ranks = judge_targets(described(age=np.arange(20)))[:, 0]
    np.testing.assert_allclose(ranks[:16], (np.arange(16) + 0.5) / 16)


def test_attributes_that_teach_nothing():
    constant = np.array([1] * 16 + [0] * 4)
    names = np.array([f"person {i}" for i in range(20)])
    broken = np.where(np.arange(20) == 3, np.nan, np.arange(20))
    images = described(constant=constant, name=names, broken=broken)
    assert judge_targets(images) is None
    assert judge_features(images) is None
    assert judge_features(described()) is None


def test_it_learns_digits(digits, judge):
    """By the nearest training image's label, in its features: better than in pixels or as good."""
    train, test = digits.indices("train"), digits.indices("test")
    labels = digits.attributes["label"]
    z, held_out = judge(digits.images[train]), judge(digits.images[test])
    assert z.shape == (len(train), 64)
    assert z.dtype == np.float32
    d2 = np.square(held_out[:, None] - z).sum(axis=2)
    assert np.mean(labels[train][d2.argmin(axis=1)] == labels[test]) > 0.95
    # As many as were trained on: all of them.
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-4)
    assert z.var(axis=0).mean() == pytest.approx(1, rel=1e-4)


def test_the_network_tells_the_labels(digits):
    targets = judge_targets(digits)
    test = digits.indices("test")
    network = train_judge(digits, targets, seed=1)
    logits = np.asarray(network(digits.images[test] / np.float32(255)))
    assert np.mean(logits.argmax(axis=1) == targets[test].argmax(axis=1)) > 0.95
    for layer in network.layers:
        assert type(layer) in vars(keras.layers).values()


def test_a_trained_judge_is_kept(digits, judge, folder, monkeypatch):
    monkeypatch.setattr(judge_module, "train_judge", pytest.fail)
    again = judge_features(digits, cache_dir=str(folder))
    x = digits.images[:100]
    np.testing.assert_allclose(again(x), judge(x), atol=1e-5)
    assert [path.suffix for path in (folder / "judges").iterdir()] == [".keras"]


@pytest.mark.parametrize(
    "change", [{"digest": "other"}, {"attributes": {"label": np.arange(1797) % 5}}]
)
def test_other_images_or_labels_need_another_judge(digits, judge, folder, monkeypatch, change):
    class TrainedError(Exception):
        pass

    def trained(*_):
        raise TrainedError

    monkeypatch.setattr(judge_module, "train_judge", trained)
    with pytest.raises(TrainedError):
        judge_features(replace(digits, **change), cache_dir=str(folder))


def small(shape=(16, 18, 3), labels=2):
    rng = np.random.default_rng(0)
    label = np.arange(40) % labels
    images = rng.integers(256, size=(40, *shape), dtype=np.uint8) // 2
    images += (100 * label).astype(np.uint8)[:, None, None, None]
    return ImageSet(
        name="small",
        images=images,
        split=np.repeat(["train", "validation", "test"], [30, 5, 5]),
        names=np.array([str(i) for i in range(40)]),
        digest="small",
        source="",
        attributes={"bright": label},
    )


def test_a_damaged_judge_is_trained_again(tmp_path, monkeypatch):
    trained, images = [], small()

    def untrained(images, targets):
        trained.append(targets.shape)
        return judge_training._build(images.shape, targets.shape[1], seed=0)

    monkeypatch.setattr(judge_module, "train_judge", untrained)
    first = judge_features(images, cache_dir=str(tmp_path))(images.images)
    (path,) = (tmp_path / "judges").iterdir()
    path.write_bytes(path.read_bytes()[:1000])
    again = judge_features(images, cache_dir=str(tmp_path))(images.images)
    np.testing.assert_allclose(again, first, atol=1e-4)
    judge_features(images, cache_dir=str(tmp_path))
    assert trained == [(40, 1)] * 2


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(judge_module, "train_judge", pytest.fail)
    (tmp_path / "judges").write_text("in the way")
    with pytest.raises(InputError, match=r"cannot be kept in .*judges"):
        judge_features(small(), cache_dir=str(tmp_path))


def users_model(path, input_shape, *more):
    model = keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Resizing(12, 12),
            keras.layers.Rescaling(2.0, offset=-1.0),
            keras.layers.Conv2D(5, 3, kernel_initializer=keras.initializers.GlorotUniform(seed=0)),
            *more,
        ]
    )
    model.save(path)
    return model


def test_a_judge_of_the_user(tmp_path):
    images = small()
    path = tmp_path / "mine.keras"
    pooled = keras.layers.GlobalAveragePooling2D()
    model = users_model(path, (None, None, 3), pooled)
    features = judge_features(images, str(path))(images.images)
    expected = np.asarray(model(images.images / np.float32(255)))
    assert features.shape == (40, 5)
    np.testing.assert_allclose(features, expected, atol=1e-5)


def test_judges_of_the_user_that_do_not_suit(tmp_path):
    path = tmp_path / "mine.keras"
    users_model(path, (20, 18, 3), keras.layers.GlobalAveragePooling2D())
    with pytest.raises(InputError, match=r"must turn images \(n, 16, 18, 3\).*put a Resizing"):
        judge_features(small(), str(path))
    users_model(path, (16, 18, 3))
    with pytest.raises(InputError, match=r"into \(None, 10, 10, 5\), but must.*features \(n, f\)"):
        judge_features(small(), str(path))
    path.write_bytes(b"no model")
    with pytest.raises(InputError, match=r"mine\.keras cannot be read"):
        judge_features(small(), str(path))
    for name in ("absent.keras", "mine.h5"):
        with pytest.raises(InputError, match=f"{name} is no Keras model file"):
            judge_features(small(), str(tmp_path / name))
