import os
import subprocess
import sys

import pytest

from mlflow_latents import models
from mlflow_latents.keras_backend import choose_jax


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def test_other_backend_in_the_environment_is_overruled():
    code = "from mlflow_latents.models.backend import keras; print(keras.backend.backend())"
    assert run(code, KERAS_BACKEND="tensorflow").stdout.strip() == "jax"


def test_importing_the_package_leaves_the_backend_to_others():
    """MLflow imports it in every process, for its plugins."""
    code = (
        "import os, mlflow_latents, mlflow_latents.tracking, mlflow_latents.data\n"
        "print(os.environ['KERAS_BACKEND'])"
    )
    assert run(code, KERAS_BACKEND="torch").stdout.strip() == "torch"


def test_choice_comes_too_late_where_keras_is_there(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setitem(sys.modules, "keras", object())
    choose_jax()
    assert os.environ["KERAS_BACKEND"] == "torch"
    monkeypatch.delitem(sys.modules, "keras")
    choose_jax()
    assert os.environ["KERAS_BACKEND"] == "jax"


def test_other_backend_in_use_is_named():
    code = (
        "import keras\n"
        "try:\n"
        "    from mlflow_latents.models import train\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    printed = run(code, KERAS_BACKEND="numpy").stdout
    assert printed.startswith("InputError Keras was imported with the backend 'numpy'")


def test_unknown_name():
    with pytest.raises(AttributeError, match="nothing"):
        _ = models.nothing
