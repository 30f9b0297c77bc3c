import os
import shutil
import sys

import numpy as np
import pytest
from PIL import Image

from mlflow_latents.data import open_images
from mlflow_latents.errors import InputError


def open_folder(root, **options):
    return open_images("folder", data_dir=str(root), resolution=16, **options)


def test_names_labels_and_pixels(folder, make):
    images = open_folder(folder)
    assert images.names[[0, 39]].tolist() == ["cats/00.png", "dogs/old/39.png"]
    assert images.attributes["label"].tolist() == ["cats"] * 20 + ["dogs"] * 20
    assert images.source == str(folder)
    assert [len(images.indices(s)) for s in ("train", "validation", "test")] == [30, 2, 8]
    expected = make.picture(25).resize((16, 16), Image.Resampling.LANCZOS, (0, 2, 20, 22))
    assert np.array_equal(images.images[25], np.asarray(expected))


def test_a_flat_folder_has_no_labels(folder):
    images = open_folder(folder / "cats")
    assert images.attributes == {}
    assert images.names[0] == "00.png"


def test_only_the_images_asked_for_are_decoded(folder):
    names = open_folder(folder, images=20).names
    for path in folder.rglob("*.png"):
        if path.relative_to(folder).as_posix() not in names:
            path.write_text("broken")
    assert len(open_folder(folder, images=20)) == 20


def test_a_text_that_is_named_like_an_image_is_unreadable(folder):
    (folder / "cats" / "text.jpg").write_text("not an image")
    with pytest.raises(InputError, match=r"More than 1 % of the 41 images .*cats/text.jpg"):
        open_folder(folder)


def test_one_in_a_hundred_is_skipped_and_named(folder, make):
    for i in range(79):
        make.picture(i).save(folder / "cats" / f"more{i}.png")
    (folder / "cats" / "text.jpg").write_text("not an image")
    with pytest.warns(UserWarning, match=r"1 images of .* left out: cats/text.jpg"):
        images = open_folder(folder)
    assert images.skipped == ("cats/text.jpg",)
    assert len(images) == 119


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "README.txt").write_text("not an image")
    with pytest.raises(InputError, match=r"holds no images.*\.jpg"):
        open_folder(tmp_path)


def test_too_few_images_are_refused(tmp_path, make):
    for i in range(2):
        make.picture(i).save(tmp_path / f"{i}.png")
    with pytest.raises(InputError, match=r"has 2 images, .*: give 3 or more"):
        open_folder(tmp_path)


def test_links_to_folders_are_followed_and_each_folder_is_read_once(folder):
    apart = folder.parent / "apart"
    shutil.move(folder / "dogs" / "old", apart)
    (folder / "a_dogs").symlink_to(apart)
    (folder / "b_dogs").symlink_to(apart)
    (folder / "a_cats").symlink_to(folder / "cats")
    (folder / "cats" / "loop").symlink_to(folder)
    (apart / "loop").symlink_to(apart)
    images = open_folder(folder)
    assert images.names[[0, 39]].tolist() == ["a_dogs/20.png", "cats/19.png"]
    assert len(images) == 40


def test_a_folder_that_cannot_be_read_is_refused(folder, monkeypatch):
    scandir = os.scandir

    def guarded(path):
        if str(path).endswith("dogs"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    with pytest.raises(InputError, match=r"dogs cannot be read \(Permission denied\)"):
        open_folder(folder)


def test_links_that_lead_nowhere_are_unreadable(folder, make):
    for i in range(160):
        make.picture(i).save(folder / "cats" / f"more{i}.png")
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    with pytest.warns(UserWarning, match=r"2 images of .* left out: gone.png, loop.png"):
        assert len(open_folder(folder)) == 200


def test_a_pipe_is_no_image(folder):
    os.mkfifo(folder / "pipe.png")
    assert len(open_folder(folder)) == 40


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf8_is_refused(folder):
    with open(os.fsencode(folder) + b"/\xff.png", "wb"):
        pass
    with pytest.raises(InputError, match=r"xff.png' is not UTF-8: rename it"):
        open_folder(folder)


@pytest.mark.parametrize(
    ("data_dir", "says"),
    [
        ("~no_such_user/x", "data_dir ~no_such_user/x starts at a home folder"),
        ("x" * 300, "x is not a folder"),
        (os.fsdecode(b"/tmp/\xff"), "is not UTF-8"),
    ],
)
def test_an_impossible_folder_is_refused(data_dir, says):
    with pytest.raises(InputError, match=says):
        open_folder(data_dir)


def test_grey_images_become_rgb(tmp_path, make):
    for i in range(3):
        make.picture(i).convert("L").save(tmp_path / f"{i}.png")
    images = open_folder(tmp_path).images
    assert np.array_equal(images[..., 0], images[..., 2])
