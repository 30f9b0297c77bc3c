import io

import mlflow
import numpy as np
import pytest
from PIL import Image

from mlflow_latents.compare.pictures import LABEL, MARGIN, WIDE, run_pictures, side_by_side
from mlflow_latents.compare.runs import select_runs
from mlflow_latents.errors import InputError


def png(color, size=(80, 40)):
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, format="png")
    return file.getvalue()


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(content)))


def add_run(name, color=None, tags=None):
    client = mlflow.MlflowClient()
    run_id = client.create_run("1", run_name=name, tags=tags or {}).info.run_id
    if color:
        client.log_image(run_id, Image.open(io.BytesIO(png(color))), "figures/samplers.png")
    client.set_terminated(run_id)
    return run_id


@pytest.fixture
def frame(store):
    first = add_run("red", "red")
    add_run("blue", "blue")
    add_run("red again", tags={"mlflow_latents.reused": first})
    add_run("nothing")
    return select_runs(filter="")


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (4, 2), (5, 3), (9, 3)])
def test_pictures_stand_in_columns(count, columns):
    page = pixels(side_by_side({f"run {i}": png("red") for i in range(count)}))
    red = (page == (255, 0, 0)).all(axis=2)
    starts = np.flatnonzero(np.diff(red.any(axis=0).astype(int)) == 1)
    tops = np.flatnonzero(np.diff(red.any(axis=1).astype(int)) == 1)
    assert (len(starts), len(tops)) == (columns, -(-count // columns))


def test_each_is_under_its_label_and_keeps_its_shape():
    page = pixels(side_by_side({"one": png("red", (100, 60))}))
    assert page.shape == (2 * MARGIN + LABEL + 0.6 * WIDE, 2 * MARGIN + WIDE, 3)
    label = page[MARGIN : MARGIN + LABEL]
    assert (label == 0).all(axis=2).any()


def test_every_run_with_the_picture_is_shown_also_by_its_source(frame):
    (picture,) = run_pictures(frame)
    assert picture.name == "samplers"
    page = pixels(picture.png)
    assert (page == (255, 0, 0)).all(axis=2).sum() == 2 * WIDE * WIDE / 2
    assert (page == (0, 0, 255)).all(axis=2).sum() == WIDE * WIDE / 2


def test_an_unknown_picture_is_told(frame):
    with pytest.raises(
        InputError, match="no picture 'faces' of runs: choose among reconstructions"
    ):
        run_pictures(frame, ("faces",))
