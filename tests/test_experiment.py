"""One small run from images to report, looked at from all sides."""

import io
import re
import warnings
from dataclasses import replace

import mlflow
import numpy as np
import pytest
from PIL import Image
from scipy import stats

from mlflow_latents.data import ImagesConfig
from mlflow_latents.errors import InputError
from mlflow_latents.experiment import resume_experiment, run_assessment, run_experiment
from mlflow_latents.generate import RANDOM_SAMPLERS
from mlflow_latents.generate.config import QualityConfig
from mlflow_latents.models import CAEConfig, TrainingConfig
from mlflow_latents.stats import AssessConfig
from mlflow_latents.tracking import (
    AssessmentConfig,
    ExperimentConfig,
    TrackingConfig,
    all_metrics,
    latent_metrics,
    load_model,
    parameters,
    read_history,
    read_run,
)

CONFIG = ExperimentConfig(
    images=ImagesConfig(dataset="digits"),
    cae=CAEConfig(filters=(4, 8), latent_dim=5),
    training=TrainingConfig(epochs=2, batch_size=64),
    quality=QualityConfig(generated=100),
)


pytestmark = pytest.mark.filterwarnings("ignore:The reconstructions are")


@pytest.fixture(scope="module")
def run_id(module_store):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")  # of which MLflow has some of its own
        run_id = run_experiment(CONFIG)
    assert any("than the mean image" in str(each.message) for each in caught)
    return run_id


@pytest.fixture(scope="module")
def logged(run_id):
    return mlflow.MlflowClient().get_run(run_id)


def artifact(run_id: str, path: str) -> bytes:
    with open(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=path), "rb") as file:
        return file.read()


def test_run_is_finished_and_says_what_it_was(logged):
    assert logged.info.status == "FINISHED"
    assert logged.info.run_name == "digits 8px d=5"
    assert logged.data.params == parameters(CONFIG)
    assert logged.data.tags["verdict"]
    assert logged.data.tags["mlflow.note.content"]


def test_run_has_its_image_set_with_digest(logged):
    (dataset,) = logged.inputs.dataset_inputs
    assert dataset.dataset.name == "digits"
    assert len(dataset.dataset.digest) == 32


def test_every_metric_has_a_documented_name(logged):
    documented = {metric.name for metric in all_metrics()}
    metrics = {
        re.sub("^generation/[a-z_]+/", "generation/<sampler>/", name).removesuffix("_error")
        for name in logged.data.metrics
        if not name.startswith("latent/held_out/")
    }
    assert metrics <= documented
    # Whatever is documented is logged too: nothing is promised that no run has.
    of_a_vae = {name for name in documented if name.startswith("control/posterior/")}
    assert of_a_vae
    of_probes = {name for name in documented if name.startswith(("attributes/", "maps/"))}
    assert documented - of_a_vae - of_probes <= metrics


def test_metrics_follow_from_the_vectors_alone(run_id, logged):
    """Recomputed with NumPy and SciPy from latents.npz, as a reader of a paper would."""
    with np.load(io.BytesIO(artifact(run_id, "latents/latents.npz")), allow_pickle=False) as file:
        z, split = file["z"], file["split"]
    train = z[split == "train"].astype(np.float64)
    n, d = train.shape
    centred = train - train.mean(axis=0)
    covariance = centred.T @ centred / (n - 1)
    d2 = np.einsum("ij,ij->i", centred @ np.linalg.inv(covariance), centred)
    law = stats.beta(d / 2, (n - d - 1) / 2, scale=(n - 1) ** 2 / n)
    ks_axes = [
        stats.kstest(axis, stats.norm(axis.mean(), axis.std(ddof=1)).cdf).statistic
        for axis in train.T
    ]
    expected = {
        "latent/radial/ks": stats.kstest(d2, law.cdf).statistic,
        "latent/radial/variance_ratio": d2.var(ddof=1) / law.var(),
        "latent/marginal/ks_mean": np.mean(ks_axes),
        "latent/marginal/ks_worst": np.max(ks_axes),
        "latent/marginal/normal_fraction": np.mean(np.array(ks_axes) < 0.02),
        "latent/marginal/coverage_1sd": np.mean(np.abs(centred / train.std(axis=0, ddof=1)) <= 1),
        "latent/geometry/center_distance": np.linalg.norm(train.mean(axis=0)),
    }
    test = z[split == "test"].astype(np.float64) - train.mean(axis=0)
    d2 = np.einsum("ij,ij->i", test @ np.linalg.inv(covariance), test)
    law = stats.f(d, n - d, scale=d * (n**2 - 1) / (n * (n - d)))
    expected["latent/held_out/radial/ks"] = stats.kstest(d2, law.cdf).statistic
    expected["latent/held_out/radial/variance_ratio"] = d2.var(ddof=1) / law.var()
    for name, value in expected.items():
        assert logged.data.metrics[name] == pytest.approx(value, rel=1e-6), name


