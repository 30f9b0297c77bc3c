import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.models import encode
from mlflow_latents.models.backend import keras
from mlflow_latents.probes.axis_groups import axis_groups
from mlflow_latents.probes.sensitivity import (
    LEVELS,
    probe_sensitivity,
    radius_of_level,
)
from mlflow_latents.probes.sensitivity_meter import LOGITS, TOGETHER, Meter
from mlflow_latents.probes.white_decoder import WhiteDecoder
from mlflow_latents.stats import fit_gaussian
from mlflow_latents.stats.laws import level_of

REGION = np.arange(64).reshape(8, 8) % 8 < 3
TARGETS = ("plain", "tied", "companion")


def reading_judge(handmade):
    """Read the first three factors off an image, exactly."""
    read = np.linalg.pinv(handmade.patterns)[:, :3]
    judge = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(3)]
    )
    judge.layers[-1].set_weights([read, -np.full(64, 0.5) @ read])
    return judge


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def fit(handmade):
    return fit_gaussian(encode(handmade.encoder, handmade.images))


@pytest.fixture(scope="module")
def found(handmade, fit):
    return probe_sensitivity(handmade.decoder, fit, reading_judge(handmade), TARGETS, REGION)


@pytest.fixture(scope="module")
def steps(handmade, fit):
    """Change of factors (axes, 10) by one sd along each principal axis: known in closed form."""
    return np.linalg.solve(handmade.mixing, fit.axes * np.sqrt(fit.variances)).T


@pytest.fixture(scope="module")
def squares(handmade, steps):
    return np.square(steps @ handmade.patterns).reshape(-1, 8, 8)


def test_a_linear_decoder_responds_alike_everywhere_as_known(found, squares):
    inside = np.sqrt(squares[:, REGION].mean())
    outside = np.sqrt(squares[:, ~REGION].mean())
    share = squares[:, ~REGION].sum() / squares.sum()
    for shell in found.shells:
        assert shell.random.inside.value == pytest.approx(inside, rel=1e-4)
        assert shell.random.outside.value == pytest.approx(outside, rel=1e-4)
        assert shell.random.background_share.value == pytest.approx(share, rel=1e-4)
        assert shell.random.background_share.error < 1e-5
        np.testing.assert_allclose(shell.map, np.sqrt(squares.mean(axis=0)), rtol=1e-3)


def test_leading_and_trailing_axes_respond_as_known(found, squares):
    for group, rows in (("leading", squares[:3]), ("trailing", squares[-3:])):
        shell = getattr(found.shells[-1], group)
        assert shell.inside.value == pytest.approx(np.sqrt(rows[:, REGION].mean()), rel=1e-4)
        for walk in (w for w in found.walks if w.group == group):
            assert walk.along.inside.value == pytest.approx(shell.inside.value, rel=1e-4)
            share = rows[:, ~REGION].sum() / rows.sum()
            assert walk.along.background_share.value == pytest.approx(share, rel=1e-4)


def test_targets_respond_in_their_own_sd(found, handmade, fit, steps):
    sd = np.sqrt(np.square(steps[:, :3]).sum(axis=0))  # over vectors drawn from the fit
    expected = np.sqrt(np.square(steps[:, :3]).mean(axis=0)) / sd
    for shell in found.shells:
        np.testing.assert_allclose(shell.random.targets, expected, rtol=0.1)  # sd of 512 vectors


def test_axes_carry_what_they_are_known_to_carry(found, squares, steps):
    carried = found.carried
    parts = np.stack(
        [
            squares[:, REGION].sum(axis=1),
            squares[:, ~REGION].sum(axis=1),
            *np.square(steps[:, :3]).T,
        ]
    )
    known = np.stack([part.sum(axis=1) for part in np.split(parts, (3, 5), axis=1)], axis=1)
    assert carried.names == ("face pixels", "background pixels", *TARGETS)
    np.testing.assert_allclose(carried.shares, known / known.sum(axis=1, keepdims=True), atol=1e-4)
    assert carried.groups == (3, 2, 5)
    np.testing.assert_allclose(carried.inside, np.sqrt(squares[:, REGION].mean(axis=1)), rtol=1e-3)
    outside = squares[:, ~REGION].sum(axis=1) / squares.sum(axis=(1, 2))
    np.testing.assert_allclose(carried.background, outside, rtol=1e-3)


