import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.stats import AssessConfig, assess

LABELLED = pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("normal", "normal"),
        ("t30", "elliptical"),
        ("t5", "elliptical"),
        ("scale_mixture", "normal_core"),
        ("two_scales", "elliptical"),
        ("contaminated", "normal_core"),
        ("laplace", "other"),
        ("uniform", "other"),
        ("exponential", "skewed"),
        ("one_exponential", "skewed"),
        ("two_modes", "clustered"),
        ("three_groups", "clustered"),
        ("ten_clusters", "clustered"),
        ("pairs", "normal_margins"),
    ],
)


@LABELLED
@pytest.mark.parametrize(("seed", "d"), [(0, 20), (1, 60)])
def test_rotated_stretched_clouds(cloud, kind, verdict, seed, d):
    assert assess(cloud(kind, 12_000, d, seed)).verdict.kind == verdict


@LABELLED
def test_verdicts_stay_when_reseeded_and_when_halved(cloud, kind, verdict):
    z = cloud(kind, 24_000, 20, 2)
    assert assess(z, seed=1).verdict.kind == verdict
    assert assess(z[1::2], seed=2).verdict.kind == verdict


@pytest.mark.parametrize(("kind", "verdict"), [("normal", "normal"), ("t30", "elliptical")])
def test_the_cloud_of_the_issue(cloud, kind, verdict):
    report = assess(cloud(kind, 20_000, 250))
    assert report.verdict.kind == verdict
    assert report.in_sample.principal.normal_fraction == 1
    assert report.in_sample.marginal.normal_fraction == 1


def test_axes_of_a_heavy_tailed_cloud_are_told_to_look_normal(cloud):
    sentence = assess(cloud("t30", 20_000, 60)).verdict.sentence
    assert sentence.startswith("The axes look normal up to level 3.25")
    assert "leading principal axes only: over all 60 the variance of d2 is" in sentence
    assert sentence.endswith(
        "the cloud is elliptical, with radii of another law than those of a multivariate normal "
        "distribution."
    )


@pytest.mark.parametrize(("bent", "kind"), [(0, "elliptical"), (1, "skewed"), (4, "skewed")])
def test_a_heavy_tailed_cloud_whose_axes_differ_is_not_called_elliptical(cloud, bent, kind):
    z = cloud("t5", 12_000, 30)
    z[:, :bent] = np.random.default_rng(1).exponential(30, (len(z), bent))
    verdict = assess(z).verdict
    assert verdict.kind == kind


@pytest.mark.parametrize("kind", ["normal", "t30"])
def test_float32_far_from_the_origin(cloud, kind):
    z = cloud(kind, 12_000, 40, condition=1e4, center=1e4, dtype=np.float32)
    expected = {"normal": "normal", "t30": "elliptical"}[kind]
    report = assess(z)
    assert report.verdict.kind == expected
    assert report.fit.rank == 40


def test_isotropic_uniform_components_are_light_tailed_though_their_axes_look_normal(cloud):
    verdict = assess(cloud("uniform", 20_000, 100, condition=1)).verdict
    assert verdict.kind == "normal_margins"
    assert verdict.sentence.endswith(
        "lighter in the tails than a multivariate normal distribution."
    )


def test_few_vectors_are_undecided_and_enough_are_named(cloud):
    verdict = assess(cloud("normal", 500, 20)).verdict
    assert verdict.kind == "undecided"
    needed = int(verdict.sentence.split("about ")[1].split()[0])
    assert needed == 9600
    assert assess(cloud("normal", needed + 200, 20)).verdict.kind == "normal"


def test_pairs_in_one_plane_are_seen():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((12_000, 40))
    z[:, 1] = z[:, 0] * rng.choice([-1, 1], 12_000)
    verdict = assess(z, config=AssessConfig(planes=780)).verdict
    assert verdict.kind == "other"
    assert verdict.sentence.startswith("The axes look normal")
    assert "ellipses of some random coordinate planes" in verdict.sentence


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


def test_radii_of_two_shells_with_the_right_variance_are_not_normal():
    rng = np.random.default_rng(0)
    n, d = 10_000, 50
    x = rng.standard_normal((n, d))
    shell = d + np.sqrt(2 * d) * np.where(np.arange(n) % 2, 1, -1)
    x *= (np.sqrt(shell) / np.linalg.norm(x, axis=1))[:, None]
    report = assess(x)
    assert report.in_sample.radial.variance_ratio == pytest.approx(1, abs=0.1)
    assert report.verdict.kind == "elliptical"
    assert "but the radii over 50 leading principal axes have a Kolmogorov" in (
        report.verdict.sentence
    )


