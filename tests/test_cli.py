import json

import numpy as np
import pytest

from mlflow_latents import cli
from mlflow_latents.tracking import ExperimentConfig


def test_help_of_every_command_explains_every_setting(capsys):
    for command, settings in {
        "train": ("--dataset", "--latent_dim", "--epochs", "--ks_tolerance", "--resume"),
        "assess": ("--vectors", "--held_out", "--run", "--planes"),
        "prepare": ("--data_dir", "--resolution"),
    }.items():
        with pytest.raises(SystemExit) as end:
            cli.main([command, "--help"])
        assert end.value.code == 0
        text = capsys.readouterr().out
        assert all(setting in text for setting in settings)
        assert "__tyro" not in text


def test_tuples_are_one_argument_as_in_mlproject(monkeypatch):
    asked = []

    def train(config: ExperimentConfig):
        asked.append(config)

    monkeypatch.setitem(cli.COMMANDS, "train", train)
    assert cli.main(["train", "--filters", "8,16", "--images", "None"]) == 0
    assert asked[0].cae.filters == (8, 16)
    assert asked[0].images.images is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--dataset", "facse"], ("facse", "faces")),
        (["train", "--resolution", "0"], ("resolution is 0",)),
        (["train", "--dataset", "celeba", "--data_dir", "nowhere"], ("nowhere",)),
        (["train", "--images", "300", "--batch_size", "1000"], ("batch_size is 1000", "225")),
        (["train", "--images", "300", "--latent_dim", "900"], ("latent_dim is 900", "225")),
        (["assess"], ("--vectors", "--run")),
        (["assess", "--vectors", "nowhere.npy"], ("nowhere.npy",)),
        (["assess", "--run", "0123"], ("0123",)),
        (["train", "--resume", "0123"], ("0123",)),
    ],
)
def test_bad_input_is_one_sentence(arguments, words, store, capsys):
    assert cli.main(arguments) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: ")
    assert error.endswith(".")
    assert all(word in error for word in words)


def test_bad_vectors_are_one_sentence(store, tmp_path, capsys):
    z = np.random.default_rng(0).normal(size=(50, 3))
    z[7, 1] = np.nan
    np.save(tmp_path / "nan.npy", z)
    np.save(tmp_path / "few.npy", z[:4])
    np.save(tmp_path / "flat.npy", z[0])
    (tmp_path / "text.npy").write_text(json.dumps("no vectors"))
    for name, word in {"nan": "7", "few": "4", "flat": "(3,)", "text": "text.npy"}.items():
        assert cli.main(["assess", "--vectors", str(tmp_path / f"{name}.npy")]) == 2
        assert word in capsys.readouterr().err


def test_unreachable_server_is_told_before_anything_else(monkeypatch, capsys, tmp_path):
    import mlflow

    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri("http://127.0.0.1:9")
    try:
        code = cli.main(["train", "--dataset", "folder", "--data_dir", str(tmp_path / "nowhere")])
    finally:
        mlflow.set_tracking_uri(before)
    assert code == 2
    assert "http://127.0.0.1:9" in capsys.readouterr().err
