"""The command `generate`, on a run with a decoder that has learnt nothing."""

import mlflow
import numpy as np
import pytest
from PIL import Image

from mlflow_latents import cli
from mlflow_latents.data import ImagesConfig, open_images
from mlflow_latents.data.vectors import Vectors
from mlflow_latents.errors import InputError
from mlflow_latents.generate import fit_latent_model, sample, with_vectors
from mlflow_latents.generation import find_pair, new_folder, run_generation, write_places
from mlflow_latents.models import CAEConfig, build_cae, decode, encode
from mlflow_latents.stats import level_of
from mlflow_latents.tracking import (
    ExperimentConfig,
    GenerationConfig,
    artifacts,
    log_generator,
    parameters,
    tracked_run,
)

CAE = CAEConfig(filters=(4,), latent_dim=5)
CONFIG = ExperimentConfig(images=ImagesConfig(dataset="digits", images=200), cae=CAE)


@pytest.fixture(scope="module")
def images():
    return open_images("digits", images=200)


@pytest.fixture(scope="module")
def models(images):
    return build_cae(CAE, images.shape, seed=1)


@pytest.fixture(scope="module")
def z(models, images):
    return encode(models[0], images)


@pytest.fixture(scope="module")
def latent_model(z, images):
    return fit_latent_model(z[images.split == "train"])


@pytest.fixture(scope="module")
def run_id(module_store, models, images, z, latent_model):
    encoder, decoder = models
    with tracked_run(CONFIG, "digits") as run:
        run.log_image_set(images)
        run.log_model(encoder, artifacts.ENCODER)
        run.log_latents(Vectors(z, images.split, images.names), None, 0)
        log_generator(latent_model, decoder)
    return run.run_id


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def written(folder) -> np.ndarray:
    """Single pictures of a folder, in order."""
    files = sorted(set(folder.glob("*.png")) - {folder / "sheet.png"})
    return np.stack([np.asarray(Image.open(file)) for file in files])[..., None]


def test_pictures_are_those_of_the_sampler(run_id, latent_model, models):
    config = GenerationConfig(run_id, "core", n=12, seed=3, level_min=0.5, level_max=2)
    folder = run_generation(config)
    expected = decode(models[1], sample(latent_model, "core", 12, 3, level_min=0.5, level_max=2))
    np.testing.assert_array_equal(written(folder), expected)
    with Image.open(folder / "sheet.png") as sheet:
        assert sheet.size == (8 * 66, 2 * 66 - 2)


def test_what_was_made_is_an_mlflow_run(run_id, capsys):
    config = GenerationConfig(run_id, n=3)
    folder = run_generation(config)
    (run,) = mlflow.search_runs(max_results=1, output_format="list")
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "generate ellipsoid 0"
    assert run.data.params == parameters(config)
    logged = mlflow.MlflowClient().list_artifacts(run.info.run_id, "generated")
    assert [each.path for each in logged] == [
        f"generated/{name}" for name in ("0.png", "1.png", "2.png", "places.csv", "sheet.png")
    ]
    printed = capsys.readouterr().out
    assert str(folder.absolute() / "sheet.png") in printed
    assert run.info.run_id in printed


def test_places_are_those_of_the_vectors(tmp_path, latent_model):
    z = sample(latent_model, "line", 5, axis=1, sd=2.0)
    write_places(tmp_path, z, latent_model)
    header, *rows = (tmp_path / "places.csv").read_text().splitlines()
    assert header == "image,sd,level"
    assert [row.split(",")[:2] for row in rows] == [
        [f"{i}.png", f"{sd:.4f}"] for i, sd in enumerate([2, 1, 0, 1, 2])
    ]
    levels = [float(row.split(",")[2]) for row in rows]
    assert levels == pytest.approx(
        level_of(np.array([4, 1, 0, 1, 4]), latent_model.fit.rank), abs=1e-4
    )


def test_nothing_is_overwritten(run_id):
    folders = [run_generation(GenerationConfig(run_id, n=n)) for n in (1, 2)]
    assert [folder.name for folder in folders] == [
        f"{run_id[:8]}-ellipsoid-0",
        f"{run_id[:8]}-ellipsoid-0-2",
    ]
    assert [len(written(folder)) for folder in folders] == [1, 2]


def test_empirical_pictures_are_those_of_training_images(run_id, latent_model, models, z, images):
    folder = run_generation(GenerationConfig(run_id, "empirical", n=4, seed=1))
    train = with_vectors(latent_model, z[images.split == "train"])
    np.testing.assert_array_equal(
        written(folder), decode(models[1], sample(train, "empirical", 4, 1))
    )


