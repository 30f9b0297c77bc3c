"""What every image set must hold; a new one joins by a subclass of a few lines."""

import warnings

import joblib
import numpy as np
import pytest

from mlflow_latents.data import IMAGE_SETS, SPLITS, ImagesConfig, open_images
from mlflow_latents.errors import InputError


class ImageSetConformance:
    name: str
    options: dict = {}  # noqa: RUF012
    natural: tuple
    n: int
    small = 12

    def data_dir(self, make, tmp_path):
        """Write small files as the set has them."""
        return None

    @pytest.fixture
    def open(self, make, tmp_path):
        folder = self.data_dir(make, tmp_path)

        def open_this(**options):
            if folder is not None:
                options = {"data_dir": str(folder)} | options
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=".*were enlarged")
                return open_images(self.name, **self.options | options)

        return open_this

    def test_images(self, open):
        images = open()
        assert images.name == self.name
        assert images.images.shape == (self.n, *self.natural)
        assert images.shape == self.natural
        assert images.images.dtype == np.uint8
        assert not images.images.flags.writeable
        assert images.images.std() > 5
        assert images.skipped == ()
        assert images.source

    def test_every_image_has_a_split_a_name_and_attributes(self, open):
        images = open()
        indices = [images.indices(split) for split in SPLITS]
        assert all(len(i) > 0 for i in indices)
        assert np.array_equal(np.sort(np.concatenate(indices)), np.arange(self.n))
        assert len(set(images.names)) == self.n
        assert images.attributes
        assert all(len(values) == self.n for values in images.attributes.values())

    def test_opening_twice_gives_the_same(self, open):
        one, two = open(), open()
        assert one.digest == two.digest
        assert len(one.digest) == 32
        assert np.array_equal(one.images, two.images)
        assert np.array_equal(one.split, two.split)

    def test_fewer_images_are_some_of_all(self, open):
        every, few = open(), open(images=20)
        assert len(few) == 20
        assert all(len(few.indices(split)) > 0 for split in SPLITS)
        assert few.digest != every.digest
        place = {name: i for i, name in enumerate(every.names)}
        where = [place[name] for name in few.names]
        assert np.array_equal(few.images, every.images[where])
        assert np.array_equal(few.split, every.split[where])
        for attribute, values in few.attributes.items():
            np.testing.assert_array_equal(values, every.attributes[attribute][where])

    def test_resolution_and_crop(self, open):
        whole, cut = (open(images=20, resolution=self.small, crop=crop) for crop in (1.0, 0.5))
        assert whole.shape == cut.shape == (self.small, self.small, self.natural[2])
        assert whole.digest != cut.digest

    def test_an_empty_resolution_is_refused(self, open):
        with pytest.raises(InputError, match="resolution is 0"):
            open(resolution=0)

    def test_more_than_there_are(self, open):
        with pytest.warns(UserWarning, match=f"has {self.n} images, fewer than"):
            assert len(open(images=self.n + 1)) == self.n


class TestFaces(ImageSetConformance):
    name, natural, n = "faces", (16, 16, 3), 60
    options = {"images": 60, "resolution": 16}  # noqa: RUF012
    small = 16  # the renderer compiles once

    def test_more_than_there_are(self, open):
        assert len(open(images=61)) == 61  # there is no end of them

    def test_its_own_resolution(self):
        plan = IMAGE_SETS["faces"](ImagesConfig())
        assert plan.shape == (64, 64, 3)
        assert len(plan) == 14_000


class TestDigits(ImageSetConformance):
    name, natural, n = "digits", (8, 8, 1), 1797


class TestMnist(ImageSetConformance):
    name, natural, n = "mnist", (28, 28, 1), 80

    def data_dir(self, make, tmp_path):
        return make.idx(tmp_path / "idx")


class TestFashionMnist(ImageSetConformance):
    name, natural, n = "fashion_mnist", (28, 28, 1), 80

    def data_dir(self, make, tmp_path):
        return make.idx(tmp_path / "idx", zipped=False)


class TestCeleba(ImageSetConformance):
    name, natural, n = "celeba", (64, 64, 3), 40

    def data_dir(self, make, tmp_path):
        return make.celeba(tmp_path / "celeba")


class TestCelebaFromKaggle(TestCeleba):
    def data_dir(self, make, tmp_path):
        return make.celeba(tmp_path / "celeba", edition="kaggle")


class TestFolder(ImageSetConformance):
    name, natural, n = "folder", (64, 64, 3), 40

    @pytest.fixture(autouse=True)
    def _folder(self, folder):
        self.root = folder

    def data_dir(self, make, tmp_path):
        return self.root


class TestLfw(ImageSetConformance):
    name, natural, n = "lfw", (64, 64, 3), 30

    def data_dir(self, make, tmp_path):
        for i in range(30):
            person = tmp_path / "home" / "lfw_home" / "lfw_funneled" / f"Person_{i % 7}"
            person.mkdir(parents=True, exist_ok=True)
            make.picture(i, (250, 250)).save(person / f"{i:04d}.jpg")
        return tmp_path / "home"


class TestOlivetti(ImageSetConformance):
    name, natural, n = "olivetti", (64, 64, 1), 400

    def data_dir(self, make, tmp_path):
        faces = np.tile(np.linspace(0, 1, 4096, dtype=np.float32), (400, 1))
        joblib.dump(faces * np.linspace(0.5, 1, 400)[:, None], tmp_path / "olivetti_py3.pkz")
        return tmp_path


class TestCombined(ImageSetConformance):
    name, natural, n = "celeba+mnist", (16, 16, 3), 120
    options = {"resolution": 16}  # noqa: RUF012

    def data_dir(self, make, tmp_path):
        return f"celeba={make.celeba(tmp_path / 'celeba')},mnist={make.idx(tmp_path / 'mnist')}"


class TestCombinedByShares(TestCombined):
    name, natural, n = "mnist:0.75+celeba:0.25", (16, 16, 3), 106


def test_every_image_set_is_held_to_this():
    held = {cls.name for cls in ImageSetConformance.__subclasses__() if "+" not in cls.name}
    assert held == set(IMAGE_SETS)


def test_an_unknown_image_set_is_refused():
    with pytest.raises(InputError, match=r"'celba' \(did you mean 'celeba'\?\).*faces, celeba"):
        open_images("celba")
    with pytest.raises(InputError, match="no image set 'zzz': choose one of"):
        open_images("zzz")


@pytest.mark.parametrize("name", ["faces", "digits"])
def test_a_folder_that_would_be_ignored_is_refused(name, tmp_path):
    with pytest.raises(InputError, match="reads no files"):
        open_images(name, data_dir=str(tmp_path))


@pytest.mark.parametrize("name", ["celeba", "mnist", "lfw", "olivetti", "folder"])
def test_a_missing_folder_is_refused(name, tmp_path):
    with pytest.raises(InputError, match="is not a folder"):
        open_images(name, data_dir=str(tmp_path / "nowhere"))


@pytest.mark.parametrize("name", ["celeba", "folder"])
def test_no_folder_is_refused(name):
    with pytest.raises(InputError, match="needs data_dir"):
        open_images(name)
