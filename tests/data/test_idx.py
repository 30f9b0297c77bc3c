import gzip
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from mlflow_latents.data import open_images
from mlflow_latents.errors import InputError

TRAIN = "train-images-idx3-ubyte"


def test_official_test_images_and_a_twentieth_for_validation(make, tmp_path):
    images = open_images("mnist", data_dir=str(make.idx(tmp_path / "idx")))
    assert [len(images.indices(s)) for s in ("train", "validation", "test")] == [57, 3, 20]
    assert images.names[images.indices("test")].tolist() == [f"test-{i:05d}" for i in range(20)]
    assert images.attributes["label"].tolist() == [i % 10 for i in (*range(60), *range(20))]
    pixels = np.random.default_rng(0).integers(0, 256, (60, 28, 28))
    assert np.array_equal(images.images[:60, ..., 0], pixels)


def test_other_resolutions(make, tmp_path):
    root = make.idx(tmp_path / "idx")
    assert open_images("mnist", data_dir=str(root), resolution=14).shape == (14, 14, 1)
    with pytest.warns(UserWarning, match="80 of 80 images of 'mnist' are smaller than 32 x 32"):
        assert open_images("mnist", data_dir=str(root), resolution=32).shape == (32, 32, 1)


def test_names_of_the_kaggle_edition(make, tmp_path):
    root = make.idx(tmp_path / "idx", zipped=False)
    for path in list(root.iterdir()):
        path.rename(root / path.name.replace("-idx", ".idx"))
    assert len(open_images("mnist", data_dir=str(root))) == 80


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda data: gzip.compress(data)[:-100], "not a whole gzip file"),
        (lambda data: data, "not a whole gzip file"),
        (lambda data: gzip.compress(data[:-100]), r"46940 values .* promises 47040"),
        (lambda data: gzip.compress(b"\x00\x00\x0d" + data[3:]), "not an idx file"),
        (lambda data: gzip.compress(b""), "not an idx file"),
        (lambda data: gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 5])), r"has shape \(2,\)"),
    ],
)
def test_a_broken_file_is_refused(make, tmp_path, damage, says):
    root = make.idx(tmp_path / "idx")
    path = root / f"{TRAIN}.gz"
    path.write_bytes(damage(gzip.decompress(path.read_bytes())))
    with pytest.raises(InputError, match=f"{TRAIN}.*{says}.*download it again"):
        open_images("mnist", data_dir=str(root))


def test_a_missing_file_is_named_with_where_to_get_it(make, tmp_path):
    root = make.idx(tmp_path / "idx")
    (root / f"{TRAIN}.gz").unlink()
    with pytest.raises(InputError, match=rf"no {TRAIN}.gz in .* from https://github.com/zalando"):
        open_images("fashion_mnist", data_dir=str(root))


def test_labels_that_do_not_fit_are_refused(make, tmp_path):
    root = make.idx(tmp_path / "idx")
    (root / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(make.idx_bytes(np.arange(7))))
    with pytest.raises(InputError, match="not as many labels as images"):
        open_images("mnist", data_dir=str(root))


def test_parts_of_different_shapes_are_refused(make, tmp_path):
    root = make.idx(tmp_path / "idx")
    small = make.idx_bytes(np.zeros((20, 20, 20)))
    (root / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(small))
    with pytest.raises(InputError, match=r"shape \(28, 28\) and the test images \(20, 20\)"):
        open_images("mnist", data_dir=str(root))


def keras_that(load):
    datasets = SimpleNamespace(mnist=SimpleNamespace(load_data=load))
    return SimpleNamespace(datasets=datasets)


def test_without_a_folder_keras_is_asked(monkeypatch):
    images = np.zeros((40, 28, 28), np.uint8)
    part = (images, np.arange(40) % 10)
    monkeypatch.setitem(sys.modules, "keras", keras_that(lambda: (part, part)))
    assert len(open_images("mnist")) == 80


def test_a_download_that_fails_says_what_to_put_where(monkeypatch):
    def fail():
        raise Exception("URL fetch failure")

    monkeypatch.setitem(sys.modules, "keras", keras_that(fail))
    with pytest.raises(InputError, match=rf"URL fetch failure.*{TRAIN}.gz.*from http.*data_dir"):
        open_images("mnist")
