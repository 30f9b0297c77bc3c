import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mlflow_latents.errors import InputError
from mlflow_latents.generate import fit_latent_model, sample
from mlflow_latents.tracking.requests import (
    MOST_IMAGES,
    check_size,
    count,
    latent_vectors,
    read_requests,
    to_png,
)


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    return fit_latent_model(rng.normal(size=(300, 3)) @ rng.normal(size=(3, 3)) + 5)


def test_missing_values_are_not_asked_for():
    """Records of different keys, null, NaN and NA are all the same to a person."""
    records = [{"n": 3, "seed": None}, {"z": [1, 2, 3]}, {"sampler": pd.NA, "seed": np.nan}]
    assert read_requests(pd.DataFrame(records)) == [{"n": 3}, {"z": [1, 2, 3]}, {}]


@pytest.mark.parametrize("table", [pd.DataFrame(), pd.DataFrame([{}]), pd.DataFrame({"N": [3]})])
def test_a_table_without_requests_is_told(table):
    with pytest.raises(InputError, match=r"no request .* sampler, n, seed, level_min"):
        read_requests(table)


def test_a_request_is_a_draw_of_its_sampler(model):
    asked = {"sampler": "core", "n": 5, "seed": 7, "level_min": 0.5, "level_max": 2}
    np.testing.assert_array_equal(latent_vectors(model, asked), sample(model, **asked))
    np.testing.assert_array_equal(latent_vectors(model, {}), sample(model, "ellipsoid", 16, 0))
    line = {"sampler": "line", "n": 3, "axis": 2, "sd": 1.5}
    np.testing.assert_allclose(model.fit.d2(latent_vectors(model, line)), [1.5**2, 0, 1.5**2])


def test_a_vector_is_taken_as_it_is(model):
    z = latent_vectors(model, {"z": [1, 2.5, -3]})
    np.testing.assert_array_equal(z, [[1, 2.5, -3]])
    assert count({"z": [1, 2.5, -3]}) == 1


def test_a_vector_with_a_sampler_is_told(model):
    with pytest.raises(InputError, match="z is given together with n, sampler"):
        latent_vectors(model, {"n": 1, "z": [1, 2, 3], "sampler": "core"})


@pytest.mark.parametrize("n", [0, -1, 2.5, "many", True, [1], MOST_IMAGES + 1, np.inf])
def test_only_whole_numbers_of_images(n):
    with pytest.raises(InputError, match=r"^n is .*: give a number of images, from 1 to 10000\.$"):
        count({"n": n})


def test_large_images_are_fewer():
    check_size(MOST_IMAGES, (8, 8, 1))
    check_size(2048, (128, 128, 3))
    for images, shape in ((MOST_IMAGES + 1, (8, 8, 1)), (2049, (128, 128, 3))):
        with pytest.raises(InputError, match="or fewer"):
            check_size(images, shape)


@pytest.mark.parametrize("channels", [1, 3])
def test_png_holds_every_pixel(channels):
    image = np.random.default_rng(0).integers(0, 256, (9, 7, channels), np.uint8)
    read = np.asarray(Image.open(io.BytesIO(to_png(image))))
    np.testing.assert_array_equal(read.reshape(image.shape), image)
