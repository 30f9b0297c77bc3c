import numpy as np
import pytest

from mlflow_latents.plots.image_grid import GAP, pair_grid, stacked_rows


@pytest.mark.parametrize(("count", "rows"), [(3, 2), (16, 4)])
@pytest.mark.parametrize("channels", [1, 3])
def test_pairs_stand_above_each_other(count, rows, channels):
    originals = np.full((count, 64, 64, channels), 10, np.uint8)
    reconstructions = np.full((count, 64, 64, channels), 200, np.uint8)
    grid = pair_grid(originals, reconstructions)
    assert grid.dtype == np.uint8
    assert grid.shape == (rows * (64 + GAP) - GAP, 8 * (64 + GAP), channels)
    assert (grid[:64, :64] == 10).all()
    assert (grid[64 + GAP : 128 + GAP, :64] == 200).all()
    assert (grid[64 : 64 + GAP] == 255).all()


def test_small_images_are_enlarged_by_whole_factors():
    images = np.arange(64, dtype=np.uint8).reshape(1, 8, 8, 1)
    grid = pair_grid(images, images)
    assert (grid[:8, :8] == images[0, 0, 0]).all()
    assert (grid[56:64, 56:64] == images[0, 7, 7]).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_rows_are_stacked_and_filled_with_white(channels):
    rows = [np.full((m, 64, 64, channels), 10 * m, np.uint8) for m in (3, 1)]
    grid = stacked_rows(rows)
    assert grid.shape == (2 * (64 + GAP) - GAP, 3 * (64 + GAP), channels)
    assert (grid[:64, 2 * (64 + GAP) :][:, :64] == 30).all()
    assert (grid[64 + GAP :, :64] == 10).all()
    assert (grid[64 : 64 + GAP] == 255).all()
    assert (grid[64:, 64:] == 255).all()