def growing_decoder():
    """Outside pixels grow as exp(z), inside ones as z: the background takes over."""
    return keras.Sequential([keras.Input((4,)), _Growing(), keras.layers.Reshape((2, 2, 1))])


class _Growing(keras.layers.Layer):
    def call(self, z):
        length = keras.ops.sum(z, axis=-1, keepdims=True)
        return keras.ops.concatenate(
            [z[:, :2], keras.ops.exp(length) * keras.ops.ones_like(z[:, :2])], axis=-1
        )


def test_a_background_that_takes_over_is_seen(rng):
    z = rng.standard_normal((500, 4))
    region = np.array([[True, True], [False, False]])
    found = probe_sensitivity(growing_decoder(), fit_gaussian(z), region=region)
    variance = z[:, :2].var(axis=0, ddof=1).mean()  # of the inside pixels, shared by four axes
    centre, outer = found.shells[0], found.shells[-3]
    assert centre.random.background_share.value == pytest.approx(8 / (8 + 2), abs=0.05)
    assert outer.random.background_share.value > 0.99
    assert outer.random.outside.value > 10 * centre.random.outside.value
    assert outer.random.inside.value == pytest.approx(np.sqrt(variance / 4), rel=1e-4)
    assert 0 < outer.random.background_share.error < 0.01


def test_the_seed_decides(handmade, fit):
    network = WhiteDecoder(handmade.decoder, fit, reading_judge(handmade))

    def responses(seed):
        return Meter(network, REGION, seed).shell("level_1", 3.0).random.targets

    np.testing.assert_array_equal(responses(0), responses(0))
    assert np.any(responses(1) != responses(0))


def test_few_images_are_held_at_once_and_none_without_a_judge(handmade, fit):
    class Counted(WhiteDecoder):
        decoded = ()

        def __call__(self, white):
            self.decoded = (*self.decoded, len(white))
            return super().__call__(white)

    network = Counted(handmade.decoder, fit, reading_judge(handmade))
    logit_sd = Meter(network, REGION, 0).logit_sd
    assert network.decoded == LOGITS // TOGETHER * (TOGETHER,)
    white = np.random.default_rng(0).standard_normal((LOGITS, fit.rank))
    np.testing.assert_allclose(logit_sd, network(white)[1].std(axis=0), rtol=1e-5)
    network = Counted(handmade.decoder, fit)
    assert Meter(network, REGION, 0).logit_sd.shape == (0,)
    assert network.decoded == ()


@pytest.mark.parametrize("k", [2, 10, 250])
def test_the_radius_of_a_level_has_that_level(k):
    for level in LEVELS:
        assert level_of(radius_of_level(level, k) ** 2, k) == pytest.approx(level, rel=1e-6)


@pytest.mark.parametrize("rank", [1, 2, 3, 10, 250])
def test_groups_share_all_axes_out(rank):
    groups = axis_groups(rank)
    together = np.unique(np.concatenate(list(groups.values())))
    np.testing.assert_array_equal(together, np.arange(rank))
    assert len(groups["leading"]) == len(groups["trailing"]) == max(1, min(10, rank // 3))


def test_what_does_not_suit_is_refused(handmade, fit, rng):
    judge = reading_judge(handmade)
    with pytest.raises(InputError, match="targets holds 1 names, but the judge gives 3 logits"):
        probe_sensitivity(handmade.decoder, fit, judge, ("plain",))
    with pytest.raises(InputError, match="targets holds 1 names, but the judge gives 0 logits"):
        probe_sensitivity(handmade.decoder, fit, targets=("plain",))
    with pytest.raises(InputError, match=r"The judge takes images \(10,\), but the decoder gives"):
        probe_sensitivity(handmade.decoder, fit, handmade.decoder, TARGETS)
    with pytest.raises(InputError, match=r"must turn \(None, 3\) into images"):
        probe_sensitivity(handmade.decoder, fit_gaussian(rng.standard_normal((50, 3))))
    with pytest.raises(InputError, match="region has shape"):
        probe_sensitivity(handmade.decoder, fit, region=np.ones((2, 2), bool))