@pytest.mark.parametrize(("n", "d"), [(7, 5), (12, 1), (60, 40), (300, 250), (3000, 5)])
def test_few_normal_vectors_are_undecided_and_accused_of_nothing(n, d):
    z = np.random.default_rng(n).standard_normal((2 * n, d))
    verdict = assess(z[:n], z[n:]).verdict
    assert verdict.kind == "undecided"
    assert verdict.sentence.startswith("Nothing speaks clearly against")
    assert "elsewhere" not in verdict.reasons[-1]
    assert "level nan" not in " ".join(verdict.reasons)


def held_out_reason(z, held_out):
    return next(r for r in assess(z, held_out).verdict.reasons if "held-out vectors" in r)


@pytest.mark.parametrize("kind", ["normal", "t5"])
def test_held_out_vectors_elsewhere_do_not_agree(cloud, kind):
    z, held_out = np.split(cloud(kind, 24_000, 4, condition=1, center=0.0), 2)
    assert "agree;" in held_out_reason(z, held_out)
    assert "of the same kind, but lie elsewhere" in held_out_reason(z, 2 * held_out + 5)
    assert "a verdict by themselves, but lie elsewhere" in held_out_reason(z, held_out[:50] + 5)


def test_held_out_vectors_off_the_subspace_are_told(cloud):
    z, held_out = np.split(cloud("normal", 600, 4, center=1.0), 2)
    z[:, 1] = held_out[:, 1] = 0.1
    assert "off the subspace" not in " ".join(assess(z, held_out).verdict.reasons)
    held_out[7, 1] = 100.1
    assert "up to 100 off the subspace" in assess(z, held_out).verdict.reasons[-1]


def test_equal_held_out_vectors_are_too_few():
    z = np.random.default_rng(0).standard_normal((50, 3))
    assert "too few for a verdict by themselves" in held_out_reason(z, np.ones((2, 3)))


@pytest.mark.parametrize("freedom", [1, 1.5, 2, 2.5])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_very_heavy_tails_do_not_make_axes_differ(freedom, seed):
    rng = np.random.default_rng(seed)
    stretch = np.sqrt(freedom / rng.chisquare(freedom, (3000, 1)))
    verdict = assess(rng.standard_normal((3000, 10)) * stretch).verdict
    assert "neither elliptical" not in verdict.sentence
    assert verdict.kind == "elliptical"


@pytest.mark.parametrize("margin", ["uniform", "two modes"])
def test_light_margins_with_heavy_radii_are_not_elliptical(margin):
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (12_000, 40))
    if margin == "two modes":
        x = np.sign(x) + 0.1 * x
    verdict = assess(x * (1 + 0.2 * rng.standard_normal((12_000, 1)))).verdict
    assert verdict.kind == ("other" if margin == "uniform" else "clustered")
    assert "elliptical" not in verdict.sentence
    assert ", and the joint law" in verdict.sentence


def test_one_skewed_coordinate_leaves_the_verdict_to_the_radii(cloud):
    z = cloud("t30", 12_000, 40, condition=1, center=0.0)
    z[:, 7] = np.random.default_rng(1).exponential(size=len(z))
    verdict = assess(z).verdict
    assert verdict.kind == "normal_margins"
    assert "elliptical, with" not in verdict.sentence
    assert ", but the joint law" in verdict.sentence


def test_heavy_leading_axes_are_seen_though_all_together_hold():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((12_000, 60)) * np.geomspace(10, 1, 60)
    z[:, :5] *= np.where(rng.random((12_000, 1)) < 0.1, 1.5, 1.0)
    report = assess(z)
    assert report.in_sample.curve.variance_ratio[-1] < 1.1
    assert report.verdict.kind == "normal_margins"
    assert "over the first" in report.verdict.sentence


def test_the_radii_are_said_to_hold_only_where_chance_could_not_hide_it():
    rng = np.random.default_rng(0)
    few = assess(rng.exponential(size=(100, 1))).verdict
    z = rng.standard_normal((12_000, 40))
    z[:, 0] = rng.exponential(size=12_000)
    many = assess(z, config=AssessConfig(variance_ratio_tolerance=0.99)).verdict
    assert "the radii alone would not tell" in few.sentence
    assert "although the law of the radius holds" in many.sentence
    assert {few.kind, many.kind} == {"skewed"}


def test_planes_need_vectors_too():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((6000, 60))
    pair = rng.random(6000) < 0.22
    z[pair, 1] = z[pair, 0] * rng.choice([-1, 1], pair.sum())
    verdict = assess(z, config=AssessConfig(planes=1770)).verdict
    assert verdict.kind == "undecided"
    assert "departs measurably" in verdict.sentence
    assert "a coordinate plane whose share is off by" in verdict.sentence


