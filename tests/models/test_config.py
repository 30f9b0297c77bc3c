import subprocess
import sys

import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.models import CAEConfig, TrainingConfig


@pytest.mark.parametrize(
    "wrong",
    [
        {"filters": ()},
        {"filters": (8, 0)},
        {"stride": 0},
        {"kernel": 1},
        {"leaky_slope": float("nan")},
        {"latent_dim": 0},
        {"latent_dim": -3},
    ],
)
def test_network_that_cannot_be_built(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))) as caught:
        CAEConfig(**wrong)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "wrong",
    [
        {"learning_rate": 0.0},
        {"learning_rate": float("inf")},
        {"weight_decay": -1.0},
        {"batch_size": 0},
        {"epochs": 0},
        {"seed": -1},
    ],
)
def test_training_that_cannot_be_done(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        TrainingConfig(**wrong)


def test_configurations_import_neither_keras_nor_jax():
    code = (
        "import sys; from mlflow_latents.models import CAEConfig, TrainingConfig, Epoch;"
        "assert not {'keras', 'jax', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
