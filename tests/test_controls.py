import numpy as np
import pytest

from mlflow_latents.controls import judge_controls, normal_vectors
from mlflow_latents.data import open_images
from mlflow_latents.data.vectors import Vectors
from mlflow_latents.models import CAEConfig
from mlflow_latents.stats import AssessConfig, assess
from mlflow_latents.tracking import control_metrics, judge

CAE = CAEConfig(filters=(4, 8), latent_dim=5)


@pytest.fixture(scope="module")
def digits():
    return open_images("digits")


@pytest.fixture(scope="module")
def vectors(digits):
    """Exponential vectors, which no control is."""
    z = np.random.default_rng(0).exponential(size=(len(digits.images), 5))
    return Vectors(z, digits.split, digits.names)


@pytest.fixture(scope="module")
def report(vectors):
    return judge(vectors, 7, AssessConfig(planes=10))


@pytest.fixture(scope="module")
def controls(vectors, report, digits):
    return judge_controls(vectors, report, digits, CAE)


def test_controls_are_judged_as_the_vectors_were(controls, report):
    assert set(controls) == {"untrained", "pca", "pixels", "mnd"}
    for control in controls.values():
        assert control.config == report.config
        assert control.seed == report.seed
        assert control.in_sample.n == report.in_sample.n
        assert control.held_out.n == report.held_out.n
        assert control.fit.d == 5


def test_the_drawn_control_is_normal_where_the_vectors_are_not(controls, report):
    assert report.verdict.kind == "skewed"
    drawn = controls["mnd"]
    assert drawn.battery.pvalue > 0.01
    assert drawn.in_sample.radial.variance_ratio == pytest.approx(1, abs=0.3)
    np.testing.assert_allclose(drawn.fit.covariance, report.fit.covariance, atol=0.2)


def test_an_untrained_encoder_is_not_the_one_whose_training_started_from_the_seed(digits, controls):
    from mlflow_latents.models import build_cae, encode

    start, _ = build_cae(CAE, digits.shape, 7)
    z = encode(start, digits, digits.indices("train"))
    assert not np.allclose(assess(z).fit.mean, controls["untrained"].fit.mean)


def test_without_images_only_drawn_vectors_are_a_control(vectors, report):
    assert set(judge_controls(vectors, report)) == {"mnd"}


def test_a_control_that_cannot_be_judged_is_left_out(vectors, report, digits, capsys, monkeypatch):
    constant = lambda images, indices, d, seed: np.ones((len(indices), d))  # noqa: E731
    monkeypatch.setattr("mlflow_latents.controls.random_pixels", constant)
    assert set(judge_controls(vectors, report, digits, CAE)) == {"untrained", "pca", "mnd"}
    assert "The control pixels is left out" in capsys.readouterr().out


def test_normal_vectors_follow_their_seed(report):
    first, again, other = (normal_vectors(report.fit, 50, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


def test_metrics_of_controls_are_those_of_their_reports(controls):
    metrics = control_metrics(controls)
    assert metrics["control/pca/radial/variance_ratio"] == pytest.approx(
        controls["pca"].in_sample.radial.variance_ratio
    )
    assert len(metrics) == 20


def test_the_posterior_of_a_vae_is_drawn_around_its_means(vectors, report, digits):
    from mlflow_latents.models import build_cae
    from mlflow_latents.models.moments import log_variances, with_moments

    moments = with_moments(build_cae(CAE, digits.shape)[0], 0)
    kernel, bias = moments.layers[-1].get_weights()
    bias[5:] = np.log(4.0)
    moments.layers[-1].set_weights([0 * kernel, bias])
    controls = judge_controls(vectors, report, digits, CAE, log_variances(moments))
    drawn, means = controls["posterior"].fit, report.fit
    np.testing.assert_allclose(drawn.mean, means.mean, atol=0.3)
    expected = means.covariance + 4 * np.eye(5)
    np.testing.assert_allclose(np.diag(drawn.covariance), np.diag(expected), rtol=0.15)
    assert control_metrics(controls)["control/posterior/radial/variance_ratio"] > 0
