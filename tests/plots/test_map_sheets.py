import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.plots.map_shares import draw_map_shares, map_shares_info
from mlflow_latents.plots.map_sheet import draw_map_sheet, map_sheet_info
from mlflow_latents.plots.pattern_sheet import draw_pattern_sheet, pattern_sheet_info
from mlflow_latents.plots.style import to_png
from mlflow_latents.probes.ascent import Patterns
from mlflow_latents.probes.map_labels import LabelCorrelations
from mlflow_latents.probes.map_shares import MapShares
from mlflow_latents.probes.maps import Excited, MapsReport
from mlflow_latents.probes.responses import Responses

N, MAPS, AXES = 60, 25, 12
LABELS = ("5_o_Clock_Shadow", "Mouth_Slightly_Open", "Male")


def shares(kind="share"):
    values = np.random.default_rng(1).normal(size=(MAPS, AXES)) + 1
    return MapShares(kind, values / values.sum(axis=0) if kind == "share" else values / 10)


def report(shape=(16, 12, 3), kind="share", labels=LABELS):
    """A report of random numbers; the last map is dead."""
    rng = np.random.default_rng(0)
    means = rng.normal(size=(N, MAPS))
    dead = np.arange(MAPS) == MAPS - 1
    neurons = np.zeros((N, MAPS), np.int32)
    excited = Excited(
        rng.integers(0, N, (MAPS, 8)), np.tile([2, 0, 9, 5], (MAPS, 8, 1)).astype(int)
    )
    correlations = LabelCorrelations(
        rng.uniform(-0.5, 0.5, (MAPS, len(labels))),
        rng.choice([0.001, 0.5], (MAPS, len(labels))),
        rng.integers(0, max(len(labels), 1), MAPS),
        rng.normal(size=MAPS),
    )
    return MapsReport(
        "conv_4",
        Responses(means, neurons, neurons, rng.random(MAPS), dead, rng.random(MAPS)),
        Patterns(rng.random((MAPS, *shape), np.float32), 5 + rng.random((MAPS, 2))),
        excited,
        excited,
        shares(kind),
        labels,
        correlations if labels else None,
        rng.random(MAPS),
        rng.random(MAPS),
    )


def images(shape=(16, 12, 3)):
    return np.random.default_rng(2).integers(0, 256, (N, *shape), dtype=np.uint8)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def assert_nothing_overlaps(figure):
    figure.canvas.draw()
    page = figure.axes[0]
    things = (*page.texts, *page.images, figure._suptitle)
    boxes = [thing.get_window_extent() for thing in things]
    for box in boxes:
        assert min(box.x0, box.y0) >= 0
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1
    for i, box in enumerate(boxes):
        for other in boxes[:i]:
            width = min(box.x1, other.x1) - max(box.x0, other.x0)
            height = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert width <= 0 or height <= 2.5  # pixels; a descender may touch


@pytest.mark.parametrize("shape", [(16, 12, 3), (8, 8, 1)])
def test_pages_hold_all_maps_in_order(shape):
    found = [map_sheet_info(report(shape), images(shape), "selectivity", p) for p in (1, 2, 3)]
    numbers = [row.number for info in found for row in info.rows]
    selectivity = report(shape).responses.selectivity
    assert sorted(numbers) == list(range(MAPS))
    assert (np.diff(selectivity[numbers[:-1]]) <= 0).all()
    assert found[-1].rows[-1].words == ("does not vary",)
    assert [len(info.rows) for info in found] == [10, 10, 5]


@pytest.mark.parametrize("shape", [(16, 12, 3), (8, 8, 1), (12, 20, 3)])
def test_the_sheet_is_readable(shape):
    figure = draw_map_sheet(map_sheet_info(report(shape), images(shape), "Male", 3))
    assert_nothing_overlaps(figure)
    assert len(figure.axes[0].images) == 5 * (1 + 6 + 4)


def test_images_are_those_of_the_report():
    info = map_sheet_info(report(), images(), page=2)
    row = info.rows[3]
    np.testing.assert_array_equal(row.most, images()[report().most.images[row.number, :6]])
    page = draw_map_sheet(info).axes[0]
    np.testing.assert_array_equal(page.images[3 * 11 + 1].get_array(), row.most[0])


