import numpy as np
import pytest
from scipy import stats

from mlflow_latents.generate import fit_latent_model
from mlflow_latents.plots import along_lines_info, draw_along_lines, to_png
from mlflow_latents.plots.along_lines import AXIS_SD, LEVELS, _short


def recorded(decode):
    """A decoder that keeps the vectors that it was given."""
    seen = []

    def recording(z):
        seen.append(z)
        return decode(z)

    return recording, seen


def test_every_image_lies_where_its_labels_say(latent_model, decode):
    decode, seen = recorded(decode)
    info = along_lines_info(latent_model, decode)
    (z,) = seen
    fit = latent_model.fit
    axes = len(info.axes.labels) * len(AXIS_SD)
    for lines, part in ((info.axes, z[:axes]), (info.directions, z[axes:])):
        white = fit.whiten(part).reshape(len(lines.labels), len(lines.sd), fit.rank)
        np.testing.assert_allclose(
            np.linalg.norm(white, axis=2), np.abs(lines.sd) + np.zeros((len(white), 1)), atol=1e-9
        )
        share = stats.chi2.cdf(lines.sd**2, fit.rank)
        near = lines.level < 5  # beyond, a share of nearly 1 has lost its digits
        np.testing.assert_allclose(
            stats.norm.cdf(lines.level[near]) * 2 - 1, share[near], atol=1e-9
        )
    first = fit.whiten(z[: len(AXIS_SD)])
    np.testing.assert_allclose(first[:, 0], AXIS_SD, atol=1e-9)
    np.testing.assert_allclose(first[:, 1:], 0, atol=1e-9)


def test_each_ray_keeps_its_direction(latent_model, decode):
    decode, seen = recorded(decode)
    info = along_lines_info(latent_model, decode)
    rays = latent_model.fit.whiten(seen[0])[-info.directions.images[..., 0, 0, 0].size :]
    rays = rays.reshape(len(info.directions.labels), len(info.directions.sd), -1)
    unit = rays[:, -1] / info.directions.sd[-1]
    np.testing.assert_allclose(rays, unit[:, None] * info.directions.sd[:, None], atol=1e-9)
    assert np.linalg.matrix_rank(unit) == latent_model.fit.rank


def test_rays_reach_the_levels(latent_model, decode):
    directions = along_lines_info(latent_model, decode).directions
    np.testing.assert_allclose(directions.level[-len(LEVELS) :], LEVELS, rtol=1e-6)
    assert directions.sd[0] == directions.level[0] == 0
    assert (np.diff(directions.sd) > 0).all()


@pytest.mark.parametrize(("d", "labels"), [(1, 1), (2, 2), (12, 4)])
def test_draws_the_axes_that_there_are(d, labels):
    z = np.random.default_rng(0).normal(size=(300, d))

    def decode(z):
        return np.full((len(z), 12, 10, 3), 80, np.uint8)

    info = along_lines_info(fit_latent_model(z), decode)
    assert len(info.axes.labels) == labels
    figure = draw_along_lines(info)
    count = sum(lines.images.shape[0] * lines.images.shape[1] for lines in vars(info).values())
    assert len(figure.axes[0].images) == count
    assert len(to_png(figure)) < 200_000


def test_labels_never_overlap(latent_model, decode):
    figure = draw_along_lines(along_lines_info(latent_model, decode))
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])


@pytest.mark.parametrize(
    ("value", "text"), [(-15.0, "−15"), (14.83, "14.8"), (0.034, "0.03"), (-0.0, "0"), (1e-9, "0")]
)
def test_numbers_are_short(value, text):
    assert _short(value) == text
