import numpy as np
import pytest

from mlflow_latents.data.labels import Label
from mlflow_latents.probes import class_alone
from mlflow_latents.probes.attribute_measures import measure_name, metrics, rows
from mlflow_latents.probes.attributes import probe_attributes

OF_CLASSES = {
    *("auc", "auc_error", "auc_logistic", "auc_pca", "auc_untrained", "d_prime"),
    *("distance", "distance_low", "distance_high", "centre", "spread", "covariance"),
    *("explained", "correlation", "ks", "valley"),
}
OF_NUMBERS = {
    *("r2", "r2_error", "r2_pca", "r2_untrained"),
    *("explained", "correlation", "curvature", "ks", "valley"),
}
OVERALL = {
    f"{measure}_mean{control}"
    for measure in ("auc", "r2")
    for control in ("", "_pca", "_untrained")
} | {"explained"}


@pytest.fixture(scope="module")
def report():
    rng = np.random.default_rng(0)
    n = 1200
    z = rng.standard_normal((n, 5))
    split = np.where(np.arange(n) % 4 == 0, "test", "train")
    labels = [
        Label("hat/cap", "hat/cap", "binary", (z[:, 0] + rng.standard_normal(n) > 0) * 1.0),
        Label("size", "size", "continuous", z[:, 1] + rng.standard_normal(n)),
        Label("digit 3", "digit", "class", (z[:, 2] > 1) * 1.0),
    ]
    controls = {"pca": z[:, :3], "untrained": rng.standard_normal((n, 5))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(class_alone, "MOST_VALUES", 500)
        yield probe_attributes(z, split, labels, controls)


def measures_of(found, name):
    prefix = f"attributes/{name}/"
    return {key.removeprefix(prefix) for key in found if key.startswith(prefix)}


def test_metrics_have_the_names_of_the_measures(report):
    found = metrics(report)
    assert measures_of(found, "hat_cap") == OF_CLASSES
    assert measures_of(found, "digit 3") == OF_CLASSES
    assert measures_of(found, "size") == OF_NUMBERS
    assert {key.split("/")[1] for key in found if key.count("/") == 1} == OVERALL
    assert all(isinstance(value, float) and np.isfinite(value) for value in found.values())


def test_means_are_over_the_labels_of_their_kind(report):
    found = metrics(report)
    both = (found["attributes/hat_cap/auc"] + found["attributes/digit 3/auc"]) / 2
    assert found["attributes/auc_mean"] == pytest.approx(both)
    assert found["attributes/r2_mean_pca"] == found["attributes/size/r2_pca"]
    assert found["attributes/r2_mean"] == pytest.approx(0.5, abs=0.1)
    assert found["attributes/r2_mean_untrained"] == pytest.approx(0, abs=0.05)


def test_rows_hold_the_same_numbers_the_best_read_first(report):
    table, found = rows(report), metrics(report)
    assert [row["attribute"] for row in table] == ["digit 3", "hat/cap", "size"]
    assert len({tuple(row) for row in table}) == 1
    for row in table:
        for name, value in row.items():
            metric = found.get(f"attributes/{measure_name(row['attribute'])}/{name}")
            assert value == metric or metric is None
    assert table[2]["auc"] is None
    assert table[2]["positives"] is None
    assert table[2]["true_law"] == "undecided"
    assert table[0]["class_alone"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("label 3.5-a_b", "label 3.5-a_b"),
        ("hat/cap", "hat_cap"),
        ("größe: a,b", "gr__e_ a_b"),
        ("5_o_Clock_Shadow", "5_o_Clock_Shadow"),
    ],
)
def test_names_are_what_mlflow_takes(name, expected):
    assert measure_name(name) == expected
