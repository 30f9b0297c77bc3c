from math import nan

import pytest

from mlflow_latents.generate.hits import HitProbability
from mlflow_latents.generate.judged import JudgedSampler
from mlflow_latents.generate.quality import Estimate, Quality, RoundTrip
from mlflow_latents.tracking import generation_metrics, generation_table
from mlflow_latents.tracking.generation_names import generation_documentation


def quality(swd, frechet=nan):
    unknown = Estimate(nan, nan)
    return Quality(
        swd=Estimate(swd, 0.5),
        frechet=Estimate(frechet, 0.1 if frechet == frechet else nan),
        kernel=unknown,
        precision=unknown,
        recall=unknown,
        diversity=unknown,
        nearest=Estimate(1.5, 0.02),
    )


def judged(swd, log10=-0.001, frechet=nan):
    trip = RoundTrip(
        Estimate(15.8, 0.1), Estimate(1.2, 0.05), Estimate(0.3, 0.01), Estimate(0.9, 0.03)
    )
    return JudgedSampler(quality(swd, frechet), trip, HitProbability(log10, 0.0, "closed form"))


@pytest.fixture
def metrics():
    samplers = {
        "ellipsoid": judged(12.25, frechet=3.0),
        "standard_normal": judged(99.0, -float("inf")),
    }
    return generation_metrics(samplers, quality(2.0), 100)


def test_each_number_has_its_error(metrics):
    assert metrics["generation/ellipsoid/swd"] == 12.25
    assert metrics["generation/ellipsoid/swd_error"] == 0.5
    assert metrics["generation/ellipsoid/radius"] == 15.8
    assert metrics["generation/ellipsoid/log10_hit"] == -0.001
    assert metrics["generation/held_out/swd"] == 2.0
    assert metrics["generation/images"] == 100


def test_what_does_not_exist_is_left_out(metrics):
    assert "generation/ellipsoid/kernel" not in metrics
    assert "generation/standard_normal/frechet" not in metrics
    assert "generation/standard_normal/log10_hit" not in metrics
    assert "generation/held_out/radius" not in metrics


def test_all_are_documented(metrics):
    documented = {metric.name.rpartition("/")[2] for metric in generation_documentation()}
    assert {name.rpartition("/")[2].removesuffix("_error") for name in metrics} <= documented


def test_table_has_held_out_images_last_and_dashes_for_what_is_not_known(metrics):
    columns, rows = generation_table(metrics)
    assert columns == [
        "swd",
        "frechet",
        "nearest",
        "radius",
        "level",
        "moved",
        "inside",
        "log10_hit",
    ]
    assert [sampler for sampler, _ in rows] == ["ellipsoid", "standard_normal", "held_out"]
    cells = {sampler: dict(zip(columns, each, strict=True)) for sampler, each in rows}
    assert cells["ellipsoid"]["swd"] == "12.25 ± 0.50"
    assert cells["standard_normal"]["frechet"] == "–"
    assert cells["held_out"]["radius"] == "–"
    assert cells["ellipsoid"]["log10_hit"] == "-0.001"


def test_no_metrics_no_table():
    assert generation_table({}) == ([], [])