def test_read_run_gives_back_what_was_logged(run_id, logged):
    run = read_run(run_id)
    assert run.configuration == CONFIG
    assert run.z.dtype == np.float32
    assert run.z.shape == (1797, 5)
    assert set(run.split) == {"train", "validation", "test"}
    assert len(set(run.names)) == 1797
    for name, value in latent_metrics(run.report).items():
        assert logged.data.metrics[name] == value
    assert run.report.verdict.kind == logged.data.tags["verdict"]


def test_a_report_of_another_version_is_told(run_id, monkeypatch):
    older = '{"geometry": {}}'
    monkeypatch.setattr("pathlib.Path.read_text", lambda *_, **__: older)
    with pytest.raises(InputError, match=f"another version .* with assess --run {run_id}"):
        read_run(run_id)


def test_models_load_in_keras_and_agree_with_the_vectors(run_id):
    run = read_run(run_id)
    encoder, decoder = (load_model(run_id, name) for name in ("encoder", "decoder"))
    from mlflow_latents.data import open_images

    images = open_images("digits").images[:50].astype(np.float32) / 255
    z = encoder.predict(images, verbose=0)
    np.testing.assert_allclose(z, run.z[:50], atol=1e-4)
    assert decoder.predict(z, verbose=0).shape == images.shape


def test_page_and_figures_are_there(run_id):
    page = artifact(run_id, "report.html").decode()
    assert read_run(run_id).report.verdict.sentence in page
    assert page.count("data:image/png;base64,") >= 10
    assert "http" not in page.replace("http-equiv", "")
    for name in ("marginals", "reconstructions", "learning_curves", "samplers", "along_lines"):
        picture = Image.open(io.BytesIO(artifact(run_id, f"figures/{name}.png")))
        assert picture.width > 600


def test_every_epoch_has_its_reconstructions(run_id):
    listed = mlflow.MlflowClient().list_artifacts(run_id, "images")
    names = [entry.path for entry in listed if "reconstructions" in entry.path]
    steps = {name.split("step")[1][1] for name in names if name.endswith(".png")}
    assert steps == {"1", "2"}
    assert [step for step, _ in read_history(run_id, "validation/loss")["validation/loss"]] == [
        1,
        2,
    ]


def test_same_seed_same_run(run_id, module_store, few_figures):
    again = run_experiment(replace(CONFIG, tracking=TrackingConfig(latents_kept=100)))
    metrics = [mlflow.MlflowClient().get_run(each).data.metrics for each in (run_id, again)]
    timing = "train/images_per_second"
    assert {**metrics[0], timing: 0} == {**metrics[1], timing: 0}
    assert read_run(again).z.shape == (100, 5)


def test_assess_judges_a_run_again(run_id, module_store, few_figures):
    again = read_run(run_assessment(AssessmentConfig(run=run_id)))
    original = read_run(run_id)
    assert latent_metrics(again.report) == latent_metrics(original.report)
    assert again.run_id != run_id


def test_assess_judges_a_file(module_store, tmp_path, few_figures):
    rng = np.random.default_rng(0)
    z = rng.normal(size=(15_000, 6)) @ rng.normal(size=(6, 6)) + 100
    np.save(tmp_path / "z.npy", z[:12_000])
    np.save(tmp_path / "held_out.npy", z[12_000:])
    config = AssessmentConfig(
        vectors=str(tmp_path / "z.npy"), held_out=str(tmp_path / "held_out.npy")
    )
    run = read_run(run_assessment(config))
    assert run.name == "assess z.npy"
    assert run.configuration == config
    assert run.report.in_sample.n == 12_000
    assert run.report.held_out.n == 3000
    assert run.report.verdict.kind == "normal"


def test_every_sampler_is_judged_with_errors(logged):
    metrics = logged.data.metrics
    for sampler in (*RANDOM_SAMPLERS, "held_out"):
        assert metrics[f"generation/{sampler}/swd"] >= 0
        assert metrics[f"generation/{sampler}/swd_error"] > 0
    assert metrics["generation/empirical/inside"] > 0.9
    hit = metrics["generation/ellipsoid/log10_hit"]
    assert hit == pytest.approx(np.log10(0.9973002), abs=1e-6)


def test_the_picture_of_samplers_is_there_for_the_comparison_of_runs(run_id):
    listed = mlflow.MlflowClient().list_artifacts(run_id, "images")
    (path,) = {each.path for each in listed if "samplers" in each.path and "png" in each.path}
    picture = Image.open(io.BytesIO(artifact(run_id, path)))
    assert picture.width > picture.height > 500


