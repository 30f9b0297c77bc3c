import json

import mlflow
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlflow_latents.compare import words
from mlflow_latents.compare.answers import blocks, write_answer, writing
from mlflow_latents.compare.answers.cells import cell_table, level_tables, verdict_table
from mlflow_latents.compare.answers.controls import (
    cell_name,
    control_sentences,
    control_tables,
    paired,
)
from mlflow_latents.compare.answers.limits import warnings
from mlflow_latents.compare.answers.material import Material, read_material
from mlflow_latents.compare.answers.provenance import again
from mlflow_latents.compare.answers.search import front, relations
from mlflow_latents.plots.cells_beside_controls import cells_info, draw_cells_beside_controls
from mlflow_latents.plots.pareto import draw_pareto, is_on_front, pareto_info
from mlflow_latents.plots.style import to_png
from mlflow_latents.plots.verdicts import draw_verdicts, verdicts_info

NAME = "mlflow_latents."
RATIO, MSE = "latent/radial/variance_ratio", "reconstruction/mse"
RADII = "latent/radial/wasserstein"


def material_of(columns, factors=None):
    """A study of runs with these columns, that no store holds."""
    runs = pd.DataFrame(columns)
    runs["run_id"] = [f"run{i}" for i in range(len(runs))]
    runs["tags.mlflow_latents.trial"] = [str(i) for i in range(len(runs))]
    factors = factors or {}
    for name in factors:
        runs[f"tags.mlflow_latents.factor.{name}"] = runs.pop(name)
    described = {
        "objective": "search",
        "scale": "small",
        "measures": [MSE, RADII],
        "minimized": [MSE, RADII],
        "factors": factors,
    }
    levels = {name: tuple(each) for name, each in factors.items()}
    return Material("fake", "parent", described, runs, runs, levels)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=25))
def test_the_front_holds_what_none_surpasses(points):
    x, y = np.array(points, dtype=float).T
    better = (x <= x[:, None]) & (y <= y[:, None]) & ((x < x[:, None]) | (y < y[:, None]))
    np.testing.assert_array_equal(is_on_front(x, y), ~better.any(axis=1))


def test_a_trial_without_a_measure_is_not_on_the_front():
    x, y = np.array([1.0, np.nan, 2.0]), np.array([1.0, 0.0, np.nan])
    np.testing.assert_array_equal(is_on_front(x, y), [True, False, False])


def test_relations_of_numbers_and_words():
    rng = np.random.default_rng(0)
    width, mse = rng.permutation(20), rng.standard_normal(20)
    radii = width + 0.5 * rng.standard_normal(20)
    kind = ["relu", "tanh"] * 10
    columns = {f"metrics.{MSE}": mse, f"metrics.{RADII}": radii}
    columns |= {f"tags.{NAME}factor.latent_dim": list(map(str, width))}
    columns |= {f"tags.{NAME}factor.activation": kind}
    found = {(each.parameter, each.measure): each for each in relations(material_of(columns))}
    assert len(found) == 4
    expected = stats.spearmanr(width, radii)
    relation = found["latent_dim", RADII]
    assert relation.correlation == pytest.approx(expected.statistic)
    assert relation.pvalue == pytest.approx(expected.pvalue)
    assert relation.pvalue_holm == pytest.approx(4 * expected.pvalue)
    expected = stats.kruskal(mse[::2], mse[1::2])
    assert found["activation", MSE].pvalue == pytest.approx(expected.pvalue)
    assert dict(found["activation", MSE].medians)["relu"] == pytest.approx(np.median(mse[::2]))


def test_front_of_a_study_is_ordered():
    columns = {f"metrics.{MSE}": [3.0, 1.0, 2.0, 3.0], f"metrics.{RADII}": [1.0, 3.0, 2.0, 2.0]}
    info = front(material_of(columns))
    assert [info.names[i] for i in info.front] == ["1", "2", "0"]


def test_pairs_are_compared_within_runs():
    rng = np.random.default_rng(1)
    cell = np.repeat(["a", "b"], 3)
    noise = 0.1 * rng.standard_normal(6)
    trained = np.exp(rng.standard_normal(6)) + 1.5
    columns = {"image_set": cell, f"metrics.{RATIO}": trained}
    columns["metrics.control/pca/radial/variance_ratio"] = trained / np.exp(0.3 + noise)
    found = paired(material_of(columns, {"image_set": ["a", "b"]}), RATIO, "pca")
    assert np.log(found.ratio) == pytest.approx(0.3 + noise.mean())
    variances = noise.reshape(2, 3).var(axis=1, ddof=1) / 3 / 4
    df = variances.sum() ** 2 / np.sum(variances**2 / 2)
    half = stats.t.isf(0.025, df) * np.sqrt(variances.sum())
    assert np.log(found.high) == pytest.approx(0.3 + noise.mean() + half)
    assert not found.nearer.any()
    assert found.simple


