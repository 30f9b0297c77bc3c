import os
import subprocess
import sys
import threading
from importlib.metadata import PackageNotFoundError, entry_points, version

import mlflow  # before its plugins, which it imports itself
import pytest

import mlflow_latents
from mlflow_latents import cli
from mlflow_latents.tracking import AssessmentConfig, process, runs_of_commands, tracked_run
from mlflow_latents.tracking.context import LatentsContext

TAGS = ("backend", "platform", "device", "version", *(f"version.{p}" for p in process._VERSIONS))
CONFIG = AssessmentConfig(vectors="z.npy")


def ours(run_id):
    tags = mlflow.MlflowClient().get_run(run_id).data.tags
    own = {name.removeprefix("mlflow_latents."): text for name, text in tags.items()}
    return {name: own[name] for name in TAGS if name in own}


def run_python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_mlflow_finds_provider_and_evaluator_in_the_installed_package():
    from mlflow.models import list_evaluators
    from mlflow.tracking.context.registry import _run_context_provider_registry

    for group in ("mlflow.model_evaluator", "mlflow.run_context_provider"):
        assert any(entry.name == "latents" for entry in entry_points(group=group))
    assert any(isinstance(each, LatentsContext) for each in _run_context_provider_registry)
    assert "latents" in list_evaluators()


def test_run_of_a_command_is_tagged(store):
    with tracked_run(CONFIG, "name") as run:
        pass
    tags = ours(run.run_id)
    assert set(tags) == set(TAGS)
    assert tags["version"] == mlflow_latents.__version__
    assert tags["version.keras"] == version("keras")
    assert tags["backend"] == ("jax" if "jax" in sys.modules else "numpy")
    assert tags["device"]


def test_run_that_mlflow_run_has_made_is_tagged(store, monkeypatch):
    made = mlflow.MlflowClient().create_run(mlflow.tracking.fluent._get_experiment_id())
    assert ours(made.info.run_id) == {}
    monkeypatch.setenv("MLFLOW_RUN_ID", made.info.run_id)
    with tracked_run(CONFIG, "name") as run:
        assert run.run_id == made.info.run_id
    assert set(ours(run.run_id)) == set(TAGS)


def test_tags_come_without_an_installed_distribution(store, monkeypatch):
    from mlflow.tracking.context import registry

    kept = [
        each
        for each in registry._run_context_provider_registry
        if not isinstance(each, LatentsContext)
    ]
    monkeypatch.setattr(registry._run_context_provider_registry, "_registry", kept)
    with tracked_run(CONFIG, "name") as run:
        pass
    assert set(ours(run.run_id)) == set(TAGS)


def test_other_runs_that_a_command_starts_are_tagged_too(store, monkeypatch):
    started = []

    def prepare(number: int = 0):
        with mlflow.start_run() as run:
            started.append(run.info.run_id)

    monkeypatch.setitem(cli.COMMANDS, "prepare", prepare)
    assert cli.main(["prepare"]) == 0
    assert set(ours(started[0])) == set(TAGS)


def test_runs_of_others_are_left_alone(store):
    with mlflow.start_run() as before:
        pass
    with tracked_run(CONFIG, "name"):
        seen = []
        thread = threading.Thread(target=lambda: seen.append(LatentsContext().in_context()))
        thread.start()
        thread.join()
    with mlflow.start_run() as after:
        pass
    with pytest.raises(KeyError), runs_of_commands():
        raise KeyError
    assert not LatentsContext().in_context()
    assert seen == [False]
    assert ours(before.info.run_id) == ours(after.info.run_id) == {}


def test_packages_that_are_not_installed_are_left_out(monkeypatch):
    def lacking(name):
        if name == "scipy":
            raise PackageNotFoundError(name)
        return "1.2"

    monkeypatch.setattr(process, "version", lacking)
    tags = process.command_tags()
    assert "mlflow_latents.version.scipy" not in tags
    assert tags["mlflow_latents.version.numpy"] == "1.2"