@pytest.fixture(scope="module")
def elsewhere(run_id, tmp_path_factory):
    """Files of Keras models."""
    folder = tmp_path_factory.mktemp("elsewhere")
    files = {name: str(folder / f"{name}.keras") for name in ("encoder", "decoder")}
    for name, file in files.items():
        load_model(run_id, name).save(file)
    return files


def test_an_autoencoder_from_elsewhere_is_judged_and_sampled(
    module_store, run_id, elsewhere, few_figures
):
    uris = {"encoder": f"runs:/{run_id}/encoder", "decoder": elsewhere["decoder"]}
    again = run_experiment(replace(CONFIG, **uris))
    logged, original = (mlflow.MlflowClient().get_run(each).data for each in (again, run_id))
    names = [name for name in logged.metrics if name.startswith(("latent/", "generation/"))]
    assert len(names) > 200
    for name in names:
        assert logged.metrics[name] == pytest.approx(original.metrics[name], rel=1e-9), name
    assert "train/loss" not in logged.metrics
    assert "epochs" not in logged.params
    assert "control/untrained/radial/variance_ratio" not in logged.metrics
    assert logged.params["encoder"] == uris["encoder"]


def test_failed_run_keeps_what_it_logged(store):
    config = replace(
        CONFIG,
        training=TrainingConfig(epochs=3, batch_size=64, optimizer="sgd", learning_rate=1e30),
    )
    with pytest.raises(InputError, match="finite"):
        run_experiment(config)
    (run,) = mlflow.search_runs(output_format="list")
    assert run.info.status == "FAILED"
    assert "finite" in run.data.tags["mlflow_latents.failure"]
    assert run.data.params["learning_rate"] == "1e+30"


def test_killed_run_continues_in_the_same_run(store, run_id, monkeypatch, few_figures):
    class Killed(BaseException):
        pass

    from mlflow_latents.tracking import RunWriter

    keep = RunWriter.log_checkpoint

    def keep_and_die(writer, folder, epoch):
        keep(writer, folder, epoch)
        raise Killed

    config = replace(CONFIG, quality=QualityConfig(generation=False))
    with monkeypatch.context() as patch:
        patch.setattr(RunWriter, "log_checkpoint", keep_and_die)
        with pytest.raises(Killed):
            run_experiment(config)
    (killed,) = mlflow.search_runs(output_format="list")
    assert "latent/radial/ks" not in killed.data.metrics
    with pytest.raises(InputError, match="epochs=2, not 9"):
        resume_experiment(killed.info.run_id, given={"epochs": 9})

    assert resume_experiment(killed.info.run_id, given={"epochs": 2}) == killed.info.run_id
    (run,) = mlflow.search_runs(output_format="list")
    assert run.info.status == "FINISHED"
    assert not any(name.startswith("generation/") for name in run.data.metrics)
    curve = read_history(run.info.run_id, "train/loss")["train/loss"]
    assert [step for step, _ in curve] == [1, 2]
    with pytest.raises(InputError, match="finished"):
        resume_experiment(killed.info.run_id)


@pytest.mark.parametrize("model", ["vae", "rae"])
def test_other_models_are_trained_and_judged_alike(store, model, few_figures):
    config = replace(
        CONFIG,
        cae=replace(CONFIG.cae, model=model),
        training=replace(CONFIG.training, beta=0.1),
        assess=AssessConfig(effort="quick"),
        controls=model == "vae",
        quality=QualityConfig(generated=50),
    )
    run_id = run_experiment(config)
    run = mlflow.MlflowClient().get_run(run_id)
    assert run.info.run_name == f"digits 8px {model} d=5"
    assert run.data.params["model"] == model
    assert "generation/standard_normal/swd" in run.data.metrics
    assert ("control/posterior/radial/variance_ratio" in run.data.metrics) == (model == "vae")
    assert ("control.posterior.verdict" in run.data.tags) == (model == "vae")


def test_an_autoencoder_that_does_not_suit_is_refused_before_a_run(store, elsewhere, tmp_path):
    faces = ImagesConfig(dataset="faces", images=60, resolution=16)
    with pytest.raises(InputError, match=r"takes images of shape \(8, 8, 1\)"):
        run_experiment(replace(CONFIG, images=faces, **elsewhere))
    with pytest.raises(InputError, match="cannot be loaded as a Keras model"):
        run_experiment(replace(CONFIG, encoder=str(tmp_path / "no.keras"), decoder="no"))
    with pytest.raises(InputError, match=r"decoder gives images of shape \(5,\)"):
        run_experiment(replace(CONFIG, encoder=elsewhere["encoder"], decoder=elsewhere["encoder"]))
    with pytest.raises(InputError, match="The decoder is missing"):
        replace(CONFIG, encoder=elsewhere["encoder"])
    assert not mlflow.search_runs(output_format="list")
