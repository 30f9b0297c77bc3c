import os

import numpy as np
import pytest

from mlflow_latents.data import open_images
from mlflow_latents.errors import InputError

NUMBERS = {"train": 0, "validation": 1, "test": 2}


def test_official_splits_and_attributes(make, tmp_path):
    root = make.celeba(tmp_path / "celeba", missing={0, 5, 6})
    images = open_images("celeba", data_dir=str(root), resolution=16)
    numbers = np.array([int(name[:6]) - 1 for name in images.names])
    assert np.array_equal(numbers, np.delete(np.arange(40), [0, 5, 6]))
    assert [NUMBERS[split] for split in images.split] == [(0, 0, 1, 2)[i % 4] for i in numbers]
    assert list(images.attributes) == ["Male", "Smiling", "Bald"]
    for attribute, period in (("Male", 2), ("Smiling", 3), ("Bald", 5)):
        assert images.attributes[attribute].dtype == bool
        assert np.array_equal(images.attributes[attribute], numbers % period == 0)


def test_the_kaggle_edition_is_the_same(make, tmp_path):
    official = make.celeba(tmp_path / "official")
    kaggle = make.celeba(tmp_path / "kaggle", edition="kaggle")
    one, two = (open_images("celeba", data_dir=str(root)) for root in (official, kaggle))
    assert one.digest == two.digest
    assert all(np.array_equal(one.attributes[a], two.attributes[a]) for a in one.attributes)


def test_an_unpacked_folder_with_official_tables(make, tmp_path):
    root = make.celeba(tmp_path / "celeba")
    kaggle = make.celeba(tmp_path / "kaggle", edition="kaggle")
    (root / "img_align_celeba.zip").unlink()
    inner = kaggle / "img_align_celeba" / "img_align_celeba"
    inner.rename(root / "img_align_celeba")
    assert len(open_images("celeba", data_dir=str(root))) == 40


def test_the_square_is_cut_from_the_centre_of_the_frame(make, tmp_path):
    root = make.celeba(tmp_path / "celeba", n=4)
    image = open_images("celeba", data_dir=str(root), resolution=178).images[0]
    original = np.asarray(make.picture(0, (178, 218)))[20:198]
    smooth = abs(np.diff(original.astype(int), axis=1, append=original[:, -1:])).max(-1) < 20
    assert np.mean(abs(image.astype(int) - original)[smooth]) < 6


def test_enlarged_images_are_warned_of(make, tmp_path):
    root = make.celeba(tmp_path / "celeba", n=8)
    for _ in range(2):  # decoded, then from the cache
        with pytest.warns(UserWarning, match="8 of 8 images of 'celeba' are smaller than 200 x"):
            open_images("celeba", data_dir=str(root), resolution=200)


def test_images_without_a_row_are_left_out(make, tmp_path):
    root = make.celeba(tmp_path / "celeba")
    table = root / "list_eval_partition.txt"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:-3]))
    with pytest.warns(UserWarning, match="3 of 40 images .* have no row"):
        assert len(open_images("celeba", data_dir=str(root))) == 37


def test_a_download_of_training_images_alone_is_split_at_random(make, tmp_path):
    root = make.celeba(tmp_path / "celeba", splits=(0,))
    with pytest.warns(UserWarning, match="do not cover all of its official splits"):
        images = open_images("celeba", data_dir=str(root))
    assert [len(images.indices(s)) for s in ("train", "validation", "test")] == [30, 2, 8]


def test_a_corrupt_zip_is_refused(make, tmp_path):
    root = make.celeba(tmp_path / "celeba")
    archive = root / "img_align_celeba.zip"
    archive.write_bytes(archive.read_bytes()[:5000])
    with pytest.raises(InputError, match=r"img_align_celeba.zip is not a whole zip file"):
        open_images("celeba", data_dir=str(root))


def test_a_zip_with_damaged_entries_is_refused(make, tmp_path):
    root = make.celeba(tmp_path / "celeba")
    archive = root / "img_align_celeba.zip"
    data = bytearray(archive.read_bytes())
    data[200:3000] = bytes(2800)
    archive.write_bytes(data)
    with pytest.raises(InputError, match=r"More than 1 %.*000001.jpg"):
        open_images("celeba", data_dir=str(root))


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("img_align_celeba.zip", "neither img_align_celeba.zip nor the folder"),
        ("list_attr_celeba.txt", "neither list_attr_celeba.txt nor list_attr_celeba.csv"),
        ("list_eval_partition.txt", "neither list_eval_partition.txt nor"),
    ],
)
def test_a_missing_file_is_named_with_where_to_get_it(make, tmp_path, file, says):
    root = make.celeba(tmp_path / "celeba")
    (root / file).unlink()
    with pytest.raises(InputError, match=f"{says}.*download .* from http"):
        open_images("celeba", data_dir=str(root))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no table",
        "2\nA B\n000001.jpg 1 -1\n000002.jpg 1\n",
        "2\nA B\n000001.jpg 1 x\n000002.jpg 1 1\n",
    ],
)
def test_a_broken_table_is_refused(make, tmp_path, text):
    root = make.celeba(tmp_path / "celeba")
    (root / "list_attr_celeba.txt").write_text(text)
    with pytest.raises(InputError, match=r"list_attr_celeba.txt is not a table"):
        open_images("celeba", data_dir=str(root))


def test_a_folder_that_is_not_celeba_is_refused(make, tmp_path):
    root = make.celeba(tmp_path / "celeba", edition="kaggle")
    for path in (root / "img_align_celeba" / "img_align_celeba").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="holds no image that the tables beside it list"):
        open_images("celeba", data_dir=str(root))


def test_pipes_and_links_that_lead_nowhere_do_no_harm(tmp_path, make):
    root = make.celeba(tmp_path / "celeba", n=110, edition="kaggle")
    inner = root / "img_align_celeba" / "img_align_celeba"
    (inner / "000001.jpg").unlink()
    os.mkfifo(inner / "000001.jpg")
    (inner / "000002.jpg").unlink()
    (inner / "000002.jpg").symlink_to("nowhere.jpg")
    with pytest.warns(UserWarning, match="left out: 000002.jpg"):
        images = open_images("celeba", data_dir=str(root), resolution=8)
    assert images.names[0] == "000003.jpg"
