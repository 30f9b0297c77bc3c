from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_latents import cli
from mlflow_latents.data import SPLITS, ImagesConfig, decoding, open_images
from mlflow_latents.data import store as store_module
from mlflow_latents.data.combined import largest_remainders, share_out
from mlflow_latents.data.registry import parts_of
from mlflow_latents.errors import InputError
from mlflow_latents.models.judge_training import judge_targets

COUNTS = st.integers(1, 300)
FACES = {"resolution": 8}  # the renderer compiles once for all of this file


@pytest.fixture(autouse=True)
def _few_faces_at_once(monkeypatch):
    monkeypatch.setattr("mlflow_latents.data.faces.PIXELS", 64 * 8**2)


def counts(images):
    """How many images of each origin are in each split."""
    return Counter(zip(images.attributes["origin"].tolist(), images.split.tolist(), strict=True))


@pytest.fixture
def both(make, tmp_path):
    """CelebA (20 train, 10 validation, 10 test) and MNIST (57, 3, 20) as data_dir."""
    celeba, mnist = make.celeba(tmp_path / "celeba"), make.idx(tmp_path / "mnist")
    return f"celeba={celeba},mnist={mnist}"


# Shares


@given(weights=st.lists(COUNTS, min_size=1, max_size=5), total=st.integers(0, 500))
def test_largest_remainders(weights, total):
    shared = largest_remainders(weights, total)
    assert sum(shared) == total
    exact = [Fraction(w * total, sum(weights)) for w in weights]
    assert all(abs(k - value) < 1 for k, value in zip(shared, exact, strict=True))


def test_largest_remainders_as_in_an_election():
    # https://en.wikipedia.org/wiki/Quota_method, Hamilton's example with 10 seats
    assert largest_remainders([47_000, 16_000, 15_800, 12_000, 6_100, 3_100], 10) == [
        5,
        2,
        1,
        1,
        1,
        0,
    ]


@given(
    available=st.lists(st.lists(COUNTS, min_size=3, max_size=3), min_size=2, max_size=3),
    weights=st.lists(st.integers(1, 9), min_size=3, max_size=3),
)
def test_shares_hold_in_every_split_and_nothing_more_can_be_taken(available, weights):
    weights = weights[: len(available)]
    shares = [Fraction(w, sum(weights)) for w in weights]
    taken = np.array(share_out(ImagesConfig(dataset="mine"), available, shares))
    totals = taken.sum(axis=0)
    assert np.all(taken <= available)
    assert np.all(np.abs(taken - np.outer([float(s) for s in shares], totals)) < 1)
    for total, column in zip(totals, np.transpose(available), strict=True):
        one_more = [share * int(total + 1) for share in shares]
        assert any(more > n for more, n in zip(one_more, column.tolist(), strict=True))


@given(
    available=st.lists(st.lists(COUNTS, min_size=3, max_size=3), min_size=2, max_size=3),
    images=st.integers(3, 300),
)
def test_without_shares_parts_and_splits_stay_in_proportion(available, images):
    n = sum(map(sum, available))
    images = min(n, images)
    taken = np.array(share_out(ImagesConfig(images=images), available, [None] * len(available)))
    assert taken.sum() == images
    assert np.all(taken <= available)
    assert np.all(taken.sum(axis=0) >= 1)
    exact = np.array(available) * images / n
    # One by the rounding of the splits, one by that of the parts, more where a split would be empty
    empty = np.sum(exact.sum(axis=0) < 1)
    assert np.all(np.abs(taken - exact) < 2 + empty)


def test_all_images_of_all_parts(both):
    images = open_images("celeba+mnist", data_dir=both, resolution=8)
    assert counts(images) == {
        ("celeba", "train"): 20,
        ("celeba", "validation"): 10,
        ("celeba", "test"): 10,
        ("mnist", "train"): 57,
        ("mnist", "validation"): 3,
        ("mnist", "test"): 20,
    }


def test_shares(both):
    images = open_images("celeba:0.25+mnist:0.75", data_dir=both, resolution=8)
    assert counts(images) == {
        ("celeba", "train"): 19,
        ("celeba", "validation"): 1,
        ("celeba", "test"): 7,  # of 26 a quarter is 6.5
        ("mnist", "train"): 57,
        ("mnist", "validation"): 3,
        ("mnist", "test"): 19,
    }


