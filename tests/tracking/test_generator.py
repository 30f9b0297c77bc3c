"""The model that is served: as a file, in another process, and behind MLflow's own server."""

import asyncio
import base64
import io
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mlflow_latents.errors import InputError
from mlflow_latents.generate import fit_latent_model, load_latent_model, sample
from mlflow_latents.models import CAEConfig, build_cae, decode
from mlflow_latents.tracking import (
    AssessmentConfig,
    ExperimentConfig,
    load_generator,
    log_generator,
    tracked_run,
)

D = 3
SHAPE = (8, 8, 1)


@pytest.fixture(scope="module")
def latent_model():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(300, D)) @ rng.normal(size=(D, D)) + 5
    return fit_latent_model(z, keep_vectors=True)


@pytest.fixture(scope="module")
def decoder():
    return build_cae(CAEConfig(filters=(4,), latent_dim=D), SHAPE, seed=1)[1]


@pytest.fixture(scope="module")
def run_id(module_store, latent_model, decoder):
    with tracked_run(ExperimentConfig(), "generator") as run:
        log_generator(latent_model, decoder)
    return run.run_id


@pytest.fixture(scope="module")
def folder(run_id):
    return Path(mlflow.artifacts.download_artifacts(f"runs:/{run_id}/generator"))


@pytest.fixture(scope="module")
def served(run_id):
    return mlflow.pyfunc.load_model(f"runs:/{run_id}/generator")


@pytest.fixture
def post(served, monkeypatch):
    """Ask MLflow's scoring server, without a port."""
    from mlflow.pyfunc import scoring_server

    # The server sets it for good.
    monkeypatch.setenv("_MLFLOW_IS_IN_SERVING_ENVIRONMENT", "true")
    app = scoring_server.init(served)
    return lambda body: asyncio.run(_posted(app, body))


async def _posted(app, body: str) -> tuple[int, dict]:
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/invocations",
        "raw_path": b"/invocations",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    parts = [{"type": "http.request", "body": body.encode(), "more_body": False}]
    sent = []

    async def receive():
        return parts.pop() if parts else await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    text = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], json.loads(text)


def pixels(image: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(image)))).reshape(SHAPE)


def test_images_are_those_of_sampler_and_decoder(served, latent_model, decoder):
    answer = served.predict(pd.DataFrame([{"sampler": "core", "n": 3, "seed": 5}]))
    expected = decode(decoder, sample(latent_model, "core", 3, 5))
    np.testing.assert_array_equal([pixels(image) for image in answer["image"]], expected)


def test_each_image_says_what_it_is(served):
    requests = [{"sampler": "mixture", "n": 2, "seed": 1}, {"z": np.ones(D)}, {"n": 1}]
    answer = served.predict(pd.DataFrame(requests))
    assert answer.drop(columns="image").values.tolist() == [
        [0, 0, "mixture", 1],
        [0, 1, "mixture", 1],
        [1, 0, None, None],
        [2, 0, "ellipsoid", 0],
    ]


def test_model_is_code_and_arrays_alone(folder, latent_model):
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"generator_model.py", "artifacts/decoder.keras", "artifacts/latent_model.npz"} <= files
    assert "code/mlflow_latents/tracking/requests.py" in files
    assert not {path for path in files if path.endswith((".pkl", ".pickle", ".pyc"))}
    kept = load_latent_model(folder / "artifacts/latent_model.npz")
    assert kept.vectors is None
    np.testing.assert_array_equal(kept.fit.mean, latent_model.fit.mean)


def test_requirements_are_the_installed_versions(folder):
    requirements = folder.joinpath("requirements.txt").read_text().split()
    names = [line.split("==")[0] for line in requirements]
    assert requirements == [f"{name}=={version(name)}" for name in names]
    assert {"mlflow", "keras", "jax"} <= set(names)


ELSEWHERE = """
import re, sys
from importlib.metadata import distribution, packages_distributions

folder = sys.argv[1]
allowed, todo = set(), re.findall(r"^[\\w.-]+", open(folder + "/requirements.txt").read(), re.M)
while todo:
    name = re.sub("[-_.]+", "-", todo.pop()).lower()
    if name in allowed:
        continue
    try:
        wanted = distribution(name).requires or []
    except ModuleNotFoundError:
        continue
    allowed.add(name)
    todo += [re.match(r"[\\w.-]+", line)[0] for line in wanted if "extra ==" not in line]
owners = {
    module: {re.sub("[-_.]+", "-", name).lower() for name in names}
    for module, names in packages_distributions().items()
}

class OnlyRequirements:
    def find_spec(self, name, path=None, target=None):
        if path is not None:
            return
        installed = name == "mlflow_latents" and not sys.path[0].startswith(folder)
        if installed or name in owners and name != "mlflow_latents" and not owners[name] & allowed:
            raise ModuleNotFoundError(f"{name} is not there", name=name)

sys.meta_path.insert(0, OnlyRequirements())
import mlflow
import pandas as pd
model = mlflow.pyfunc.load_model(folder)
image = model.predict(pd.DataFrame([{"n": 1, "seed": 3}]))["image"][0]
import mlflow_latents
print(mlflow_latents.__file__)
print(image)
"""