class Device:
    platform, device_kind = "gpu", "NVIDIA H100"


@pytest.mark.parametrize(
    ("devices", "expected"),
    [
        (lambda: [Device, Device], {"platform": "gpu", "device": "2 × NVIDIA H100"}),
        (lambda: 1 / 0, None),
    ],
)
def test_device_is_that_of_jax(monkeypatch, devices, expected):
    def local_devices():
        try:
            return devices()
        except ZeroDivisionError as error:
            raise RuntimeError("Unable to initialize backend 'cuda'") from error

    jax = type(sys)("jax")
    jax.local_devices = local_devices
    monkeypatch.setitem(sys.modules, "jax", jax)
    expected = expected or {"platform": "unknown", "device": "unknown"}
    tags = process.command_tags()
    assert tags["mlflow_latents.backend"] == "jax"
    for name, text in expected.items():
        assert tags[f"mlflow_latents.{name}"] == text


def test_process_without_jax_computes_with_numpy(monkeypatch):
    monkeypatch.delitem(sys.modules, "jax", raising=False)
    tags = process.command_tags()
    assert tags["mlflow_latents.backend"] == "numpy"
    assert tags["mlflow_latents.platform"] == "cpu"


PLUGINS_ALONE = """
import sys, types
for name, base in (
    ("mlflow.tracking.context.abstract_context", "RunContextProvider"),
    ("mlflow.models.evaluation.base", "ModelEvaluator"),
):
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(".".join(parts[:end])))
    setattr(sys.modules[name], base, object)
"""


def test_plugins_import_nothing_but_the_base_classes_of_mlflow():
    """MLflow imports them in every process: they must be light and cannot break on others."""
    code = PLUGINS_ALONE + (
        "import mlflow_latents.tracking.context, mlflow_latents.tracking.evaluator\n"
        "foreign = {name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
        "print(sorted(foreign & {'numpy', 'scipy', 'sklearn', 'statsmodels', 'pandas', 'pyarrow',"
        " 'matplotlib', 'keras', 'jax', 'optuna', 'tqdm', 'tyro', 'jinja2', 'cattrs', 'PIL'}))"
    )
    assert run_python(code) == "[]"


def test_importing_mlflow_leaves_the_backend_of_keras_alone():
    code = (
        "import os, sys, mlflow\n"
        "assert 'mlflow_latents.tracking.context' in sys.modules\n"
        "print(os.environ['KERAS_BACKEND'], {'keras', 'jax'} & set(sys.modules))"
    )
    assert run_python(code, KERAS_BACKEND="torch") == "torch set()"


def test_broken_libraries_of_this_package_break_no_run_of_others(tmp_path, monkeypatch):
    """Not even one that fails in an unusual way, as a NumPy of another ABI does with scipy."""
    code = (
        "import sys\n"
        "class Broken:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name.split('.')[0] in ('keras', 'jax', 'cattrs', 'tyro', 'statsmodels'):\n"
        "            raise ValueError('numpy.dtype size changed')\n"
        "sys.meta_path.insert(0, Broken())\n"
        "import mlflow\n"
        "from mlflow.models import list_evaluators\n"
        "with mlflow.start_run() as run:\n"
        "    mlflow.log_metric('loss', 1)\n"
        "print(mlflow.get_run(run.info.run_id).info.status, 'latents' in list_evaluators())"
    )
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    assert run_python(code, MLFLOW_TRACKING_URI=uri).splitlines()[-1] == "FINISHED True"


def test_failing_tags_break_no_run(store, monkeypatch):
    def fail():
        raise OSError("no tags today")

    monkeypatch.setattr("mlflow_latents.tracking.context.command_tags", fail)
    with runs_of_commands(), mlflow.start_run() as run:
        pass
    assert mlflow.get_run(run.info.run_id).info.status == "FINISHED"