def test_three_thirds(both):
    third = "celeba:0.333333+mnist:0.333333+digits:0.333333"
    images = open_images(third, data_dir=both, resolution=8)
    assert set(counts(images).values()) == {20, 3, 10}
    written_out = open_images("celeba:1/3+mnist:1/3+digits:1/3", data_dir=both, resolution=8)
    assert written_out.digest == images.digest


@pytest.mark.parametrize("name", ["celeba:0.5+faces:0.5", "celeba+faces"])
def test_fewer_images_are_a_part_of_more(name, both, monkeypatch):
    monkeypatch.setattr("mlflow_latents.data.registry.FACES", 60)
    monkeypatch.setattr("mlflow_latents.data.faces.FACES", 60)
    choices = [open_images(name, data_dir=both, images=n, **FACES) for n in (8, 16, 32, 64)]
    assert [len(images) for images in choices] == [8, 16, 32, 64]
    few, *more = (set(images.names.tolist()) for images in choices)
    for larger in more:
        assert few < larger
        few = larger


def test_there_is_no_end_of_faces_with_a_share(both, monkeypatch):
    monkeypatch.setattr("mlflow_latents.data.registry.FACES", 20)
    images = open_images("celeba:0.1+faces:0.9", data_dir=both, images=200, **FACES)
    origin = images.attributes["origin"]
    assert len(images) == 200
    for split in SPLITS:
        of_celeba = origin[images.indices(split)] == "celeba"
        assert abs(np.sum(of_celeba) - 0.1 * len(of_celeba)) < 1


def test_too_few_images_for_a_part(both):
    with pytest.raises(InputError, match=r"3 images of .* hold none of 'celeba': ask for more"):
        open_images("celeba:0.01+mnist:0.99", data_dir=both, images=3, resolution=8)


def test_another_seed_chooses_other_images(both):
    names = [
        open_images(
            "celeba:0.5+mnist:0.5", data_dir=both, images=20, data_seed=seed, resolution=8
        ).names.tolist()
        for seed in (0, 1)
    ]
    assert names[0] != names[1]


# Images


def test_images_are_those_of_the_parts(both):
    images = open_images("mnist+celeba", data_dir=both, resolution=16)
    mnist, celeba = (
        open_images(name, data_dir=both, resolution=16) for name in ("mnist", "celeba")
    )
    assert np.array_equal(images.images[:80], np.repeat(mnist.images, 3, axis=3))
    assert np.array_equal(images.images[80:], celeba.images)
    assert images.names[0] == "mnist/train-00000"
    assert images.names[80] == f"celeba/{celeba.names[0]}"
    assert np.array_equal(images.split, np.concatenate([mnist.split, celeba.split]))
    assert mnist.source in images.source
    assert celeba.source in images.source


def test_grey_images_stay_grey_among_themselves(both):
    assert open_images("mnist+digits", data_dir=both, resolution=8).shape == (8, 8, 1)


def test_chosen_images_keep_their_names(both):
    every = open_images("celeba", data_dir=both, resolution=16)
    some = open_images("mnist:0.5+celeba:0.5", data_dir=both, resolution=16, images=30)
    of_celeba = np.flatnonzero(some.attributes["origin"] == "celeba")
    place = {f"celeba/{name}": i for i, name in enumerate(every.names)}
    where = [place[name] for name in some.names[of_celeba]]
    assert np.array_equal(some.images[of_celeba], every.images[where])


def test_nothing_but_the_chosen_images_is_decoded(both, monkeypatch):
    decoded = []

    def decode_all(names, *options):
        decoded.extend(names)
        return decoding.decode_all(names, *options)

    monkeypatch.setattr("mlflow_latents.data.celeba.decode_all", decode_all)
    images = open_images("celeba:0.5+mnist:0.5", data_dir=both, images=20, resolution=8)
    of_celeba = images.names[images.attributes["origin"] == "celeba"]
    assert [f"celeba/{name}" for name in decoded] == of_celeba.tolist()


def test_parts_without_a_common_size(both):
    says = "differ in size .celeba 64 x 64, mnist 28 x 28 pixels.: give resolution"
    with pytest.raises(InputError, match=says):
        open_images("celeba+mnist", data_dir=both)