def test_model_loads_elsewhere_from_its_requirements_and_code(folder, served, tmp_path):
    """In a process that has neither this package nor anything but the requirements."""
    environment = {"PATH": "", "HOME": str(tmp_path), "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", ELSEWHERE, str(folder)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    *_, package, image = done.stdout.split()
    assert Path(package).is_relative_to(folder)
    expected = served.predict(pd.DataFrame([{"n": 1, "seed": 3}]))["image"][0]
    assert image == expected


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_records": [{"sampler": "core", "n": 2, "seed": 1}]},
        {"dataframe_records": [{"n": 1, "level_max": 2, "seed": None}, {"z": [0, 1, 2]}]},
        {"dataframe_split": {"columns": ["sampler", "n", "axis"], "data": [["line", 2, 2]]}},
        {"inputs": [{"n": 2}]},
    ],
)
def test_server_answers_with_pictures(body, post):
    status, answer = post(json.dumps(body))
    assert status == 200
    assert len(answer["predictions"]) == 2
    for row in answer["predictions"]:
        assert pixels(row["image"]).shape == SHAPE


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"sampler": "elipsoid"}, ("'elipsoid'", "'ellipsoid'", "mixture", "empirical")),
        ({"sampler": 5}, ("no sampler 5", "ellipsoid")),
        ({"sampler": "empirical"}, ("needs real latent vectors",)),
        ({"sampler": "mixture", "level_max": 1}, ("mixture has no option 'level_max'",)),
        ({"n": 0}, ("n is 0",)),
        ({"n": 10**9}, ("n is 1000000000", "10000")),
        ({"n": "many"}, ("n is 'many'",)),
        ({"n": [1, 2]}, ("n is [1, 2]",)),
        ({"n": 1, "seed": -1}, ("seed is -1",)),
        ({"level_min": 3, "level_max": 2}, ("level_min 3 is not below level_max 2",)),
        ({"level_min": "low"}, ("level_min is 'low'",)),
        ({"z": [1, 2]}, ("z has shape (2,)", "3 numbers")),
        ({"z": ["a", "b", "c"]}, ("z does not hold numbers alone", "3 numbers")),
        ({"z": 1}, ("z has shape ()", "3 numbers")),
        ({"z": [1, 2, 3], "n": 2}, ("z is given together with n",)),
        ({"samplr": "core"}, ("no request in the table",)),
        ({}, ("no request in the table",)),
    ],
)
def test_server_tells_what_is_wrong_and_goes_on(row, words, post):
    status, answer = post(json.dumps({"dataframe_records": [row]}))
    assert status == 400
    assert all(word in answer["message"] for word in words)
    assert "Traceback" not in json.dumps(answer)
    assert post(json.dumps({"inputs": [{"n": 1}]}))[0] == 200


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("what", "JSON"),
        ("", "JSON"),
        ('[{"n": 1}]', "list"),
        ('{"n": 1}', "dataframe_records"),
        ('{"dataframe_records": 5}', "list of records"),
        ('{"dataframe_records": [1, 2]}', "no request in the table"),
        ('{"dataframe_records": [{"n": 9000}, {"n": 2000}]}', "11000 images"),
        ('{"dataframe_records": [{"n": 1}, {"sampler": "none"}]}', "Request 1: There is no"),
    ],
)
def test_server_tells_what_is_no_table_of_requests(body, word, post):
    status, answer = post(body)
    assert status == 400
    assert word in answer["message"]
    assert "Traceback" not in json.dumps(answer)


def test_run_without_a_generator_is_told(module_store, run_id, latent_model, decoder):
    with tracked_run(AssessmentConfig(vectors="z.npy"), "assessment") as assessment:
        pass
    with tracked_run(ExperimentConfig(), "stopped") as stopped:
        pass
    with mlflow.start_run() as foreign:
        pass
    for run, words in (
        (assessment.run_id, "trained no autoencoder"),
        (stopped.run_id, "generator of run .* cannot be loaded"),
        (foreign.info.run_id, "did not make it"),
        ("0123", "There is no run"),
    ):
        with pytest.raises(InputError, match=words):
            load_generator(run)


@pytest.mark.parametrize("name", ["decoder.keras", "latent_model.npz"])
def test_damaged_files_are_told(name, module_store, latent_model, decoder):
    with tracked_run(ExperimentConfig(), "damaged") as run:
        log_generator(latent_model, decoder)
    model = mlflow.MlflowClient().get_run(run.run_id).outputs.model_outputs[0].model_id
    location = Path(mlflow.get_logged_model(model).artifact_location.removeprefix("file://"))
    location.joinpath("artifacts", name).write_bytes(b"nothing")
    with pytest.raises(InputError, match=f"generator of run {run.run_id} cannot be loaded"):
        load_generator(run.run_id)
