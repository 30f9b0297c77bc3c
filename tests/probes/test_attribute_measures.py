from dataclasses import replace

import numpy as np
import pytest

from mlflow_latents.data.labels import Label
from mlflow_latents.probes import class_alone
from mlflow_latents.probes.attribute_measures import metric_parts, metrics, rows
from mlflow_latents.probes.attributes import probe_attributes

OF_CLASSES = {
    *("auc", "auc_logistic", "auc_pca", "auc_untrained", "d_prime"),
    *("auc_error", "auc_logistic_error", "auc_pca_error", "auc_untrained_error", "d_prime_error"),
    *("distance", "distance_low", "distance_high", "centre", "centre_low", "centre_high"),
    *("spread", "spread_error", "covariance", "covariance_error"),
    *("explained", "correlation", "correlation_error", "ks", "valley"),
}
OF_NUMBERS = {
    *("r2", "r2_error", "r2_pca", "r2_pca_error", "r2_untrained", "r2_untrained_error"),
    *("explained", "correlation", "correlation_error", "curvature", "curvature_error"),
    *("ks", "valley"),
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
    parts = metric_parts(each.name for each in report.found)
    assert [row["attribute"] for row in table] == ["digit 3", "hat/cap", "size"]
    assert len({tuple(row) for row in table}) == 1
    for row in table:
        for name, value in row.items():
            metric = found.get(f"attributes/{parts[row['attribute']]}/{name}")
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
    assert metric_parts([name]) == {name: expected}


def test_names_that_would_become_equal_are_numbered_and_others_kept():
    names = ["label +", "label #", "label _ 2", "label _", "label -", "hat/cap"]
    assert metric_parts(names) == {
        "label +": "label _ 3",
        "label #": "label _ 4",
        "label _ 2": "label _ 2",
        "label _": "label _",
        "label -": "label -",
        "hat/cap": "hat_cap",
    }
    assert metric_parts(["label +", "label #"]) == {"label +": "label _", "label #": "label _ 2"}


def test_no_label_is_lost_to_another_of_a_like_name(report):
    names = ("a+", "a#", "b")
    found = tuple(replace(each, name=n) for each, n in zip(report.found, names, strict=True))
    numbers = metrics(replace(report, found=found))
    assert numbers["attributes/a_/auc"] == report.found[0].score.value
    assert numbers["attributes/a_ 2/r2"] == report.found[1].score.value


def test_errors_are_those_of_what_was_found(report):
    numbers, first = metrics(report), report.found[0]
    expected = {
        "auc_logistic_error": first.readout.auc_logistic_error,
        "auc_pca_error": first.score_of("pca").error,
        "d_prime_error": first.readout.d_prime_error,
        "centre_low": first.where.centre_low,
        "centre_high": first.where.centre_high,
        "spread_error": first.where.spread_error,
        "covariance_error": first.where.covariance_error,
        "correlation_error": first.law.correlation.error,
    }
    assert {name: numbers[f"attributes/hat_cap/{name}"] for name in expected} == expected
    error = numbers["attributes/size/curvature_error"]
    assert error == report.found[1].law.curvature.error
