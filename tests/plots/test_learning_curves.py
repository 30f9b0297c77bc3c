import numpy as np
import pytest

from mlflow_latents.models import Epoch
from mlflow_latents.plots import draw_learning_curves, learning_curves_info, to_png


def history(losses):
    return tuple(
        Epoch(number, loss / 2, loss, 100.0 * number, 1.0, 1e-3)
        for number, loss in enumerate(losses, start=1)
    )


METRICS = {
    "latent/radial/ks": [(2, 0.2), (1, 0.1)],
    "latent/radial/variance_ratio": [(1, 3.0)],
    "never computed": [],
}


def test_losses_by_epoch_and_the_best_one():
    info = learning_curves_info(history([0.4, 0.1, 0.2]))
    np.testing.assert_array_equal(info.epoch, [1, 2, 3])
    np.testing.assert_array_equal(info.validation_loss, [0.4, 0.1, 0.2])
    np.testing.assert_array_equal(info.train_loss, [0.2, 0.05, 0.1])
    assert info.best_epoch == 2
    assert info.images_per_second == 200


def test_metrics_are_sorted_by_epoch_and_empty_ones_left_out():
    info = learning_curves_info(history([0.4, 0.1]), METRICS)
    assert [metric.name for metric in info.metrics] == list(METRICS)[:2]
    np.testing.assert_array_equal(info.metrics[0].epoch, [1, 2])
    np.testing.assert_array_equal(info.metrics[0].value, [0.1, 0.2])


NOT_A_NUMBER = {str(i): [(1, float("nan"))] for i in range(9)}


@pytest.mark.parametrize(
    ("losses", "metrics"),
    [
        ([0.3], None),
        ([0.3], METRICS),
        ([0.3, 0.2], NOT_A_NUMBER),
        ([0.0, 0.0], None),
        ([-2.0, -3.0], METRICS),
        (list(range(60, 0, -1)), METRICS),
    ],
)
def test_draws_any_history(losses, metrics):
    assert to_png(draw_learning_curves(learning_curves_info(history(losses), metrics)))


def test_the_loss_panel_is_alone_without_metrics():
    figure = draw_learning_curves(learning_curves_info(history([0.3, 0.2])))
    assert len(figure.axes) == 1
