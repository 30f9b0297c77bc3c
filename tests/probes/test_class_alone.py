import numpy as np
import pytest

from mlflow_latents.probes import class_alone
from mlflow_latents.probes.class_alone import judge_alone


def test_judges_normal_and_other_vectors():
    rng = np.random.default_rng(0)
    normal = rng.standard_normal((12_000, 3)) * (1, 5, 0.2) + 7
    found = judge_alone(normal)
    assert found.kind == "normal"
    assert found.n == 12_000
    assert found.variance_ratio == pytest.approx(1, abs=0.1)
    assert found.axes == 1
    assert found.negentropy == pytest.approx(0, abs=0.003)
    heavy = normal * rng.standard_t(4, (12_000, 1))
    assert judge_alone(heavy).variance_ratio > 2
    assert judge_alone(heavy).kind != "normal"


def test_fewer_than_five_vectors_per_dimension_are_not_judged():
    z = np.random.default_rng(1).standard_normal((20, 4))
    assert judge_alone(z).n == 20
    assert judge_alone(z[1:]) is None
    assert judge_alone(np.ones((50, 4))) is None


def test_draws_a_part_of_many_vectors(monkeypatch):
    monkeypatch.setattr(class_alone, "MOST_VALUES", 4000)
    z = np.random.default_rng(2).standard_normal((3000, 4))
    found = judge_alone(z, seed=3)
    assert found.n == 1000
    assert found == judge_alone(z, seed=3)
    assert found != judge_alone(z, seed=4)