def test_boxes_frame_what_the_neuron_sees():
    page = draw_map_sheet(map_sheet_info(report(), images())).axes[0]
    left, right, _, top = page.images[1].get_extent()
    pixel = (right - left) / 12
    frames = [p for p in page.patches if p.get_linewidth() == 0.9]
    assert len(frames) == 100
    assert frames[0].get_x() == pytest.approx(left)
    assert frames[0].get_y() == pytest.approx(top + 2 * pixel)
    assert frames[0].get_width() == pytest.approx(5 * pixel)
    assert frames[0].get_height() == pytest.approx(7 * pixel)


def test_no_box_where_the_neuron_sees_all():
    whole = report()
    whole.most.boxes[...] = [0, 0, 16, 12]
    page = draw_map_sheet(map_sheet_info(whole, images())).axes[0]
    assert not [p for p in page.patches if p.get_linewidth() == 0.9]


def test_the_label_of_the_order_stands_first():
    info = map_sheet_info(report(), images(), "Male")
    assert {row.attributes[0][0] for row in info.rows} == {"Male"}
    figure = draw_map_sheet(info)
    assert figure._suptitle.get_text().endswith("conv_4, ordered by Male, page 1 of 3")
    assert f"Male {info.rows[0].attributes[0][1]:+.2f}" in texts(figure)


@pytest.mark.parametrize("shape", [(16, 12, 3), (8, 8, 1)])
def test_patterns_without_images(shape):
    info = pattern_sheet_info(report(shape))
    figure = draw_pattern_sheet(info)
    assert_nothing_overlaps(figure)
    assert len(figure.axes[0].images) == len(info.rows) == MAPS
    assert {row.most is None for row in info.rows} == {True}
    assert "does not vary" in texts(figure)


def test_sheets_without_labels():
    info = map_sheet_info(report(labels=()), images())
    assert info.rows[0].attributes == ()
    assert to_png(draw_map_sheet(info)).startswith(b"\x89PNG")


@pytest.mark.parametrize("page", [0, 4])
def test_a_page_that_is_not_there(page):
    with pytest.raises(InputError, match=f"no page {page}: choose one from 1 to 3"):
        map_sheet_info(report(), images(), page=page)


def test_shares_added_up_end_at_1():
    info = map_shares_info(shares())
    assert list(info.curves) == ["axis 1", "axes 1 to 4", "axes 9 to 12"]
    for curve in info.curves.values():
        assert curve[-1] == pytest.approx(1)
        assert (np.diff(curve, 2) <= 1e-12).all()
    np.testing.assert_allclose(info.curves["axis 1"][0], shares().values[:, 0].max())


@pytest.mark.parametrize(
    ("k", "names"),
    [(1, ["axis 1"]), (2, ["axis 1", "axis 2"]), (30, ["axis 1", "axes 1 to 10", "axes 21 to 30"])],
)
def test_groups_of_axes_do_not_overlap(k, names):
    values = np.random.default_rng(0).random((MAPS, k))
    assert list(map_shares_info(MapShares("share", values)).curves) == names


def test_a_map_without_an_axis_or_a_share_of_colour_says_nothing_of_them():
    whole = report()
    whole.shares.values[:] = np.nan
    whole.by_colour[:] = np.nan
    words = [line for row in map_sheet_info(whole, images()).rows for line in row.words]
    assert not [line for line in words if "nan" in line or "axis" in line or "colour" in line]


def test_maps_of_the_heat_map_stand_by_axis():
    info = map_shares_info(shares())
    assert info.heat.shape == (MAPS, AXES)
    assert (np.diff(np.abs(info.heat).argmax(axis=1)) >= 0).all()


@pytest.mark.parametrize(("kind", "label"), [("share", "share of"), ("correlation", "absolute")])
def test_the_axes_say_what_is_drawn(kind, label):
    figure = draw_map_shares(map_shares_info(shares(kind)))
    assert figure.axes[0].get_ylabel().startswith(label)
    assert to_png(figure).startswith(b"\x89PNG")