@pytest.mark.parametrize("sampler", ["ellipsoid", "line"])
def test_a_line_goes_through_the_centre(run_id, latent_model, models, sampler):
    folder = run_generation(GenerationConfig(run_id, sampler, n=5, line=2, reach=1.5))
    fit = latent_model.fit
    step = fit.axes[:, 1] * np.sqrt(fit.variances[1])
    ends = fit.mean + np.outer([-1.5, 0, 1.5], step)
    np.testing.assert_array_equal(written(folder)[[0, 2, 4]], decode(models[1], ends))
    assert folder.name == f"{run_id[:8]}-line-2"


def test_a_morph_goes_from_image_to_image(run_id, models, z, images):
    name = images.names[7]
    folder = run_generation(GenerationConfig(run_id, n=3, morph=f"4, {name}"))
    expected = decode(models[1], np.stack([z[4], (z[4] + z[7]) / 2, z[7]]))
    # The encoder computes in other batches than here.
    np.testing.assert_allclose(written(folder), expected, atol=1)
    with Image.open(folder / "sheet.png") as sheet:
        assert sheet.size == (3 * 66, 64)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (["--morph", "1", "2", "--n", "9"], ["--morph", "1,2", "--n", "9"]),
        (["--n", "9", "--morph", "a.png", "b.png"], ["--n", "9", "--morph", "a.png,b.png"]),
        (["--morph", "1,2", "x"], ["--morph", "1,2", "x"]),
        (["--morph", "1", "--n", "9"], ["--morph", "1", "--n", "9"]),
        (["--n", "9"], ["--n", "9"]),
    ],
)
def test_the_images_of_a_morph_are_one_argument_or_two(given, taken):
    assert cli._one_pair(given) == taken


def test_names_go_before_numbers(images):
    assert find_pair(images, f"{images.names[3]},5").tolist() == [3, 5]
    renamed = images.names.copy()
    renamed[9] = "0"
    numbered = type(images)(
        images.name, images.images, images.split, renamed, images.digest, images.source
    )
    assert find_pair(numbered, "0,1").tolist() == [9, 1]


def test_names_of_images_make_names_of_folders(tmp_path):
    assert new_folder(tmp_path, "abc morph ../a b.png,c").name == "abc-morph-..-a-b.png-c"
    assert len(new_folder(tmp_path, "x" * 5000).name) == 100


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--n 0", ("n is 0",)),
        ("--n 1000000", ("n is 1000000", "10000")),
        ("--seed -1", ("seed is -1",)),
        ("--sampler elipsoid", ("'elipsoid'", "ellipsoid", "mixture")),
        ("--sampler mixture --level_max 2", ("mixture", "level_max")),
        ("--level_min 3 --level_max 2", ("level_min 3", "level_max 2")),
        ("--line 9", ("line is 9", "from 1 to 5")),
        ("--line 0", ("line is 0",)),
        ("--line 1 --reach 0", ("reach is 0",)),
        ("--line 1 --morph 0,1", ("line and morph",)),
        ("--line 1 --sampler core", ("sampler", "line")),
        ("--morph 0,1 --level_max 2", ("level_max", "morph")),
        ("--morph 0", ("morph is '0'",)),
        ("--morph 0,nobody", ("'nobody'", "digits", "from 0 to 199")),
        ("--morph 0,200", ("'200'", "from 0 to 199")),
        ("--output file", ("file is no folder",)),
        ("--output file/below", ("file is no folder",)),
        ("--run_id 0123", ("no run '0123'",)),
        ("--run_id None", ("--run_id",)),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(arguments, words, run_id, tmp_path, capsys):
    (tmp_path / "file").write_text("something")
    before = runs()
    assert cli.main(["generate", "--run_id", run_id, *arguments.split()]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: ")
    assert error.endswith(".")
    assert all(word in error for word in words)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert runs() == before


def runs() -> int:
    return len(mlflow.search_runs(output_format="list"))


def test_a_folder_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    with pytest.raises(InputError, match="cannot be made: name another --output"):
        new_folder(tmp_path, "new")


def test_morph_needs_the_images_of_the_run(run_id, monkeypatch):
    """Other images than those that the encoder was trained on have other names and numbers."""
    monkeypatch.setattr(
        "mlflow_latents.generation.open_configured", lambda _: open_images("digits", images=100)
    )
    with pytest.raises(InputError, match="no longer those"):
        run_generation(GenerationConfig(run_id, morph="0,1"))


def test_deleted_models_are_told(module_store, models, images, z, latent_model):
    client = mlflow.MlflowClient()
    with tracked_run(CONFIG, "deleted") as run:
        run.log_image_set(images)
        log_generator(latent_model, models[1])
    with pytest.raises(InputError, match=r"model encoder of run .* cannot be loaded"):
        run_generation(GenerationConfig(run.run_id, morph="0,1"))
    (output,) = client.get_run(run.run_id).outputs.model_outputs
    client.delete_logged_model(output.model_id)
    with pytest.raises(InputError, match=r"model generator of run .* cannot be loaded"):
        run_generation(GenerationConfig(run.run_id))
