import mlflow
import numpy as np
import pytest

from mlflow_latents.compare import overlays
from mlflow_latents.compare.overlays import overlay_pictures, read_curves
from mlflow_latents.compare.runs import select_runs
from mlflow_latents.compare.tables import run_labels
from mlflow_latents.experiment import run_assessment
from mlflow_latents.stats import AssessConfig
from mlflow_latents.tracking import AssessmentConfig, read_run


@pytest.fixture(scope="module")
def judged(module_store, few_figures_in_module):
    """A run whose vectors are normal but for coordinate 2, which is exponential."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(900, 4)).astype("f4")
    z[:, 2] = rng.exponential(size=900)
    path = module_store / "z.npz"
    np.savez(path, z=z, split=np.repeat(["train", "test"], [600, 300]))
    assess = AssessConfig(effort="quick", planes=2)
    return run_assessment(AssessmentConfig(vectors=str(path), controls=False, assess=assess))


@pytest.fixture(scope="module")
def frame(judged):
    """The judged run, one that repeats its results, and one without any."""
    client = mlflow.MlflowClient()
    for name, tags in [("again", {"mlflow_latents.reused": judged}), ("empty", {})]:
        run = client.create_run("1", run_name=name, tags=tags)
        client.set_terminated(run.info.run_id)
    return select_runs(filter="")


@pytest.fixture
def curves(judged):
    return overlays.curves_of(judged)


def test_curves_are_those_of_the_report(judged, curves):
    report = read_run(judged).report
    np.testing.assert_array_equal(curves.variance_ratio, report.in_sample.curve.variance_ratio)
    np.testing.assert_array_equal(curves.held_out_ratio, report.held_out.curve.variance_ratio)
    np.testing.assert_array_equal(curves.sd, report.geometry.axis_sd)
    assert curves.tolerance == report.config.variance_ratio_tolerance


def test_radii_are_in_the_laws_sd_from_its_median(judged, curves):
    run = read_run(judged)
    law = run.report.in_sample.radial.law
    radius = np.sqrt(run.report.fit.d2(run.z[run.split == "train"]))
    expected, observed = curves.radii
    assert np.interp(0, expected, observed) == pytest.approx(
        (np.median(radius) - np.sqrt(law.ppf(0.5))) / law.radius_sd, abs=0.02
    )
    assert observed[-1] == pytest.approx((radius.max() - np.sqrt(law.ppf(0.5))) / law.radius_sd)
    assert curves.held_out_radii.shape[0] == 2


def test_the_worst_axis_is_the_exponential_one(curves):
    def skewness(histogram):
        return np.average(histogram.middles**3, weights=histogram.density)

    assert skewness(curves.worst) > 1
    assert abs(skewness(curves.typical)) < 0.5


def test_results_that_are_reused_come_from_their_run_and_others_are_told(frame, judged):
    found, missing = read_curves(frame)
    labels = list(run_labels(frame).values())
    assert list(found) == labels[:2]
    np.testing.assert_array_equal(*(curves.sd for curves in found.values()))
    assert list(missing) == labels[2:]
    assert "has no latents/latents.npz" in missing[labels[2]]


def test_artifacts_are_fetched_once_unless_they_change(judged, curves, monkeypatch):
    read = []
    monkeypatch.setattr(
        overlays, "read_run", lambda run_id: read.append(run_id) or read_run(run_id)
    )
    again = overlays.curves_of(judged)
    assert read == []
    np.testing.assert_array_equal(again.worst.density, curves.worst.density)
    assert again.worst.beyond == curves.worst.beyond
    mlflow.MlflowClient().log_text(judged, "judged again", "latents/note.txt")
    overlays.curves_of(judged)
    assert read == [judged]


def test_all_figures_are_drawn(curves):
    drawn = overlay_pictures({"one": curves, "two": curves})
    assert [picture.name for picture in drawn] == [
        "overlay_leading_curve",
        "overlay_radii",
        "overlay_marginals",
        "overlay_spectrum",
    ]
    assert all(picture.png.startswith(b"\x89PNG") for picture in drawn)
