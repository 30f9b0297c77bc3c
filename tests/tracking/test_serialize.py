import dataclasses

import numpy as np
import pytest

from mlflow_latents.stats import assess
from mlflow_latents.tracking import AssessmentConfig, ExperimentConfig
from mlflow_latents.tracking.serialize import from_json, report_from_json, report_to_json, to_json


@pytest.mark.parametrize("config", [ExperimentConfig(), AssessmentConfig(vectors="z.npy")])
def test_configurations_come_back(config):
    assert from_json(type(config), to_json(config)) == config


@pytest.mark.parametrize("held_out", [0, 200])
def test_reports_come_back_bit_by_bit(held_out):
    z = np.random.default_rng(0).normal(size=(600, 4))
    z[:, 3] = 1.5  # a dead dimension: NaN on its axis
    report = assess(z, z[:held_out] if held_out else None)
    again = report_from_json(report_to_json(report), report.fit)
    assert_same(again, report)


def assert_same(one, other):
    assert type(one) is type(other)
    if dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, tuple):
        assert len(one) == len(other)
        for each, its_other in zip(one, other, strict=True):
            assert_same(each, its_other)
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other or (one != one and other != other)
