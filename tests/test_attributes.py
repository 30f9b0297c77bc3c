"""The command `attributes`, on a run whose network has learnt nothing."""

import re

import mlflow
import numpy as np
import pytest

from mlflow_latents import attributes as module
from mlflow_latents import cli
from mlflow_latents.attributes import run_attributes
from mlflow_latents.data import ImagesConfig, open_images
from mlflow_latents.data.vectors import Vectors
from mlflow_latents.errors import InputError
from mlflow_latents.models import CAEConfig, attribute_judge, build_cae, encode
from mlflow_latents.probes import class_alone
from mlflow_latents.probing import open_images as images_of
from mlflow_latents.probing import open_probed
from mlflow_latents.stats import AssessConfig
from mlflow_latents.tracking import (
    AssessmentConfig,
    ExperimentConfig,
    artifacts,
    names,
    tracked_run,
)
from mlflow_latents.tracking.probe_configuration import AttributesConfig, ProbedConfig
from mlflow_latents.tracking.reader import download
from mlflow_latents.tracking.study_runs import REUSED_TAG

CAE = CAEConfig(filters=(4,), latent_dim=5)
IMAGES = ImagesConfig(dataset="faces", images=700, resolution=16)
ASKED = "smile,smiling,background_lightness"


@pytest.fixture(scope="module")
def images():
    return open_images("faces", images=700, resolution=16)


@pytest.fixture(scope="module")
def models(images):
    return build_cae(CAE, images.shape, seed=1)


@pytest.fixture(scope="module")
def z(models, images):
    return encode(models[0], images)


@pytest.fixture
def run_id(module_store, models, images, z):
    return trained(models, images, z)


def trained(models, images, z, kept=None):
    with tracked_run(ExperimentConfig(images=IMAGES, cae=CAE), "faces") as run:
        run.log_image_set(images)
        for model, name in zip(models, (artifacts.ENCODER, artifacts.DECODER), strict=True):
            run.log_model(model, name)
        run.log_latents(Vectors(z, images.split, images.names), kept, 0)
    return run.run_id


@pytest.fixture(scope="module")
def probed_run(module_store, models, images, z):
    run_id = trained(models, images, z)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(class_alone, "LEAST_PER_DIMENSION", 10**6)  # assess is tested elsewhere
        patch.setattr(module, "LEAST_EXPLAINED", -np.inf)  # nothing has been learnt here
        patch.setattr(attribute_judge, "LEAST_CORRELATION", -1)
        patch.setattr(attribute_judge, "LEAST_AUC", 0)
        for costly in ("find_attributes", "draw_findings"):
            patch.setattr(module, costly, _once(getattr(module, costly)))
        run_attributes(asked(run_id, moved=20))
        run_attributes(asked(run_id, moved=20))  # again: what is there is replaced
    return run_id


def _once(function):
    """Call a function the first time alone, and give its result ever after."""
    results = []

    def called(*given):
        if not results:
            results.append(function(*given))
        return results[0]

    return called


def asked(run_id, attributes=ASKED, **settings):
    return AttributesConfig(ProbedConfig(run_id), attributes=attributes, **settings)


def test_the_run_keeps_its_status_and_gets_the_numbers(probed_run):
    run = mlflow.MlflowClient().get_run(probed_run)
    assert run.info.status == "FINISHED"
    found = {name for name in run.data.metrics if name.startswith("attributes/")}
    for name in (
        "attributes/smile/r2",
        "attributes/smile/r2_pca",
        "attributes/smile/r2_untrained",
        "attributes/smiling/auc",
        "attributes/smiling/judge_auc",
        "attributes/smiling/distance",
        "attributes/smiling/response",
        "attributes/auc_mean",
        "attributes/sensitivity/background_share_centre",
    ):
        assert name in found


def test_every_metric_is_documented(probed_run):
    place = r"(centre|half_way|level_[\d.]+|observed_\d)"
    patterns = {
        re.escape(metric.name)
        .replace("<name>", "(smile|smiling|background_lightness)")
        .replace("<place>", place)
        .replace("<distance>", r"\d")
        for metric in names.all_metrics()
    }
    known = re.compile(f"({'|'.join(patterns)})(_error|_low|_high)?")
    found = mlflow.MlflowClient().get_run(probed_run).data.metrics
    assert [name for name in found if not known.fullmatch(name)] == []