def test_photographs_are_kept_in_the_cache(both, cache, monkeypatch):
    first = open_images("celeba:0.5 + faces / bimodal:0.5", data_dir=both, **FACES)
    assert isinstance(first.images, np.memmap)
    assert first.name == "celeba:0.5+faces/bimodal:0.5"
    monkeypatch.setattr(store_module, "_fill", None)
    second = open_images("celeba:0.5+faces/bimodal:0.5", data_dir=both, **FACES)
    assert second.digest == first.digest


def test_an_unreadable_image_is_left_out_with_its_attributes(folder):
    broken = folder / "dogs" / "old" / "30.png"
    broken.write_bytes(broken.read_bytes()[:40])
    with pytest.warns(UserWarning, match="1 images of .*: folder/dogs/old/30.png"):
        images = open_images("folder+digits", data_dir=str(folder), resolution=8)
    assert images.skipped == ("folder/dogs/old/30.png",)
    assert len(images) == 39 + 1797
    alone = open_images("digits", resolution=8)
    assert np.array_equal(images.images[39:], np.repeat(alone.images, 3, axis=3))
    assert np.all(images.attributes["origin"][39:] == "digits")


# Attributes


def test_what_a_part_lacks_is_missing_and_not_false(both):
    images = open_images("celeba+mnist", data_dir=both, resolution=8)
    male = images.attributes["Male"]
    celeba = open_images("celeba", data_dir=both, resolution=8)
    assert np.array_equal(male[:40], celeba.attributes["Male"])
    assert np.isnan(male[40:]).all()


def test_what_all_parts_have_keeps_its_kind():
    images = open_images("faces/normal:0.5+faces/bimodal:0.5", images=40, **FACES)
    assert images.attributes["smiling"].dtype == bool
    assert images.attributes["smile"].dtype == np.float32
    assert np.isfinite(images.attributes["smile"]).all()


def test_classes_of_different_sets_are_different(both):
    images = open_images("mnist+digits+celeba", data_dir=both, resolution=8)
    label, origin = images.attributes["label"], images.attributes["origin"]
    assert set(label[origin == "mnist"]) == {f"mnist/{i}" for i in range(10)}
    assert set(label[origin == "digits"]) == {f"digits/{i}" for i in range(10)}
    assert set(label[origin == "celeba"]) == {"celeba"}


def test_a_judge_learns_from_what_is_known_of_all_images(both):
    images = open_images("celeba+digits", data_dir=both, resolution=8)
    targets = judge_targets(images)
    assert targets.shape == (len(images), 11 + 1)  # ten digits and CelebA; the origin
    assert np.isfinite(targets).all()


# Faces


def test_faces_with_a_law_in_the_name():
    named = open_images("faces/bimodal", images=20, **FACES)
    given = open_images("faces", factor_law="bimodal", images=20, **FACES)
    assert named.digest == given.digest
    assert named.name == "faces"
    assert open_images("faces/bimodal", factor_law="bimodal", images=20, **FACES).digest == (
        given.digest
    )


def test_two_laws_of_faces_are_drawn_independently():
    images = open_images("faces:0.5+faces/bimodal:0.5", images=1000, **FACES)
    one, two = (
        images.attributes["smile"][images.attributes["origin"] == name]
        for name in ("faces", "faces/bimodal")
    )
    assert len(one) == len(two) == 500
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.2  # drawn with the same seed it is 0.4


# What users write


@pytest.mark.parametrize("name", ["celeba:1", " celeba ", "celeba:1.0"])
def test_one_part_is_the_image_set(name, both):
    images = open_images(name, data_dir=both, images=20, resolution=8)
    assert images.name == "celeba"
    assert "origin" not in images.attributes
    assert images.digest == open_images("celeba", data_dir=both, images=20, resolution=8).digest