def test_a_variance_ratio_below_one_departs_as_well():
    columns = {
        f"metrics.{RATIO}": [0.5, 0.5],
        "metrics.control/pca/radial/variance_ratio": [1.5, 3],
    }
    found = paired(material_of(columns), RATIO, "pca")
    np.testing.assert_array_equal(found.nearer, [False, True])
    assert not found.simple


def test_table_and_sentence_of_the_controls_tell_the_same():
    """Values on both sides of 1 must not cancel: trained departs by 2, the components by 4."""
    columns = {
        "image_set": ["a", "a"],
        f"metrics.{RATIO}": [0.5, 2.0],
        "metrics.control/pca/radial/variance_ratio": [4.0, 0.25],
    }
    material = material_of(columns, {"image_set": ["a"]})
    (heading, table), *_ = control_tables(material)
    assert heading.startswith("**Departure of the variance ratio of d2 from 1**")
    assert table.rows == (("a", "2", "4", "2 of 2"),)
    (sentence,) = control_sentences(material)
    assert "its departure from 1, as a factor, is 0.500 times that of the other" in sentence


def test_of_different_trials_no_interval_is_told():
    columns = {f"metrics.{RATIO}": [1.2, 8.0], "metrics.control/pca/radial/variance_ratio": [6, 2]}
    (sentence,) = control_sentences(material_of(columns))
    assert "times that of the other, geometric mean over trials)" in sentence


def test_counts_have_no_impossible_intervals():
    axes = "latent/radial/normal_axes"
    columns = {"size": list("ab") * 4, f"metrics.{axes}": [8.0, 8, 8, 8, 8, 9, 8, 8]}
    material = material_of(columns, {"size": ["a", "b"]})
    material.described["measures"] = [axes]
    ((table,),) = [level_tables(material, "size")]
    assert table.rows == (("a", "4", "8 (runs: each 8)"), ("b", "4", "8.25 (runs: 8 to 9)"))


def test_levels_with_commas_are_quoted_in_tables():
    levels = ["faces, normal", "faces, bimodal"]
    columns = {"images": levels * 2, f"metrics.{RATIO}": [1.0, 2, 3, 4]}
    columns["tags.verdict"] = ["normal", "skewed"] * 2
    material = material_of(columns, {"images": levels})
    material.described["measures"] = [RATIO]
    for table in (level_tables(material, "images")[0], cell_table(material)):
        assert [row[0] for row in table.rows] == ["“faces, normal”", "“faces, bimodal”"]
    assert [row[1] for row in verdict_table(material).rows] == [
        "“faces, normal”",
        "“faces, bimodal”",
    ]
    assert cell_name(material, ("faces, normal",)) == "“faces, normal”"


def test_networks_that_have_learnt_nothing_are_told():
    explained = "metrics.reconstruction/explained_variance"
    material = material_of({explained: [0.5, -0.1, np.nan, 0.0], "status": "FINISHED"})
    assert warnings(material)[0].startswith("**In 2 of 3 runs the network reconstructs no better")
    learnt = material_of({explained: [0.5, 0.1], "status": "FINISHED"})
    assert not any("mean image" in each for each in warnings(learnt))


def test_levels_of_one_factor_are_not_said_to_act_independently():
    columns = {"size": ["a", "a", "b", "b"], f"metrics.{MSE}": [1.0] * 4, "status": "FINISHED"}
    material = material_of(columns, {"size": ["a", "b", "c, d"]})
    told = " ".join(warnings(material))
    assert "1 of 3 levels of the design have no finished run: nothing can be said of “c, d”" in told
    assert "independently" not in told


