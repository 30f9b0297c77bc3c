import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.generate import RANDOM_SAMPLERS, sample, with_vectors
from mlflow_latents.plots import (
    draw_samplers,
    samplers_info,
    samplers_picture,
    to_png,
)
from mlflow_latents.plots.image_grid import GAP
from mlflow_latents.plots.samplers import DESCRIPTIONS, GROUPS


def test_every_random_sampler_has_its_group_and_description():
    grouped = [name for group in GROUPS.values() for name in group]
    assert sorted(grouped) == sorted(RANDOM_SAMPLERS) == sorted(DESCRIPTIONS)


def test_each_row_is_decoded_from_vectors_of_its_sampler(latent_model, decode):
    info = samplers_info(latent_model, decode, seed=3)
    for name, images in info.images.items():
        np.testing.assert_array_equal(images, decode(sample(latent_model, name, 16, 3)))


def test_real_vectors_are_decoded_only_where_the_model_holds_them(latent_model, decode):
    assert "empirical" not in samplers_info(latent_model, decode).images
    z = np.random.default_rng(0).normal(size=(20, latent_model.d))
    assert "empirical" in samplers_info(with_vectors(latent_model, z), decode).images


def test_draws_a_row_of_16_with_its_numbers_for_each_sampler(latent_model, decode):
    info = samplers_info(latent_model, decode, {"core": {"sharpness": (0.5, 0.01)}})
    figure = draw_samplers(info)
    assert len(figure.axes[0].images) == 16 * len(info.images)
    shown = {text.get_text() for text in figure.axes[0].texts}
    assert {*info.images, *GROUPS, "sharpness", "0.500 ± 0.010"} <= shown
    assert len(to_png(figure)) < 200_000


def test_the_order_of_the_groups_is_that_of_the_rows(latent_model, decode):
    page = draw_samplers(samplers_info(latent_model, decode)).axes[0]
    height = {text.get_text(): text.get_position()[1] for text in page.texts}
    order = [each for heading, group in GROUPS.items() for each in (heading, *group)]
    heights = [height[each] for each in order if each != "empirical"]
    assert heights == sorted(heights)


def test_the_picture_holds_the_same_rows(latent_model, decode):
    info = samplers_info(latent_model, decode)
    picture = samplers_picture(info)
    rows = len(info.images)
    assert picture.shape == (rows * (64 + GAP) - GAP, 16 * (64 + GAP), 1)
    second = list(info.images.values())[1]
    top = 64 + GAP
    np.testing.assert_array_equal(picture[top : top + 64 : 8, :64:8], second[0])


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_gives_the_same_images(latent_model, decode, seed):
    one, other = (samplers_info(latent_model, decode, seed=seed).images for _ in range(2))
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


def test_measures_that_cannot_be_drawn_are_refused_before_anything_is_decoded(latent_model):
    def decode(z):
        raise AssertionError("decoded")

    with pytest.raises(InputError, match="a sampler 'cores'"):
        samplers_info(latent_model, decode, {"cores": {"sharpness": (1, 0)}})
    with pytest.raises(InputError, match="holds 4 measures"):
        samplers_info(latent_model, decode, {"core": dict.fromkeys("abcd", (1, 0))})