@pytest.mark.parametrize(
    ("dataset", "says"),
    [
        ("", "'', where a name is missing"),
        ("digits+", "'digits.', where a name is missing"),
        ("+digits", "a name is missing"),
        ("faces+celba", "'celba' .did you mean 'celeba'"),
        ("faces,digits", "no image set 'faces,digits'"),
        ("faces:0+digits:1", "'faces' has the share '0'"),
        ("faces:1.5+digits:0.5", "'faces' has the share '1.5'"),
        ("faces:-0.5+digits:0.5", "'faces' has the share '-0.5'"),
        ("faces:half+digits:0.5", "'faces' has the share 'half'"),
        ("faces:+digits:0.5", "'faces' has the share ''"),
        ("faces:1/0+digits:0.5", "'faces' has the share '1/0'"),
        ("faces:nan+digits:0.5", "'faces' has the share 'nan'"),
        ("faces:1e-999999999+digits:0.5", "'faces' has the share '1e-999999999'"),
        ("faces:0.5+digits:0.6", r"the shares sum to 1\.1"),
        ("faces:0.5", r"the shares sum to 0\.5"),
        ("faces:0.5+digits", "only some parts have a share"),
        ("digits+digits", "holds 'digits' twice"),
        ("digits:0.5+digits:0.5", "holds 'digits' twice"),
        ("faces+faces/normal", "holds 'faces/normal' twice"),
        ("faces/cauchy", "law 'cauchy' is unknown: choose one of faces/normal"),
        ("faces/", "law '' is unknown"),
        ("celeba/normal", "only faces have a law: write 'celeba' alone"),
    ],
)
def test_a_dataset_that_cannot_be_read_is_refused(dataset, says):
    with pytest.raises(InputError, match=says) as error:
        open_images(dataset)
    assert "\n" not in str(error.value)


def test_a_law_in_two_places_is_refused():
    with pytest.raises(InputError, match="factor_law is 'uniform': give the law in one place"):
        open_images("faces/bimodal", factor_law="uniform")


def folders(dataset, data_dir):
    parts = parts_of(ImagesConfig(dataset=dataset, data_dir=data_dir))
    return [part.config.data_dir for part in parts]


@pytest.mark.parametrize(
    ("dataset", "data_dir", "expected"),
    [
        ("celeba+mnist", "celeba=/a,mnist=/b", ["/a", "/b"]),
        ("mnist+celeba", " celeba = /a , mnist = /b ", ["/b", "/a"]),
        ("celeba+mnist", "celeba=/a", ["/a", None]),
        ("celeba", "celeba=/a,mnist=/b", ["/a"]),
        ("faces", "celeba=/a,mnist=/b", [None]),
        ("faces+celeba", "/a", [None, "/a"]),
        ("celeba:0.5+digits:0.5", "/a", ["/a", None]),
        ("celeba+mnist", "celeba=/a,b/c,mnist=/d=e", ["/a,b/c", "/d=e"]),
        ("folder", "/runs/rate=3", ["/runs/rate=3"]),
    ],
)
def test_the_folder_of_each_part(dataset, data_dir, expected):
    assert folders(dataset, data_dir) == expected


def test_a_folder_that_exists_is_no_list(tmp_path, monkeypatch):
    (tmp_path / "rate=3").mkdir()
    monkeypatch.chdir(tmp_path)
    assert folders("folder", "rate=3") == ["rate=3"]
    assert folders("folder+faces", "rate=3") == ["rate=3", None]


@pytest.mark.parametrize(
    ("dataset", "data_dir", "says"),
    [
        ("celeba+mnist", "/a", "2 parts .* read files: write it as celeba=FOLDER,mnist=FOLDER"),
        ("digits+faces", "/a", "no part of 'digits.faces' reads files"),
        ("celeba", "celbea=/a", "to 'celbea', an unknown image set .did you mean 'celeba'"),
        ("celeba+faces", "celeba=/a,zzz=/b", "to 'zzz', an unknown image set: choose one of faces"),
        ("celeba", "celeba=", "no folder to 'celeba'"),
        ("celeba", "celeba=/a,celeba=/b", "two folders to 'celeba'"),
        ("celeba+faces", "mnist=/b", "'celeba' needs data_dir"),
        ("celeba+faces", "celeba=/a,faces=/b", "'faces' reads no files|/a is not a folder"),
    ],
)
def test_folders_that_do_not_fit_are_refused(dataset, data_dir, says):
    with pytest.raises(InputError, match=says):
        open_images(dataset, data_dir=data_dir)


def test_the_command_prepares_a_combination(capsys):
    options = ["--dataset", "digits:0.5+faces:0.5", "--images", "40", "--resolution", "8"]
    assert cli.main(["prepare", *options]) == 0
    assert "digits:0.5+faces:0.5: 40 images of 8×8×3 (30 train, 2 valid" in capsys.readouterr().out
