import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.plots import draw_several_models, several_models_info, to_png
from mlflow_latents.plots.samplers import SamplersInfo


def samplers(names, seed, shape=(8, 8, 1), measures=None):
    rng = np.random.default_rng(seed)
    return SamplersInfo(
        {name: rng.integers(0, 256, (16, *shape), dtype=np.uint8) for name in names}, measures or {}
    )


def test_groups_the_rows_of_all_models_by_sampler():
    cae = samplers(["ellipsoid", "core"], 0, measures={"core": {"sharpness": (0.5, 0.1)}})
    vae = samplers(["core", "ellipsoid", "mixture"], 1)
    info = several_models_info({"CAE": cae, "VAE": vae})
    assert list(info.rows) == ["ellipsoid", "core"]
    for name, rows in info.rows.items():
        assert [row.label for row in rows] == ["CAE", "VAE"]
        np.testing.assert_array_equal(rows[0].images, cae.images[name])
        np.testing.assert_array_equal(rows[1].images, vae.images[name])
    assert info.rows["core"][0].numbers == {"sharpness": (0.5, 0.1)}


def test_keeps_only_the_samplers_asked_for():
    model = samplers(["ellipsoid", "core", "mixture"], 0)
    assert list(several_models_info({"CAE": model}, ["mixture", "core"]).rows) == [
        "mixture",
        "core",
    ]


def test_models_of_different_images_are_drawn_together():
    models = {
        "CAE, 64 pixels": samplers(["core"], 0, (64, 64, 3)),
        "CAE, 28 pixels": samplers(["core"], 1, (28, 28, 1)),
    }
    figure = draw_several_models(several_models_info(models))
    assert len(figure.axes[0].images) == 32
    assert to_png(figure)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(InputError, match="models is empty"):
        several_models_info({})
    with pytest.raises(InputError, match="'CAE' has no images of the sampler 'core'"):
        several_models_info({"CAE": samplers(["ellipsoid"], 0)}, ["core"])
    with pytest.raises(InputError, match="no sampler in common"):
        several_models_info({"CAE": samplers(["core"], 0), "VAE": samplers(["mixture"], 0)})
