import os
import subprocess
import sys

import pytest

from mlflow_latents import models


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
