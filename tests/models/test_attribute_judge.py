from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from mlflow_latents.data import ImageSet, open_images
from mlflow_latents.data.labels import Label
from mlflow_latents.models import attribute_judge as judge_module
from mlflow_latents.models import judge_targets
from mlflow_latents.models.attribute_judge import attribute_judge, judge_quality


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def digits(folder):
    images = open_images("digits", cache_dir=folder)
    ink = images.images.mean(axis=(1, 2, 3), dtype=np.float64)
    return replace(images, attributes={**images.attributes, "ink": ink})


@pytest.fixture(scope="module")
def judge(digits, folder):
    return attribute_judge(digits, folder)


def test_it_knows_digits_and_how_much_ink_there_is(digits, judge):
    assert [label.name for label in judge.labels] == [*(f"label {i}" for i in range(10)), "ink"]
    quality = judge_quality(judge, digits)
    assert list(quality) == [label.name for label in judge.labels]
    assert quality.pop("ink") > 0.9
    assert min(quality.values()) > 0.98


def test_logits_are_those_of_the_targets(digits, judge):
    test = digits.indices("test")
    logits = judge(digits.images[test])
    assert logits.shape == (len(test), 11)
    shown = digits.attributes["label"][test]
    assert np.mean(logits[:, :10].argmax(axis=1) == shown) > 0.95
    # Of a number, the sigmoid is the share of the training images below it.
    error = 1 / (1 + np.exp(-logits[:, 10])) - judge_targets(digits)[test, 10]
    assert np.abs(error).mean() < 0.1


def test_it_is_kept(digits, judge, folder, monkeypatch):
    monkeypatch.setattr(judge_module, "train_judge", pytest.fail)
    again = attribute_judge(digits, folder)
    x = digits.images[:50]
    np.testing.assert_allclose(again(x), judge(x), atol=1e-5)


def test_nothing_to_learn(digits, folder):
    assert attribute_judge(replace(digits, attributes={}), folder) is None


class Told:
    """A judge that says what it is told."""

    def __init__(self, labels, logits):
        self.labels, self._logits = labels, logits

    def __call__(self, images):
        return self._logits[images[:, 0, 0, 0]]


def numbered(n=60):
    images = np.zeros((n, 4, 4, 1), np.uint8)
    images[:, 0, 0, 0] = np.arange(n)
    split = np.repeat(["train", "test"], n // 2)
    return ImageSet("numbered", images, split, np.arange(n).astype(str), "0" * 32, "")


def test_quality_is_the_area_under_the_curve_or_the_rank_correlation():
    rng = np.random.default_rng(0)
    images, logits = numbered(), np.round(rng.standard_normal((60, 4)), 1)
    shown = (rng.random(60) < 0.3).astype(float)
    labels = [
        Label("shown", "shown", "binary", shown),
        Label("size", "size", "continuous", np.exp(logits[:, 1])),
        Label("once", "once", "binary", (np.arange(60) == 40).astype(float)),
        Label("never", "never", "binary", np.where(np.arange(60) < 30, shown, 0.0)),
    ]
    quality = judge_quality(Told(labels, logits), images)
    assert quality["shown"] == pytest.approx(roc_auc_score(shown[30:], logits[30:, 0]))
    assert quality["size"] == pytest.approx(1)
    assert np.isnan([quality["once"], quality["never"]]).all()


def test_reconstructions_can_be_judged_instead():
    images, logits = numbered(), np.arange(60.0)[:, None]
    label = Label("late", "late", "binary", (np.arange(60) >= 45).astype(float))
    judge = Told([label], logits)
    assert judge_quality(judge, images) == {"late": 1.0}
    backwards = images.images[images.indices("test")][::-1]
    assert judge_quality(judge, images, backwards) == {"late": 0.0}
    assert np.isnan(judge_quality(judge, images, np.zeros_like(backwards))["late"])