def test_only_image_sets_of_the_design_are_asked_for():
    columns = {
        "params.data_dir": ["celeba=/a,mnist=/b,lfw=/c", "celeba=/a"],
        "params.dataset": ["faces", "celeba:0.5+faces/bimodal:0.5"],
        "images": ["x", "y"],
        "status": "FINISHED",
    }
    material = material_of(columns, {"images": ["x", "y"]})
    settings = {"images": {"x": {"dataset": "faces"}, "y": {"dataset": "lfw"}}}
    material.described.update(design=["fixed: dataset=faces, epochs=2"], settings=settings)
    (code,) = again(material).blocks
    assert "--data_dir celeba=FOLDER,lfw=FOLDER\n" in code.text


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("postgresql://me:secret@host:5/runs", "postgresql://me@host:5/runs"),
        ("http://me:secret@host:5000", "http://me@host:5000"),
        ("https://host/ml", "https://host/ml"),
        ("sqlite:////home/me/there/mlflow.db", "sqlite:///…/there/mlflow.db"),
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
    ],
)
def test_stores_are_named_without_passwords_and_folders(uri, shown):
    assert words.store_name(uri) == shown


def test_numbers_have_as_many_digits_as_they_deserve():
    assert words.with_span(1.23456, 1.2, 1.3) == "1.235 (1.200 to 1.300)"
    assert words.with_span(0.010840123, 0.0107661, 0.0109142) == "0.01084 (0.01077 to 0.01091)"
    assert words.with_span(8.914, 2.71, 29.6) == "8.91 (2.7 to 30)"
    assert words.span(0.01, 5000) == "0.01 to more than 1,000"
    assert words.with_span(4.5, 0.0077, 9.0, ratio=False) == "4.5 (0.0 to 9.0)"
    assert words.with_spread(12.345, 0.21) == "12.35 ± 0.21"
    assert words.number(float("nan")) == "–"
    assert words.number(-12.04) == "−12.0"


def test_names_of_measures():
    assert words.label_of("control/pca/radial/variance_ratio") == (
        "variance ratio of d2, PCA of the images"
    )
    assert words.label_of("generation/ellipsoid/swd") == "SWD of images from the ellipsoid"
    assert words.label_of("something/else") == "something/else"


def test_text_from_outside_stays_text():
    assert blocks.marked("<b> `a&b` **x**") == ("&lt;b&gt; <code>a&amp;b</code> <strong>x</strong>")
    table = blocks.Table(("a|b",), (("c|d",),))
    assert r"a\|b" in blocks.markdown("t", [blocks.Section("s", (table,))])


def test_figures_are_drawn():
    info = verdicts_info({"images": {"a": {"skewed": 2}, "b": {"normal": 1}}}, ["normal", "skewed"])
    np.testing.assert_array_equal(info.counts, [[0, 2], [1, 0]])
    values = {"trained": [np.array([2.0, 3.0])], "mnd": [np.array([1.0, 0.0, np.nan])]}
    beside = cells_info(["one"], {"ratio": values}, {"ratio": 1.0})
    np.testing.assert_allclose(beside.panels[0][1]["mnd"][0], [0.0])
    front_of = pareto_info(np.array([1.0, 2.0]), np.array([20.0, 1.0]), ["0", "1"], ("x", "y"))
    figures = draw_verdicts(info), draw_cells_beside_controls(beside), draw_pareto(front_of)
    for figure in figures:
        assert to_png(figure).startswith(b"\x89PNG")


def test_a_search_has_its_page(store, tmp_path, monkeypatch):
    client = mlflow.MlflowClient()
    described = {
        **material_of({"x": [0]}).described,
        "question": "Which?",
        "expectation": "Nothing.",
        "design": ["sampler: tpe"],
        "trials": 5,
    }
    tags = {f"{NAME}study": "found", f"{NAME}objective": "search"}
    parent = client.create_run("1", tags=tags).info.run_id
    client.log_text(parent, json.dumps(described), "design.json")
    for number in range(5):
        marks = {**tags, f"{NAME}trial": str(number), "mlflow.parentRunId": parent}
        marks[f"{NAME}factor.latent_dim"] = str(2**number)
        run = client.create_run("1", run_name=f"t{number}", tags=marks).info.run_id
        client.log_metric(run, MSE, 0.1 / 2**number)
        client.log_metric(run, RADII, 0.1 * 2**number)
        client.set_terminated(run)
    monkeypatch.setattr(writing, "draw_figures", lambda material, effects: ({}, {}))
    answer = write_answer("found", tmp_path)
    assert answer.sentences[0].startswith("Of 5 finished trials 5 are on the Pareto front")
    assert answer.sentences[2] == (
        "Parameters clearly related to the mean squared error of reconstructions: latent_dim; to "
        "the Wasserstein distance of the radii (sd): latent_dim."
    )
    assert "latent_dim goes with less mean squared error" in answer.markdown
    assert "with one seed" in answer.markdown
    for run_id in read_material("found").runs["run_id"]:
        assert run_id in answer.html
