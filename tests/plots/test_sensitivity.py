from dataclasses import replace

import numpy as np
import pytest

from mlflow_latents.generate.quality.jackknife import Estimate
from mlflow_latents.plots.sensitivity import draw_sensitivity, sensitivity_info
from mlflow_latents.plots.sensitivity_carried import carried_info, draw_carried
from mlflow_latents.plots.sensitivity_maps import draw_sensitivity_maps, sensitivity_maps_info
from mlflow_latents.plots.style import to_png
from mlflow_latents.probes.sensitivity_found import (
    Carried,
    Response,
    Sensitivity,
    Shell,
    Walk,
)

SHELLS = {"centre": 0.0, "half_way": 3.0, "level_1": 6.0, "level_3": 8.0, "level_32": 20.0}


def made_up(targets=("smiling", "bald", "constant"), observed=True):
    rng = np.random.default_rng(0)

    def response():
        inside, outside, share = (Estimate(v, 0.1 * v) for v in rng.uniform(0.1, 0.6, 3))
        values = np.where(
            [name == "constant" for name in targets], np.nan, rng.random(len(targets))
        )
        return Response(inside, outside, share, values)

    def shell(name, radius):
        images = rng.integers(0, 256, (1 if radius == 0 else 3, 8, 8, 3)).astype(np.uint8)
        responses = (response() for _ in range(3))
        return Shell(name, radius, *responses, rng.random((8, 8)), images)

    shares = rng.dirichlet(np.ones(3), 2 + len(targets))
    shares[2:][[name == "constant" for name in targets]] = np.nan
    axes = rng.random((4, 12))
    return Sensitivity(
        region=np.arange(64).reshape(8, 8) % 8 < 4,
        targets=targets,
        shells=tuple(shell(*each) for each in SHELLS.items()),
        observed=tuple(shell(f"observed_{i}", 4.0 + i) for i in range(1, 6) if observed),
        walks=tuple(
            Walk(start, group, distance, response(), response())
            for start in ("centre", "typical")
            for group in ("leading", "trailing")
            for distance in range(3)
        ),
        carried=Carried(
            ("face pixels", "background pixels", *targets),
            shares,
            0.1 * shares,
            (4, 2, 6),
            *axes,
        ),
    )


@pytest.fixture(scope="module")
def found():
    return made_up()


def test_info_holds_what_was_found(found):
    info = sensitivity_info(found)
    assert info.background_area == 0.5
    assert info.marks == {"level_1": 6.0, "level_32": 20.0}
    np.testing.assert_array_equal(info.pixels["face"].x, list(SHELLS.values()))
    expected = [shell.random.outside.value for shell in found.shells]
    np.testing.assert_array_equal(info.pixels["background"].value, expected)
    expected = [shell.trailing.background_share.error for shell in found.observed]
    np.testing.assert_array_equal(info.observed_shares["trailing"].error, expected)
    walks = [w for w in found.walks if (w.group, w.start) == ("leading", "typical")]
    expected = [walk.along.inside.value for walk in walks]
    np.testing.assert_array_equal(info.walked_pixels["leading", "face"].value, expected)
    np.testing.assert_array_equal(info.walked_shares["trailing", "centre"].x, [0, 1, 2])
    np.testing.assert_array_equal(info.by_axis["share"], found.carried.background)


def test_draws_six_panels_with_the_background_area_beside_the_shares(found):
    figure = draw_sensitivity(sensitivity_info(found))
    assert len(figure.axes) == 6
    for axes in figure.axes[1::2]:
        assert any(np.array_equal(line.get_ydata(), [0.5, 0.5]) for line in axes.lines), (
            "the share of the pixels is missing"
        )
    assert to_png(figure)


def test_draws_without_real_vectors_and_without_a_judge():
    found = made_up(targets=(), observed=False)
    assert to_png(draw_sensitivity(sensitivity_info(found)))
    assert to_png(draw_carried(carried_info(found)))


def test_carried_is_sorted_below_the_pixels_and_leaves_the_constant_out(found):
    info = carried_info(found)
    assert info.names[:2] == ("face pixels", "background pixels")
    assert set(info.names[2:]) == {"smiling", "bald"}
    assert info.shares[2, 0] >= info.shares[3, 0]
    for values in info.responses.values():
        assert values[0] == 1
    targets = np.stack([shell.random.targets[:2] for shell in found.shells])
    expected = np.median(targets / targets[0], axis=1)
    np.testing.assert_allclose(info.responses["factors"], expected)


def test_bars_add_up_and_name_their_axes(found):
    figure = draw_carried(carried_info(found))
    left = figure.axes[0]
    labels = left.get_legend_handles_labels()[1]
    assert labels == ["axes 1–4", "axes 5–6", "axes 7–12"]
    assert sum(bar.get_width() for bar in left.patches) == pytest.approx(4)
    assert to_png(figure)


def test_groups_of_few_axes(found):
    info = replace(carried_info(found), groups=(1, 0, 1))
    labels = draw_carried(info).axes[0].get_legend_handles_labels()[1]
    assert labels == ["axis 1", "axis 2"]


def test_maps_are_drawn_for_some_shells_and_never_for_real_vectors(found):
    info = sensitivity_maps_info(found)
    assert info.names == ("centre", "half way", "level 1", "level 3", "level 32")
    assert info.images.shape == (3, 5, 8, 8, 3)
    np.testing.assert_array_equal(info.images[2, 0], found.shells[0].images[0])
    np.testing.assert_array_equal(info.images[1, 3], found.shells[3].images[1])
    figure = draw_sensitivity_maps(info)
    assert len(figure.axes) == 4 * 5
    assert to_png(figure)
