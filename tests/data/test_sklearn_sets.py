from urllib.error import URLError

import numpy as np
import pytest
import sklearn.datasets

from mlflow_latents.data import ImagesConfig, open_images
from mlflow_latents.data.sklearn_sets import plan_digits
from mlflow_latents.errors import InputError


def test_digits_are_those_of_scikit_learn():
    images = open_images("digits")
    digits = sklearn.datasets.load_digits()
    assert np.allclose(images.images[..., 0] / 255 * 16, digits.images, atol=0.04)
    assert np.array_equal(images.attributes["label"], digits.target)


def test_the_version_of_pillow_matters_only_where_it_scales():
    assert "pillow" not in plan_digits(ImagesConfig(dataset="digits")).key
    assert "pillow" in plan_digits(ImagesConfig(dataset="digits", resolution=4)).key
    assert "pillow" in plan_digits(ImagesConfig(dataset="digits", crop=0.5)).key


def test_people_of_lfw_are_labels(tmp_path, make):
    for i in range(20):
        person = tmp_path / "lfw_home" / "lfw_funneled" / f"Person_{i % 2}"
        person.mkdir(parents=True, exist_ok=True)
        make.picture(i, (250, 250)).save(person / f"{i}.jpg")
    images = open_images("lfw", data_dir=str(tmp_path))
    assert set(images.attributes["label"]) == {"Person_0", "Person_1"}


@pytest.mark.parametrize(
    ("name", "fetcher", "says"),
    [
        ("olivetti", "fetch_olivetti_faces", r"download https://\S+ to .*olivettifaces.mat"),
        (
            "lfw",
            "fetch_lfw_people",
            r"download http\S+lfw-funneled.tgz and unpack it in .*lfw_home",
        ),
    ],
)
def test_a_download_that_fails_says_what_to_put_where(tmp_path, monkeypatch, name, fetcher, says):
    def fail(**options):
        raise URLError("no network")

    monkeypatch.setattr(sklearn.datasets, fetcher, fail)
    with pytest.raises(InputError, match=f"'{name}' could not be downloaded .*no network.*{says}"):
        open_images(name, data_dir=str(tmp_path))
