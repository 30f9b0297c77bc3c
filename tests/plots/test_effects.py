import numpy as np
import pytest

from mlflow_latents.plots.effects import draw_effects, effects_info
from mlflow_latents.plots.interactions import draw_interactions, interactions_info
from mlflow_latents.plots.style import to_png

DIMENSIONS = ("2", "4", "8", "16", "32", "250", "500", "1000")
SETS = tuple(f"celeba:0.{i} and other faces:0.{9 - i}" for i in range(8))


def row(measure, factor, level, effect, reference="False", scale="ratio", **other):
    found = {"measure": measure, "factor": factor, "level": level, "reference": reference}
    ends = {"low": effect / 2, "high": effect * 2} if scale == "ratio" else {}
    values = {"comparison": "level", "scale": scale, "effect": effect, "pvalue_corrected": 0.5}
    return found | values | {"low": effect - 1, "high": effect + 1} | ends | other


def many_rows():
    return [
        row(f"latent/of some kind/measure_{m}", factor, level, 2.0 + m, levels[0])
        for m in range(6)
        for factor, levels in (("latent_dim", DIMENSIONS), ("image_set", SETS))
        for level in levels[1:]
    ]


def overlaps(figure):
    """Pairs of texts of one axes, or of its neighbours', that cover each other."""
    figure.draw_without_rendering()
    texts = [
        text
        for axes in figure.axes
        if axes.get_visible()
        for text in (
            *axes.get_xticklabels(),
            *axes.get_yticklabels(),
            *axes.get_yticklabels(minor=True),
            axes._left_title,
            axes.xaxis.label,
        )
        if text.get_text() and text.get_visible()
    ]
    boxes = [(text.get_text(), text.get_window_extent().padded(-1)) for text in texts]
    boxes += [
        (t.get_text(), t.get_window_extent())
        for legend in figure.legends
        for t in legend.get_texts()
    ]
    slanted = {text.get_text() for text in texts if text.get_rotation()}
    return [
        (a, b)
        for i, (a, one) in enumerate(boxes)
        for b, other in boxes[i + 1 :]
        if one.overlaps(other) and not {a, b} <= slanted
    ]


def test_ratios_become_logarithms_and_clear_ones_are_marked():
    info = effects_info(
        [
            row("mse", "batch_norm", "True", 2.0, pvalue_corrected=0.01),
            row("psnr", "batch_norm", "True", -3.0, scale="difference"),
        ]
    )
    mse, psnr = info.panels
    assert mse.estimates == pytest.approx([np.log(2)])
    assert (mse.low[0], mse.high[0]) == pytest.approx((0, np.log(4)))
    assert mse.clear.tolist() == [True]
    assert psnr.estimates == pytest.approx([-3])
    assert psnr.clear.tolist() == [False]
    assert info.headings == (("batch_norm, beside False", 1),)
    figure = draw_effects(info)
    first = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [line.get_xdata()[0] for line in first] == pytest.approx([np.log(2)])
    assert to_png(figure)


def test_a_level_that_a_measure_lacks_is_empty_there():
    info = effects_info(
        [
            row("mse", "dim", "4", 2.0, "2"),
            row("mse", "dim", "doubling", 2.0, "", comparison="trend"),
            row("psnr", "dim", "4", 1.0, "2"),
            row("psnr", "dim", "8", np.nan, "2", low=np.nan, high=np.nan),
        ]
    )
    assert info.labels == ("4", "8", "per doubling")
    assert np.isnan(info.panels[0].estimates).tolist() == [False, True, False]
    assert to_png(draw_effects(info))


def test_one_wide_interval_does_not_hide_the_others():
    rows = [row("mse", "dim", str(i), 1.1, "0") for i in range(1, 5)]
    rows.append(row("mse", "dim", "9", 1.1, "0", low=1e-9, high=1e9))
    info = effects_info(rows)
    low, high = info.panels[0].limits
    assert -2 < low < np.log(1.1 / 2) < np.log(2.2) < high < 2
    arrows = [line.get_marker() for line in draw_effects(info).axes[0].lines]
    assert arrows.count("<") == arrows.count(">") == 1


