import pytest

from mlflow_latents.data import ImagesConfig
from mlflow_latents.errors import InputError


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("resolution", 0, "resolution is 0"),
        ("resolution", -64, "resolution is -64"),
        ("images", 0, "images is 0"),
        ("images", 2, "images is 2"),
        ("crop", 0.0, "crop is 0.0"),
        ("crop", 1.01, "crop is 1.01"),
        ("crop", float("nan"), "crop is nan"),
        ("factor_law", "cauchy", "factor_law is 'cauchy'.*normal, uniform"),
        ("data_seed", -1, "data_seed is -1"),
        ("data_seed", 2**32, "data_seed is 4294967296.*from 0 to 4294967295"),
    ],
)
def test_a_value_outside_its_range_is_refused(option, value, says):
    with pytest.raises(InputError, match=says):
        ImagesConfig(**{option: value})
