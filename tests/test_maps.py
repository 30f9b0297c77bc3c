"""The command `maps`, on a run whose network has learnt nothing."""

import mlflow
import numpy as np
import pytest

from mlflow_latents import maps
from mlflow_latents.data import ImagesConfig, open_images
from mlflow_latents.data.vectors import Vectors
from mlflow_latents.errors import InputError
from mlflow_latents.maps import run_maps
from mlflow_latents.models import CAEConfig, build_cae, encode
from mlflow_latents.tracking import ExperimentConfig, artifacts, names, tracked_run
from mlflow_latents.tracking.probe_configuration import MapsConfig, ProbedConfig
from mlflow_latents.tracking.reader import download

CAE = CAEConfig(filters=(4, 6), latent_dim=5)
CONFIG = ExperimentConfig(images=ImagesConfig(dataset="digits", images=300), cae=CAE)


@pytest.fixture(scope="module")
def run_id(module_store):
    images = open_images("digits", images=300)
    models = build_cae(CAE, images.shape, seed=1)
    with tracked_run(CONFIG, "digits") as run:
        run.log_image_set(images)
        for model, name in zip(models, (artifacts.ENCODER, artifacts.DECODER), strict=True):
            run.log_model(model, name)
        run.log_latents(Vectors(encode(models[0], images), images.split, images.names), None, 0)
    run_maps(asked(run.run_id, order="selectivity"))
    return run.run_id


def asked(run_id, **settings):
    return MapsConfig(ProbedConfig(run_id), **{"starts": 1, "steps": 4, **settings})


def test_numbers_are_added_and_documented(run_id):
    documented = {metric.name for metric in names.all_metrics()}
    run = mlflow.MlflowClient().get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["maps/count"] == 6
    assert set(run.data.metrics) <= documented


def test_table_patterns_and_chapter(run_id):
    table = mlflow.load_table("maps/maps.json", [run_id])
    assert sorted(table["map"]) == list(range(6))
    assert set(table["layer"]) == {"conv_2"}
    with (
        download(run_id, "maps/patterns.npz") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        assert arrays["patterns"].shape == (6, 8, 8, 1)
    with download(run_id, artifacts.PAGE) as file:
        page = file.read_text(encoding="utf-8")
    assert "Layer conv_2 has 6 maps" in page
    assert page.count("<figure id=") == 3


def test_the_order_reaches_the_figures(run_id, monkeypatch):
    def asked_for(report, images, by):
        raise LookupError(by)

    monkeypatch.setattr(maps, "map_figures", asked_for)
    with pytest.raises(LookupError, match=r"^selectivity$"):
        run_maps(asked(run_id, order="selectivity"))


def test_another_layer_replaces_what_was_found(run_id):
    run_maps(asked(run_id, layer="conv_1"))
    assert mlflow.MlflowClient().get_run(run_id).data.metrics["maps/count"] == 4
    with download(run_id, artifacts.PAGE) as file:
        page = file.read_text(encoding="utf-8")
    assert page.count('<section id="maps">') == 1
    assert "Layer conv_1 has 4 maps" in page


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"layer": "conv_9"}, "conv_9"),
        ({"order": "beauty"}, "cannot be ordered by 'beauty'"),
    ],
)
def test_what_is_not_there_is_told(run_id, settings, words):
    with pytest.raises(InputError, match=words):
        run_maps(asked(run_id, **settings))