def test_eight_levels_and_six_measures_stay_readable():
    figure = draw_effects(effects_info(many_rows()))
    assert len(figure.axes) == 6
    assert overlaps(figure) == []


def study(numbers=DIMENSIONS, sets=SETS, n=2):
    rng = np.random.default_rng(0)
    dims, words = (
        grid.repeat(n) for grid in map(np.ravel, np.meshgrid(numbers, sets, indexing="ij"))
    )
    y = dims.astype(float) * np.exp(0.1 * rng.standard_normal(len(dims)))
    return y, {"image_set": words.tolist(), "latent_dim": dims.tolist()}


def test_means_stand_at_the_true_places_of_numbers():
    y, labels = study(n=3)
    info = interactions_info({"mse": (y, labels, True)}, "image_set", "latent_dim")
    assert info.factor == "latent_dim"
    assert info.levels == DIMENSIONS
    assert info.lines == SETS
    np.testing.assert_allclose(info.places, np.log2(np.array(DIMENSIONS, dtype=float)))
    (panel,) = info.panels
    here = (np.array(labels["latent_dim"]) == "32") & (np.array(labels["image_set"]) == SETS[2])
    assert panel.means[4, 2] == pytest.approx(np.log(y[here]).mean())
    assert np.all((panel.low < panel.means) & (panel.means < panel.high))
    assert panel.values == pytest.approx(np.log(y))


def test_words_keep_their_given_order_and_what_is_missing_stays_empty():
    labels = {"a": ["x", "x", "y", "y", "z"], "b": ["p", "q", "p", "p", "q"]}
    order = {"a": ["z", "y", "x"], "b": ["q", "p"]}
    y = np.array([1.0, 2, 3, 4, 5])
    other = {name: column[:4] for name, column in labels.items()}
    measures = {"mse": (y, labels, False), "less": (y[:4], other, False)}
    info = interactions_info(measures, "b", "a", order)
    assert (info.factor, info.levels, info.lines) == ("a", ("z", "y", "x"), ("q", "p"))
    np.testing.assert_allclose(info.panels[0].means, [[5, np.nan], [np.nan, 3.5], [2, 1]])
    np.testing.assert_allclose(info.panels[1].means, [[np.nan, np.nan], [np.nan, 3.5], [2, 1]])
    assert to_png(draw_interactions(info))


def test_one_factor_has_one_line_and_no_legend():
    y, labels = study(n=3)
    info = interactions_info({"mse": (y, labels, False)}, "latent_dim")
    assert info.lines == ("",)
    assert info.panels[0].means.shape == (8, 1)
    figure = draw_interactions(info)
    assert not figure.legends
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == list(DIMENSIONS)


def test_eight_lines_and_six_measures_stay_readable():
    y, labels = study()
    names = [f"latent/of some kind/measure_{m}" for m in range(6)]
    info = interactions_info(dict.fromkeys(names, (y, labels, True)), *labels)
    figure = draw_interactions(info)
    assert len(figure.legends[0].get_texts()) == 8
    assert overlaps(figure) == []


def test_long_words_below_a_panel_do_not_overlap_and_near_numbers_are_left_out():
    y, labels = study(sets=("p", "q"))
    words = {"image_set": [SETS[DIMENSIONS.index(d)] for d in labels["latent_dim"]]}
    figure = draw_interactions(interactions_info({"mse": (y, words, True)}, "image_set"))
    assert overlaps(figure) == []
    near = {"x": [str(100 + i % 8) for i in range(len(y) - 2)] + ["1", "1000"]}
    figure = draw_interactions(interactions_info({"mse": (y, near, True)}, "x"))
    assert overlaps(figure) == []
    shown = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    assert [text for text in shown if text] == ["1", "100", "1000"]
