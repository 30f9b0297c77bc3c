"""Every figure draws whatever the cloud, and comes with words."""

import io
import subprocess
import sys

import matplotlib
import pytest
from PIL import Image

from mlflow_latents.plots import CAPTIONS, LATENT_FIGURES, to_png


@pytest.mark.parametrize("name", LATENT_FIGURES)
def test_draws_every_cloud_as_a_readable_png(name, every_cloud):
    png = to_png(LATENT_FIGURES[name](every_cloud))
    assert len(png) < 200_000
    width, height = Image.open(io.BytesIO(png)).size
    assert width == 1040
    assert 190 <= height <= 900


@pytest.mark.parametrize("name", ["planes", "contours", "center"])
def test_the_same_seed_gives_the_same_picture(name, cloud):
    data = cloud("two dimensions")
    assert to_png(LATENT_FIGURES[name](data)) == to_png(LATENT_FIGURES[name](data))


@pytest.mark.parametrize("name", LATENT_FIGURES)
def test_each_figure_is_titled_by_its_caption(name, cloud):
    assert LATENT_FIGURES[name](cloud("normal")).get_suptitle() == CAPTIONS[name].title


def test_every_figure_has_a_caption():
    assert set(CAPTIONS) == {
        *LATENT_FIGURES,
        "along_lines",
        "atypical",
        "controls",
        "learning_curves",
        "reconstructions",
        "samplers",
        "several_models",
    }
    for caption in CAPTIONS.values():
        assert caption.title
        assert caption.how_to_read.endswith(".")


def test_drawing_leaves_the_users_style_alone(cloud):
    before = dict(matplotlib.rcParams)
    with matplotlib.rc_context({"font.size": 31}):
        to_png(LATENT_FIGURES["spectrum"](cloud("normal")))
        assert matplotlib.rcParams["font.size"] == 31
    assert dict(matplotlib.rcParams) == before


def test_a_users_style_does_not_leak_into_a_figure(cloud):
    plain = to_png(LATENT_FIGURES["spectrum"](cloud("normal")))
    with matplotlib.rc_context({"font.size": 31, "axes.facecolor": "red"}):
        assert to_png(LATENT_FIGURES["spectrum"](cloud("normal"))) == plain


def test_importing_the_figures_imports_no_matplotlib():
    code = "import sys, mlflow_latents.plots; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
