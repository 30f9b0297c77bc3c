from dataclasses import replace

import numpy as np
import pytest

from mlflow_latents.stats import AssessConfig, assess
from mlflow_latents.stats.evidence import margin_shape, weigh
from mlflow_latents.stats.noise import axis_noise, shape_noise
from mlflow_latents.stats.verdict import decide


@pytest.fixture(scope="module")
def normal():
    """Judge a normal cloud, of which the tests change one number at a time."""
    return assess(np.random.default_rng(0).standard_normal((20_000, 6)))


def with_ratio(report, k, ratio):
    curve = report.in_sample.curve
    ratios = curve.variance_ratio.copy()
    ratios[k - 1] = ratio
    within = np.logical_and.accumulate(np.abs(ratios - 1) <= 0.25)
    curve = replace(curve, variance_ratio=ratios, normal_axes=int(within.sum()))
    return replace(report.in_sample, curve=curve)


def verdict_on(report, judgement):
    return decide(report.fit, judgement, None, report.battery, report.distance, AssessConfig())


def test_unchanged_it_is_normal(normal):
    assert normal.verdict.kind == "normal"


@pytest.mark.parametrize(
    ("ratio", "kind"), [(1.22, "normal"), (1.26, "undecided"), (1.5, "normal_core")]
)
@pytest.mark.parametrize("k", [3, 6])
def test_between_tolerance_and_chance_nothing_is_decided(normal, k, ratio, kind):
    judgement = with_ratio(normal, k, ratio)
    assert verdict_on(normal, judgement).kind == kind
    assert weigh(judgement, AssessConfig()).vectors_needed == (80_000 if ratio == 1.26 else 0)


def test_a_departure_of_about_the_tolerance_is_told(normal):
    sentence = verdict_on(normal, with_ratio(normal, 3, 1.26)).sentence
    assert "departs measurably" in sentence
    assert "(worst: d2 over 3 axes, with 1.26 times its variance)" in sentence
    assert "80000 or more are needed" in sentence


def test_the_end_of_the_leading_axes_is_not_told_where_chance_may_be_the_end(normal):
    judgement = with_ratio(normal, 1, 1.26)
    assert "cannot be told" in verdict_on(normal, judgement).reasons[0]
    curve = replace(judgement.curve, variance_ratio=judgement.curve.variance_ratio + 1)
    sentence = verdict_on(normal, replace(judgement, curve=curve)).sentence
    assert "holds on no leading principal axis" in sentence
    ratios = np.array([1.26, 1.3, 1.4, 1.5, 1.6, 2.0])
    curve = replace(judgement.curve, variance_ratio=ratios)
    sentence = verdict_on(normal, replace(judgement, curve=curve)).sentence
    assert "but the joint law fails: over all 6 leading" in sentence


@pytest.mark.parametrize(
    ("distance", "kind"), [(0.028, "normal"), (0.034, "undecided"), (0.06, "normal_core")]
)
def test_distances_of_the_radii_on_some_leading_axes_count(normal, distance, kind):
    curve = normal.in_sample.curve
    ks = curve.ks.copy()
    ks[2] = distance
    verdict = verdict_on(normal, replace(normal.in_sample, curve=replace(curve, ks=ks)))
    assert verdict.kind == kind
    if kind == "normal_core":
        assert "but the radii over 3 leading principal axes" in verdict.sentence


def test_a_shell_out_of_place_is_never_normal(normal):
    radial = replace(normal.in_sample.radial, level_limit=2.5, level_limit_open=False)
    verdict = verdict_on(normal, replace(normal.in_sample, radial=radial))
    assert verdict.kind == "undecided"
    assert "the shells hold up to level 2.5 only" in verdict.sentence


def test_axes_differ_only_beyond_tolerance_chance_and_the_noise_of_their_shape(normal):
    marginal = normal.in_sample.marginal
    base = np.full(6, 0.02)
    limit = 0.02 + axis_noise(20_000, 12)
    for own, share, differs in ((0, 0.98, False), (0, 1.02, True), (50, 0.98, False)):
        excess = np.where(np.arange(6) == 3, own, 0.0)
        ks = base.copy()
        ks[3] = 0.02 + share * (limit + shape_noise(20_000, own))
        changed = replace(marginal, ks=ks, excess_kurtosis=excess)
        principal = replace(normal.in_sample.principal, ks=base, excess_kurtosis=np.zeros(6))
        judgement = replace(normal.in_sample, marginal=changed, principal=principal)
        evidence = weigh(judgement, AssessConfig())
        assert evidence.axes_differ == differs
        assert evidence.worst_axis == "coordinate z3"


@pytest.mark.parametrize(
    ("skewness", "excess", "shape"),
    [
        ([], [], "none"),
        ([0.45, -0.45, 0.45], [1.0, 1.0, 1.0], "heavy"),  # skewness squared 0.2 of the excess
        ([0.6, -0.6, 0.6], [1.0, 1.0, 1.0], "skewed"),
        ([0.0, 0.0], [-1.2, -1.2], "light"),
        ([0.0, 0.0], [-1.6, -1.6], "modes"),
    ],
)
def test_shape_of_the_margins(skewness, excess, shape):
    assert margin_shape(np.array(skewness), np.array(excess)) == shape
