import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.stats import AssessConfig, assess, count_steps, fit_gaussian


def test_report_holds_what_its_parts_say(cloud):
    z, held_out = np.split(cloud("normal", 3000, 5, center=5.0), [2000])
    report = assess(z, held_out, seed=4)
    assert report.fit.n == report.in_sample.n == 2000
    assert report.held_out.n == 1000
    assert report.seed == 4
    assert report.in_sample.radial.law.kind == "in_sample"
    assert report.held_out.radial.law.kind == "held_out"
    assert report.held_out.radial.law.n == 2000
    assert report.in_sample.curve.variance_ratio[-1] == pytest.approx(
        report.in_sample.radial.variance_ratio
    )
    np.testing.assert_array_equal(report.in_sample.plane.pairs, report.held_out.plane.pairs)
    assert assess(z).held_out is None


def plain(value):
    """Whether a value can be stored without pickling."""
    if dataclasses.is_dataclass(value):
        return all(plain(getattr(value, f.name)) for f in dataclasses.fields(value))
    if isinstance(value, tuple):
        return all(map(plain, value))
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fib"
    return value is None or type(value) in (int, float, bool, str)


def test_results_hold_plain_values_only(cloud):
    z = cloud("normal", 300, 4)
    assert plain(assess(z, z[:50]))


def test_same_seed_same_report_and_another_seed_other_planes(cloud):
    z = cloud("normal", 300, 30, condition=10)
    first, again, other = (assess(z, seed=s).in_sample.plane.pairs for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("effort", ["quick", "standard"])
@pytest.mark.parametrize("held_out", [False, True])
def test_steps_are_told_as_counted(cloud, effort, held_out):
    z, steps = cloud("normal", 300, 3), []
    report = assess(z, z[:100] if held_out else None, effort=effort, on_step=steps.append)
    assert len(steps) == count_steps(report.config, held_out)
    assert report.config.effort == effort


def test_an_effort_that_is_none_is_named(cloud):
    with pytest.raises(InputError, match="effort is 'hasty': choose one of quick"):
        assess(cloud("normal", 50, 3), effort="hasty")


def test_small_and_degenerate_inputs_are_judged(cloud):
    z = cloud("normal", 7, 5)
    assert assess(z, z[:2]).verdict.kind == "undecided"
    z = cloud("normal", 500, 4, condition=4).astype(np.float32)
    z[:, 2] = 0
    report = assess(z, z[:20])
    assert report.fit.degenerate
    assert "3 of 4 dimensions" in report.verdict.sentence


@pytest.mark.parametrize(
    ("held_out", "message"),
    [
        (np.ones((1, 3)), "1 vectors"),
        (np.ones((5, 4)), "4 dimensions and z has 3"),
        (np.full((5, 3), np.nan), "held_out holds NaN"),
    ],
)
def test_held_out_that_cannot_be_judged(held_out, message):
    z = np.random.default_rng(0).standard_normal((50, 3))
    with pytest.raises(InputError, match=message):
        assess(z, held_out)


@pytest.mark.parametrize(
    "wrong", [{"planes": 0}, {"ks_tolerance": 0.0}, {"level_tolerance": float("nan")}]
)
def test_config_is_checked(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        AssessConfig(**wrong)


def test_radial_statistics_do_not_change_under_an_affine_map(cloud):
    z = cloud("t5", 1000, 6, condition=100, center=1.0)
    change = np.random.default_rng(5).standard_normal((6, 6))
    first, second = (assess(x).in_sample.radial for x in (z, z @ change + 3))
    for name in ("ks", "wasserstein", "variance_ratio", "level_limit"):
        assert getattr(first, name) == pytest.approx(getattr(second, name), rel=1e-6)


def test_input_is_left_as_it_was(cloud):
    z = cloud("normal", 200, 3)
    before = z.copy()
    assess(z, z[:50])
    fit_gaussian(z)
    np.testing.assert_array_equal(z, before)


def test_stats_import_nothing_but_numpy_and_scipy():
    heavy = ["keras", "jax", "mlflow", "matplotlib", "pandas", "sklearn", "statsmodels", "torch"]
    code = (
        f"import sys, mlflow_latents.stats; sys.exit(str([m for m in {heavy} if m in sys.modules]))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stderr.strip() == "[]"


def test_radii_and_curve_agree_on_a_nearly_collinear_cloud():
    x, y = np.random.default_rng(0).standard_normal((2, 2000))
    for step in (1e-5, 1e-7):
        judged = assess(np.stack([x, x + step * y], axis=1)).in_sample
        assert judged.curve.variance_ratio[-1] == pytest.approx(judged.radial.variance_ratio)


def test_one_pass_over_the_vectors_finds_what_their_numbers_resolve(cloud, monkeypatch):
    from mlflow_latents.stats import blocks, report

    passes = []

    def counted(z, *name):
        passes.append(len(z))
        return blocks.resolution_of(z, *name)

    for module in ("report", "gaussian", "marginal", "plane"):
        monkeypatch.setattr(f"mlflow_latents.stats.{module}.resolution_of", counted)
    z = cloud("normal", 200, 3)
    report.assess(z, z[:50])
    assert passes == [200, 50]
