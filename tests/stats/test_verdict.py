import numpy as np
import pytest

from mlflow_latents.stats import AssessConfig, assess, judge_coordinates
from mlflow_latents.stats.evidence import axis_noise, ratio_noise


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("normal", "normal"),
        ("t30", "heavy_tailed"),
        ("t5", "heavy_tailed"),
        ("scale_mixture", "heavy_tailed"),
        ("laplace", "heavy_tailed"),
        ("uniform", "light_tailed"),
        ("exponential", "not_normal"),
        ("two_modes", "not_normal"),
        ("one_exponential", "not_normal"),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("d", [20, 60])
def test_rotated_stretched_clouds(cloud, kind, verdict, seed, d):
    assert assess(cloud(kind, 12_000, d, seed)).verdict.kind == verdict


@pytest.mark.parametrize(("kind", "verdict"), [("normal", "normal"), ("t30", "heavy_tailed")])
def test_the_cloud_of_the_issue(cloud, kind, verdict):
    report = assess(cloud(kind, 20_000, 250))
    assert report.verdict.kind == verdict
    assert report.in_sample.principal.normal_fraction == 1
    assert report.in_sample.marginal.normal_fraction == 1


def test_axes_of_a_heavy_tailed_cloud_are_told_to_look_normal(cloud):
    sentence = assess(cloud("t30", 20_000, 60)).verdict.sentence
    assert sentence.startswith("The axes look normal up to level 3.25")
    assert "leading principal axes only: over all 60 the variance of d2 is" in sentence
    assert sentence.endswith("elliptical or heavy-tailed, not a multivariate normal distribution.")


@pytest.mark.parametrize(("bent", "elliptical"), [(0, True), (1, False)])
def test_a_heavy_tailed_cloud_whose_axes_differ_is_not_called_elliptical(cloud, bent, elliptical):
    z = cloud("t5", 12_000, 30)
    z[:, :bent] = np.random.default_rng(1).exponential(30, (len(z), bent))
    sentence = assess(z).verdict.sentence
    assert ("elliptical or heavy-tailed" in sentence) == elliptical
    assert ("neither elliptical" in sentence) != elliptical


@pytest.mark.parametrize("kind", ["normal", "t30"])
def test_float32_far_from_the_origin(cloud, kind):
    z = cloud(kind, 12_000, 40, condition=1e4, center=1e4, dtype=np.float32)
    expected = {"normal": "normal", "t30": "heavy_tailed"}[kind]
    report = assess(z)
    assert report.verdict.kind == expected
    assert report.fit.rank == 40


def test_isotropic_uniform_components_are_light_tailed_though_their_axes_look_normal(cloud):
    verdict = assess(cloud("uniform", 20_000, 100, condition=1)).verdict
    assert verdict.kind == "light_tailed"


def test_few_vectors_are_undecided_and_enough_are_named(cloud):
    verdict = assess(cloud("normal", 500, 20)).verdict
    assert verdict.kind == "undecided"
    needed = int(verdict.sentence.split("about ")[1].split()[0])
    assert 3000 < needed < 6000
    assert assess(cloud("normal", needed + 200, 20)).verdict.kind == "normal"


def test_pairs_in_one_plane_are_seen():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((12_000, 40))
    z[:, 1] = z[:, 0] * rng.choice([-1, 1], 12_000)
    verdict = assess(z, config=AssessConfig(planes=780)).verdict
    assert verdict.kind == "not_normal"
    assert verdict.sentence.startswith("The axes look normal")
    assert "ellipses of some coordinate planes" in verdict.sentence


def test_rank_is_told(cloud):
    z = cloud("normal", 12_000, 10, condition=4)
    verdict = assess(np.hstack([z, z[:, :3]])).verdict
    assert verdict.kind == "normal"
    assert verdict.sentence.startswith("In the 10 of 13 dimensions")
    assert any("rank 10 in 13 dimensions" in reason for reason in verdict.reasons)


def test_held_out_vectors_of_another_law_are_told(cloud):
    z, other = cloud("normal", 12_000, 10), cloud("t5", 12_000, 10)
    agree, differ = (assess(z, x).verdict.reasons[-1] for x in (cloud("normal", 12_000, 10), other))
    assert "agree" in agree
    assert "differ (by themselves: heavy tailed)" in differ


def test_noise_of_the_worst_axis():
    # Of 200 samples, 250 axes each, the worst exceeds its noise in about one of a hundred.
    worst = [
        judge_coordinates(np.random.default_rng(s).standard_normal((200, 250))).ks.max()
        for s in range(200)
    ]
    assert np.mean(np.array(worst) > axis_noise(200, 250)) < 0.04
    assert np.mean(np.array(worst) > 0.8 * axis_noise(200, 250)) > 0.1


def test_noise_of_the_variance_ratio():
    d2 = np.random.default_rng(0).chisquare(5, (2000, 3000))
    ratio = d2.var(axis=1, ddof=1) / 10
    assert ratio_noise(3000, 5) == pytest.approx(3.5 * ratio.std(), rel=0.05)
