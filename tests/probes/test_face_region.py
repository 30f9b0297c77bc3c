import numpy as np
import pytest

from mlflow_latents.data import open_images
from mlflow_latents.errors import InputError
from mlflow_latents.probes.face_region import check_region, face_region


@pytest.fixture(scope="module")
def governed(tmp_path_factory):
    """Pixels that depend more on the factors of the head than on background and shirt."""
    cache = str(tmp_path_factory.mktemp("cache"))
    faces = open_images("faces", images=1000, resolution=32, cache_dir=cache)
    factors = {n: v for n, v in faces.attributes.items() if v.dtype.kind == "f"}
    pixels = faces.images.astype(float).reshape(1000, -1)
    slopes = np.linalg.lstsq(
        np.stack([np.ones(1000), *factors.values()], axis=1), pixels, rcond=None
    )[0][1:]
    explained = np.square(slopes).reshape(-1, 32, 32, 3).sum(axis=3)
    around = np.array([name.startswith(("background", "shirt")) for name in factors])
    return explained[~around].sum(axis=0) > explained[around].sum(axis=0)


def test_pixels_of_the_region_are_governed_by_the_head(governed):
    region = face_region((32, 32, 3))
    assert governed[region].mean() > 0.9
    assert region[governed].mean() > 0.7


def test_a_crop_is_the_middle_of_the_whole_frame():
    whole, cropped = face_region((64, 64)), face_region((32, 32), crop=0.5)
    np.testing.assert_array_equal(cropped, whole[16:48, 16:48])


def test_the_region_is_symmetric_and_stretches_with_the_frame():
    region = face_region((40, 60))
    np.testing.assert_array_equal(region, region[::-1, ::-1])
    assert region[20].sum() == pytest.approx(0.56 * 60, abs=2)
    assert region[:, 30].sum() == pytest.approx(0.78 * 40, abs=2)


@pytest.mark.parametrize(
    ("region", "message"),
    [
        (np.ones((4, 5), bool), r"region has shape \(4, 5\) and type bool: give bool \(8, 8\)"),
        (np.ones((8, 8)), "type float64"),
        (np.ones((8, 8), bool), "marks all of the pixels"),
        (np.zeros((8, 8), bool), "marks none of the pixels"),
    ],
)
def test_other_regions_are_refused(region, message):
    with pytest.raises(InputError, match=message):
        check_region(region, (8, 8, 3))
