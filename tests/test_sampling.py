from dataclasses import replace

import numpy as np
import pytest

from mlflow_latents.data import ImagesConfig, open_images
from mlflow_latents.errors import InputError
from mlflow_latents.experiment import run_experiment
from mlflow_latents.generate.config import QualityConfig
from mlflow_latents.models import CAEConfig, TrainingConfig
from mlflow_latents.sampling import Generated, coders, open_judge
from mlflow_latents.tracking import ExperimentConfig

CONFIG = ExperimentConfig(
    images=ImagesConfig(dataset="digits"),
    cae=CAEConfig(filters=(4,), latent_dim=3),
    training=TrainingConfig(epochs=1),
)


@pytest.fixture(scope="module")
def digits():
    return open_images("digits")


def test_a_judge_that_will_not_do_is_told_before_anything_is_trained(store, tmp_path):
    import mlflow

    config = replace(CONFIG, quality=QualityConfig(judge=str(tmp_path / "missing.keras")))
    with pytest.raises(InputError, match=r"missing\.keras is no Keras model file"):
        run_experiment(config)
    assert not mlflow.search_runs(output_format="list")


def test_no_judge_where_no_image_is_judged(digits):
    without = replace(CONFIG, quality=QualityConfig(generation=False, judge="missing"))
    assert open_judge(digits, without) is None
    few = replace(digits, split=np.where(digits.split == "test", "train", digits.split))
    assert open_judge(few, replace(CONFIG, quality=QualityConfig(judge="missing"))) is None


def test_coders_take_and_give_what_a_network_does(digits):
    from mlflow_latents.models import build_cae
    from mlflow_latents.tracking import Autoencoder

    encode, decode = coders(Autoencoder(*build_cae(CONFIG.cae, digits.shape)))
    z = encode(digits.images[:20])
    assert z.shape == (20, 3)
    images = decode(z)
    assert images.shape == (20, *digits.shape)
    assert images.dtype == np.uint8


def test_nothing_judged_no_metrics():
    assert Generated().metrics == {}


@pytest.mark.parametrize("n", [0, 9, 2.5, float("nan"), "many"])
def test_numbers_of_images_that_will_not_do(n):
    with pytest.raises(InputError, match=r"generated is .*: give a number of images, from 10"):
        QualityConfig(generated=n)