def test_steps_and_repetitions_are_told():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((3000, 3))
    before = len(assess(z).verdict.reasons)
    z[:, 1] = np.round(z[:, 1], 1)
    z[100:150] = z[:50]
    *others, steps, repeated = assess(z).verdict.reasons
    assert len(others) == before
    assert "1 of 3, the first being z1" in steps
    assert repeated.startswith("50 of 3000 vectors repeat")


def test_one_dimension_and_small_ratios_in_words():
    rng = np.random.default_rng(0)
    one = assess(rng.standard_normal((12_000, 1))).verdict
    assert "of 1 dimension:" in one.sentence
    assert "all 1 principal axis the" in one.reasons[0]
    assert "is < 0.01 times" in assess(rng.choice([-1.0, 1.0], (4000, 3))).verdict.sentence


def test_repeated_vectors_are_told_in_the_sentence(cloud):
    z = cloud("normal", 300, 3)
    assert "repeat" not in assess(z).verdict.sentence
    sentence = assess(np.tile(z, (3, 1))).verdict.sentence
    assert sentence.endswith(
        "67 % of the vectors repeat others, which makes all of this less "
        "certain than it is taken for."
    )


def test_one_group_of_another_shape_is_not_clustered():
    z = np.random.default_rng(0).uniform(-1, 1, (5000, 3))
    assert assess(z).verdict.kind != "clustered"


def test_a_ring_has_two_modes_along_its_axes_and_is_said_to_be_maybe_bent():
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 5000)
    z = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (
        1 + 0.1 * rng.standard_normal((5000, 1))
    )
    verdict = assess(z).verdict
    assert verdict.kind == "clustered"
    assert any("or a bent cloud seen from the side" in reason for reason in verdict.reasons)


def test_dependence_of_high_order_is_seen_by_the_likelihood():
    z = np.random.default_rng(0).standard_normal((30_000, 5))
    z[:, 4] = np.abs(z[:, 4]) * np.sign(z[:, :4].prod(axis=1))
    verdict = assess(z).verdict
    assert verdict.kind not in ("normal", "normal_core")
    assert any(each.name.startswith("likelihood") and each.beyond for each in verdict.findings)


@pytest.mark.parametrize("seed", range(4))
def test_few_heavy_tailed_vectors_have_no_normal_core(seed):
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((300, 2)) / np.sqrt(rng.chisquare(3, (300, 1)) / 3)
    assert assess(z).verdict.kind != "normal_core"


def test_groups_that_whitening_hides_are_found_or_said_to_be_out_of_reach():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((10_000, 60))
    z[:, 0] += 6 * (rng.random(10_000) < 0.5)
    z[:, 0] /= z[:, 0].std()
    z = z @ np.linalg.qr(rng.standard_normal((60, 60)))[0]
    assert assess(z).verdict.kind == "clustered"
    few = assess(rng.standard_normal((12_000, 60)))
    assert few.verdict.kind == "normal"
    assert "found among some 21600 vectors" in few.verdict.reasons[-1]
    enough = assess(rng.standard_normal((12_000, 20)))
    assert not any("unseen" in reason for reason in enough.verdict.reasons)


@pytest.mark.parametrize("seed", [-1, 1.5])
def test_a_seed_that_is_none_is_named(seed):
    with pytest.raises(InputError, match="The seed is"):
        assess(np.random.default_rng(0).standard_normal((50, 2)), seed=seed)


def test_sparse_vectors_and_atoms_are_judged():
    rng = np.random.default_rng(0)
    sparse = np.maximum(rng.standard_normal((2000, 5)) - 2, 0)
    atom = np.where(rng.random((2000, 1)) < 0.9, 1.0, rng.standard_normal((2000, 5)))
    for z in (sparse, atom):
        report = assess(z, effort="quick")
        assert report.verdict.kind not in ("normal", "undecided", "elliptical")
        assert "Tyler's shape does not exist" in report.battery.result("direction").reason


def test_held_out_vectors_that_vary_off_the_fit_alone_are_judged():
    rng = np.random.default_rng(0)
    z = np.hstack([rng.standard_normal((200, 2)), np.ones((200, 1))])
    held_out = np.zeros((60, 3))
    held_out[:, 2] = rng.standard_normal(60)
    assert assess(z, held_out).held_out_battery is None
    assert assess(z, np.zeros((60, 3)) + 1e-17).held_out_battery is None