def test_tables_figures_and_chapter_stand_once(probed_run):
    table = mlflow.load_table("attributes/attributes.json", [probed_run])
    assert sorted(table["attribute"]) == ["background_lightness", "smile", "smiling"]
    listed = mlflow.MlflowClient().list_artifacts(probed_run, "attributes")
    assert {each.path for each in listed} == {
        f"attributes/{name}"
        for name in (
            "arithmetic.json",
            "attributes.json",
            "axes.npz",
            "carried.json",
            "sensitivity.json",
        )
    }
    with download(probed_run, artifacts.PAGE) as file:
        page = file.read_text(encoding="utf-8")
    assert page.count('<section id="attributes">') == 1
    assert page.count("<figure id=") == 13
    for words in ("A straight line through the latent space", "Latent arithmetic", "R²"):
        assert words in page


def test_axes_are_kept_as_arrays(probed_run):
    with (
        download(probed_run, "attributes/axes.npz") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        assert arrays["names"].tolist() == ASKED.split(",")
        np.testing.assert_allclose(np.linalg.norm(arrays["axes"], axis=1), 1)


def test_an_autoencoder_from_elsewhere_gets_a_run_of_its_own(module_store, models, z, tmp_path):
    paths = {name: str(tmp_path / f"{name}.keras") for name in ("encoder", "decoder")}
    for model, path in zip(models, paths.values(), strict=True):
        model.save(path)
    config = AttributesConfig(ProbedConfig(**paths, images=IMAGES), attributes="smile")
    run = mlflow.MlflowClient().get_run(run_attributes(config))
    assert run.data.params["encoder"] == paths["encoder"]
    assert run.info.run_name.startswith("attributes of")
    assert "attributes/smile/r2_untrained" in run.data.metrics
    assert run.info.status == "FINISHED"
    again = ProbedConfig(run.info.run_id)  # by another probe, into the same run
    np.testing.assert_array_equal(open_probed(again, images_of(again)).z, z)
    # The decoder has learnt nothing: what it makes of moved vectors means nothing.
    assert not any("response" in name or "sensitivity" in name for name in run.data.metrics)
    with download(run.info.run_id, artifacts.PAGE) as file:
        assert "The decoder knows little of its images" in file.read_text(encoding="utf-8")


def test_vectors_that_were_not_kept_are_encoded_again(module_store, models, images, z):
    config = ProbedConfig(trained(models, images, z, kept=50))
    np.testing.assert_allclose(open_probed(config, images_of(config)).z, z, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"attributes": "smirk"}, "no attribute 'smirk'"),
        ({"attributes": "bald"}, "50 are needed"),
        ({"strips": "smirk"}, "choose among those that are probed"),
        ({"attributes": None, "strips": "bald"}, "no strips of 'bald': Attribute 'bald' has"),
        ({"attributes": ","}, "attributes names nothing"),
    ],
)
def test_bad_attributes_are_told_before_models_are_loaded(run_id, settings, words, monkeypatch):
    monkeypatch.setattr(module, "open_probed", None)
    with pytest.raises(InputError, match=words):
        run_attributes(asked(run_id, **settings))


def test_a_run_without_images_says_what_can_be_done(module_store, z):
    config = AssessmentConfig(run="x", assess=AssessConfig())
    with tracked_run(config, "assess") as run:
        pass
    with pytest.raises(InputError, match="assess --run") as error:
        run_attributes(asked(run.run_id))
    assert "encoder and decoder" in str(error.value)


def test_a_run_that_repeats_another_names_it(run_id):
    mlflow.MlflowClient().set_tag(run_id, REUSED_TAG, "f" * 32)
    with pytest.raises(InputError, match="repeats the results of run ffff"):
        run_attributes(asked(run_id))


def test_other_images_are_refused(run_id, images, monkeypatch):
    other = ProbedConfig(run_id, images=ImagesConfig(data_dir="/nowhere"))
    with pytest.raises(InputError, match="data_dir"):
        run_attributes(AttributesConfig(other))
    mlflow.MlflowClient().set_tag(run_id, "kept", "yes")
    monkeypatch.setattr(
        "mlflow_latents.probing.open_configured", lambda _: open_images("digits", images=300)
    )
    with pytest.raises(InputError, match="no longer those"):
        run_attributes(asked(run_id))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "got neither"),
        (["--run_id", "x", "--encoder", "e", "--decoder", "d"], "got both"),
        (["--encoder", "e"], "give both encoder and decoder"),
        (["--run_id", "x", "--dataset", "mnist"], "nothing but data_dir and cache_dir"),
        (["--run_id", "x", "--moved", "3"], "moved is 3"),
        (["--run_id", "x", "--seed", "-1"], "seed is -1"),
    ],
)
def test_the_command_line_says_what_is_wrong(arguments, words, capsys):
    for command in ("attributes", "maps"):
        if command == "maps" and "--moved" in arguments:
            continue
        assert cli.main([command, *arguments]) == 2
        assert words in capsys.readouterr().err
