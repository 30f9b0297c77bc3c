import csv
import json
import math
import re
import runpy
from pathlib import Path

import mlflow
import numpy as np
import pytest
from mlflow.entities import DatasetInput, Metric, Param

from mlflow_latents.compare.answers import answer_into, log_answer, write_answer, writing
from mlflow_latents.compare.answers.material import read_material, study_effects
from mlflow_latents.compare.runs import newest_study, select_runs
from mlflow_latents.errors import InputError

NAME = "mlflow_latents."
FACTORS = {"batch_normalization": ["False", "True"], "image_set": ["faces", "CelebA"]}
MEASURES = ("latent/radial/variance_ratio", "latent/principal/ks_mean", "reconstruction/mse")
SCATTER = (-0.02, 0.0, 0.02)  # of the three replicates, in logarithms


CONTROLS = (
    "By the variance ratio of d2 the trained encoder is nearer to normal than the untrained "
    "encoder in 1 of 1 run and than the principal components of the images in 0 of 1 run.",
)


def start_study(name, described, status="RUNNING"):
    client = mlflow.MlflowClient()
    tags = {f"{NAME}study": name, f"{NAME}objective": described["objective"]}
    tags |= {f"{NAME}scale": described["scale"], "mlflow.note.content": "**The question**"}
    parent = client.create_run("1", run_name=name, tags=tags).info.run_id
    client.log_text(parent, json.dumps(described), "design.json")
    return parent


def describe(objective="batch_normalization", scale="small", factors=FACTORS, **more):
    return {
        "objective": objective,
        "question": "Does it change?",
        "expectation": "It should come nearer to an MND.",
        "scale": scale,
        "measures": list(MEASURES),
        "minimized": ["reconstruction/mse", "latent/radial/wasserstein"],
        "factors": factors,
        "design": ["batch_normalization: False, True", "fixed: epochs=2"],
        **more,
    }


def trial(parent, study, number, factors, metrics, replicate=0, status="FINISHED", tags=None):
    client = mlflow.MlflowClient()
    marks = {f"{NAME}study": study, f"{NAME}trial": str(number), "mlflow.parentRunId": parent}
    marks |= {f"{NAME}factor.{name}": level for name, level in factors.items()}
    marks |= {f"{NAME}replicate": str(replicate), f"{NAME}version": "0.1.0", **(tags or {})}
    run = client.create_run("1", run_name=f"trial {number}", tags=marks).info.run_id
    parameters = [Param("dataset", factors.get("image_set", "faces"))]
    client.log_batch(run, [Metric(k, v, 0, 0) for k, v in metrics.items()], parameters)
    if status != "RUNNING":
        client.set_terminated(run, status)
    return run


def metrics_of(normalized, celeba, noise):
    ratio = math.exp(noise) * (1.5 if normalized else 1.0) * (2.0 if celeba else 1.0)
    distance = 0.02 * math.exp(noise)
    return {
        "latent/radial/variance_ratio": 4 * ratio,
        "latent/principal/ks_mean": distance,
        "reconstruction/mse": 0.01 * math.exp(noise) * (3.0 if celeba else 1.0),
        # Nearer than the untrained encoder on faces alone; farther than PCA by a factor of 2.
        "control/untrained/radial/variance_ratio": 4 * ratio * (0.8 if celeba else 1.25),
        "control/pca/radial/variance_ratio": 2 * ratio,
        "control/mnd/radial/variance_ratio": 1.01,
        "control/untrained/principal/ks_mean": distance / 1.1,
        "control/mnd/principal/ks_mean": 0.008,
    }


@pytest.fixture(scope="module")
def study(module_store):
    """A study whose effects are known: normalization × 1.5, CelebA × 2, nothing else."""
    parent = start_study("known", describe(trials=16))
    ids, number = {}, 0
    for replicate in range(len(SCATTER)):
        for normalized in ("False", "True"):
            for images in FACTORS["image_set"]:
                level = {"batch_normalization": normalized, "image_set": images}
                # Rotated, so that the scatter of cells is not the same.
                turned = SCATTER[(replicate + number) % 3]
                found = metrics_of(normalized == "True", images == "CelebA", turned)
                kind = "clustered" if images == "CelebA" else "skewed"
                ids[normalized, images, replicate] = trial(
                    *(parent, "known", number, level, found, replicate), tags={"verdict": kind}
                )
                number += 1
    level = {"batch_normalization": "True", "image_set": "faces"}
    failure = {f"{NAME}failure": "The loss is not finite."}
    ids["failed"] = trial(parent, "known", 12, level, {}, 3, "FAILED", failure)
    return parent, ids


@pytest.fixture(scope="module")
def answer(study, tmp_path_factory):
    return write_answer("known", tmp_path_factory.mktemp("answer"))


@pytest.fixture(scope="module")
def effects(study):
    return study_effects(read_material("known")).table


def details(answer):
    """Give the sentences that stand on the page in detail."""
    lines = rows_of(answer.markdown, "In detail")
    return [line.removeprefix("- ") for line in lines if line.startswith("- ")]


def told(answer, *words):
    """Give the only detailed sentence with all of these words."""
    found = [each for each in details(answer) if all(word in each for word in words)]
    assert len(found) == 1, found
    return found[0].replace("\u00a0", " ")


def test_the_answer_begins_with_how_far_and_what_changes_that(answer):
    state, normalized, images, controls = (x.replace("\u00a0", " ") for x in answer.sentences)
    assert state.startswith("None of 12 runs has the verdict normal (skewed in 6 and clustered in ")
    assert state.endswith("the variance ratio of d2 lies between 3.92 and 12.2, an MND has 1.")
    start = "batch_normalization changes the variance ratio of d2: × 1.5"
    assert normalized.startswith(start)
    assert normalized.endswith("at True beside False, away from an MND.")
    assert images.startswith("image_set changes the variance ratio of d2: × 2.0")
    assert "in 6 of 12 runs and than the principal components" in controls
    assert answer.markdown.index(state) < answer.markdown.index("## In detail")


def test_effects_are_told_with_intervals(answer):
    sentence = told(answer, "variance ratio", "changes with batch_normalization")
    found = re.search(r"× ([\d.]+) \(([\d.]+) to ([\d.]+)\)", sentence)
    ratio, low, high = map(float, found.groups())
    assert low < 1.5 < high
    assert ratio == pytest.approx(1.5, rel=0.01)
    assert "at True (p < 0.001)" in sentence
    assert "beside batch_normalization False" in sentence


def test_what_chance_explains_is_no_effect(answer):
    sentence = told(answer, "No change with batch_normalization is shown")
    assert "mean KS distance of the principal axes (× 0.9" in sentence
    assert "mean squared error" in sentence
    assert not any("KS distance of the principal axes changes" in s for s in details(answer))


def test_errors_in_pixels_are_not_compared_between_image_sets(answer, effects):
    pairs = set(zip(effects["measure"], effects["factor"], strict=True))
    assert ("reconstruction/mse", "batch_normalization") in pairs
    assert ("reconstruction/mse", "image_set") not in pairs
    assert "not to be compared" in answer.markdown
    assert "Levels of image_set have other images" in answer.markdown


def test_state_and_verdicts(answer):
    values = [metrics_of(n, c, x)[MEASURES[0]] for n in (0, 1) for c in (0, 1) for x in SCATTER]
    sentence = told(answer, "variance ratio of d2 lies")
    assert f"{min(values):.2f} and {max(values):.1f} in all 12 runs; an MND has 1" in sentence
    assert "skewed in 6 and clustered in 6 of 12 runs, normal in none" in told(answer, "verdict")


def test_controls_are_counted_run_by_run(answer):
    sentence = told(answer, "nearer to normal than the untrained encoder")
    assert "in 6 of 12 runs by the variance ratio" in sentence
    assert "in all runs of image_set faces and in no run of image_set CelebA" in sentence
    # exp of the mean of log(1.25) and log(0.8): equal
    assert re.search(r"variance ratio of d2 \(1(\.0+)? ", sentence)
    sentence = told(answer, "nearer to normal than the principal components")
    assert re.search(r"in 0 of 12 runs by the variance ratio of d2 \(2(\.0+)? times", sentence)


def test_the_expectation_is_told_and_not_judged(answer):
    for page in (answer.markdown, answer.html):
        assert page.count("It should come nearer to an MND.") == 1
    assert not any("expect" in each for each in answer.sentences)


def test_failed_and_missing_trials_are_told(answer, study):
    assert "12 of 16 trials are done" in answer.markdown
    assert study[1]["failed"] in answer.markdown
    assert "FAILED: The loss is not finite." in answer.markdown


def test_every_run_id_stands_in_both_pages(answer, study):
    for run_id in study[1].values():
        assert run_id in answer.html
        assert run_id in answer.markdown


def test_html_needs_no_other_file(answer):
    sources = re.findall(r'src="([^"]{0,30})', answer.html)
    assert sources
    assert all(each.startswith("data:image/png;base64,") for each in sources)
    assert "http" not in answer.html.partition("</style>")[2]


def test_all_files_are_there(answer):
    names = {file.name for file in answer.files}
    shown = set(re.findall(r"\]\((\w+\.png)\)", answer.markdown))
    assert shown
    assert shown == {name for name in names if name.endswith(".png")}
    tables = {"effects.csv", "effects.tex", "interactions.csv", "cells.csv", "cells.tex"}
    assert {"answer.md", "answer.html", "trials.csv", *tables} <= names
    assert all(file.stat().st_size for file in answer.files)


def test_cell_means_are_those_of_the_runs(answer):
    (file,) = (each for each in answer.files if each.name == "cells.csv")
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    row = next(
        each
        for each in rows
        if (each["batch_normalization"], each["image_set"]) == ("True", "CelebA")
        and each["measure"] == MEASURES[0]
    )
    values = [metrics_of(True, True, noise)[MEASURES[0]] for noise in SCATTER]
    assert float(row["mean"]) == pytest.approx(sum(values) / 3)
    assert int(row["n"]) == 3
    assert len(row["run_ids"].split()) == 3


def test_the_page_and_the_script_of_effects_say_the_same(answer, study, tmp_path, capsys):
    script = Path(__file__).parents[2] / "analysis" / "factor_effects.py"
    main = runpy.run_path(str(script))["main"]
    main(study="known", output=tmp_path)
    printed = capsys.readouterr().out
    (file,) = (each for each in answer.files if each.name == "effects.csv")
    assert tmp_path.joinpath("effects.csv").read_bytes() == file.read_bytes()
    changes = [each for each in details(answer) if "changes with" in each]
    assert changes
    assert all(each in printed for each in changes)
    assert "overall false discovery rate" in printed
    assert "overall false discovery rate" in answer.markdown


@pytest.fixture
def no_figures(monkeypatch):
    """Leave out the drawing, which takes most of the time."""
    monkeypatch.setattr(writing, "draw_figures", lambda material, effects: ({}, {}))


def test_answer_is_logged_as_a_run_of_its_own(study, answer, tmp_path, no_figures):
    run = mlflow.get_run(log_answer("known", tmp_path))
    assert run.info.status == "FINISHED"
    assert run.data.tags[f"{NAME}study"] == "known"
    assert run.data.tags[f"{NAME}comparison"] == "answer"
    assert f"{NAME}trial" not in run.data.tags
    assert answer.sentences[0] in run.data.tags["mlflow.note.content"]
    found = {each.path for each in mlflow.MlflowClient().list_artifacts(run.info.run_id)}
    assert {"answer.html", "answer.md", "effects.csv"} <= found
    # The new run has the study's name, too, and is not taken for it.
    assert read_material("known").parent == study[0]
    assert newest_study("batch_normalization") == "known"


def test_answer_of_a_study_goes_into_its_own_run_once(study, no_figures):
    client = mlflow.MlflowClient()
    for _ in range(2):
        found = answer_into(study[0], "known")
    note = client.get_run(study[0]).data.tags["mlflow.note.content"]
    assert note.startswith("**The question**")
    assert note.count(found.sentences[0]) == 1
    assert "answer/answer.html" in {e.path for e in client.list_artifacts(study[0], "answer")}
    assert client.get_run(study[0]).info.status == "RUNNING"
    assert mlflow.active_run() is None


def test_a_smoke_study_with_one_level_still_has_a_page(module_store, tmp_path, no_figures):
    parent = start_study("tiny", describe(scale="smoke"))
    level = {"batch_normalization": "False", "image_set": "faces"}
    trial(parent, "tiny", 0, level, metrics_of(False, False, 0.0))
    found = write_answer("tiny", tmp_path)
    assert "proves nothing" in found.html
    assert "Only one of the 2 levels of batch_normalization has finished runs" in found.markdown
    assert "3 of 4 cells of the design have no finished run" in found.markdown
    assert found.sentences == ("The variance ratio of d2 is 4 in 1 run; an MND has 1.", *CONTROLS)


def test_without_replicates_nothing_is_said_about_chance(module_store, tmp_path, no_figures):
    factors = {"batch_normalization": ["False", "True"]}
    parent = start_study("single", describe(factors=factors))
    for number, level in enumerate(factors["batch_normalization"]):
        found = metrics_of(level == "True", False, 0.0)
        trial(parent, "single", number, {"batch_normalization": level}, found)
    answer = write_answer("single", tmp_path)
    assert "nothing can be said about chance" in told(answer, "variance ratio", "beside")
    assert "Each cell has one run" in answer.markdown


def test_latent_dimensions_have_a_trend_and_best_images(module_store, tmp_path, no_figures):
    levels = ["2", "4", "8", "16"]
    measures = [MEASURES[0], "latent/radial/normal_axes", "generation/ellipsoid/swd"]
    described = describe("latent_dimension", factors={"latent_dim": levels}, measures=measures)
    parent = start_study("wide", described)
    for number in range(12):
        at, noise = number % 4, SCATTER[(number // 4 + number) % 3]
        d = int(levels[at])
        found = {
            "latent/radial/variance_ratio": math.exp(noise) * 1.3 ** math.log2(d),
            "latent/radial/normal_axes": 2.0 if d > 2 else 1.0 + number % 3 / 2,
            "latent/geometry/rank": float(d),
            "generation/ellipsoid/swd": 40 * math.exp(noise) * (1 + abs(at - 2)),
        }
        trial(parent, "wide", number, {"latent_dim": levels[at]}, found, number // 4)
    answer = write_answer("wide", tmp_path)
    sentence = told(answer, "variance ratio of d2 changes")
    per = re.search(r"Per doubling of latent_dim: × ([\d.]+)", sentence)
    assert float(per[1]) == pytest.approx(1.3, rel=0.02)
    assert "least SWD at latent_dim 8" in told(answer, "Images from the ellipsoid")
    assert "lower at 8 than at 2 and at 16" in told(answer, "SWD", "changes with latent_dim")
    assert "share of the principal axes with a normal joint law" in answer.markdown
    assert "cannot exceed the number of latent dimensions" in answer.markdown


def rows_of(markdown, heading):
    """Give the lines of a section of the page."""
    return markdown.partition(f"## {heading}\n")[2].partition("\n## ")[0].splitlines()


def test_images_of_other_sizes_are_not_ranked(module_store, tmp_path, no_figures):
    levels = {"resolution": ["96", "128"]}
    swd = "generation/ellipsoid/swd"
    described = describe("reproduction", factors=levels, measures=[MEASURES[0], swd])
    parent = start_study("sizes", described)
    for number in range(6):
        level, noise = levels["resolution"][number % 2], SCATTER[(number // 2 + number) % 3]
        found = {MEASURES[0]: math.exp(noise), swd: 40 * math.exp(noise) * (1 + number % 2)}
        run = trial(parent, "sizes", number, {"resolution": level}, found, number // 2)
        mlflow.MlflowClient().log_param(run, "resolution", level)
    answer = write_answer("sizes", tmp_path)
    assert "least SWD" not in answer.markdown
    assert "Where generated images are best" not in answer.markdown


def test_runs_that_lack_a_measure_are_counted(module_store, tmp_path, no_figures):
    """A run without, one with infinity as MLflow stores it; and a level without a verdict."""
    factors = {"batch_normalization": ["False", "True"]}
    parent = start_study("lacking", describe(factors=factors))
    for number in range(6):
        level, noise = factors["batch_normalization"][number % 2], SCATTER[number // 2]
        found = metrics_of(number % 2, False, noise)
        if number == 1:
            del found[MEASURES[0]]
        if number == 3:
            found[MEASURES[0]] = math.inf
        tags = {"verdict": "skewed"} if level == "False" else {}
        trial(
            parent, "lacking", number, {"batch_normalization": level}, found, number // 2, tags=tags
        )
    answer = write_answer("lacking", tmp_path)
    assert "2 of 6 runs lack the variance ratio of d2 or have no finite value" in answer.markdown
    table = rows_of(answer.markdown, "By batch_normalization")
    (row,) = (line for line in table if line.startswith("| True |"))
    assert row.split(" | ")[2].endswith("[1 run]")
    assert "run]" not in row.split(" | ")[3]
    assert any("variance ratio of d2: cells with a single run" in line for line in table)
    assert "e+308" not in answer.markdown
    (row,) = (x for x in rows_of(answer.markdown, "The verdicts") if "| True |" in x)
    assert "no verdict" in row


def test_means_by_level_agree_with_the_effects_beside_an_empty_cell(
    module_store, tmp_path, no_figures
):
    parent = start_study("holes", describe())
    cells = [("False", "faces"), ("False", "CelebA"), ("True", "faces")]
    for number in range(9):
        normalized, images = cells[number % 3]
        found = metrics_of(normalized == "True", images == "CelebA", SCATTER[number // 3])
        level = {"batch_normalization": normalized, "image_set": images}
        trial(parent, "holes", number, level, found, number // 3)
    answer = write_answer("holes", tmp_path)
    table = rows_of(answer.markdown, "By batch_normalization")
    means = [
        float(row.split(" | ")[2].split()[0])
        for row in table
        if row.startswith(("| False |", "| True |")) and row.split(" | ")[2][0].isdigit()
    ]
    assert means[1] / means[0] == pytest.approx(1.5, rel=0.01)
    assert any("1 of 4 cells are empty; means are those of a model" in line for line in table)


def test_what_differs_besides_the_levels_is_told(module_store, tmp_path, no_figures):
    factors = {"image_set": ["faces", "MNIST"]}
    settings = {
        "image_set": {
            "faces": {"dataset": "faces", "factor_law": "normal"},
            "MNIST": {"dataset": "mnist", "learning_rate": "0.0003", "epochs": "20"},
        }
    }
    parent = start_study("unlike", describe("image_set", factors=factors, settings=settings))
    data = [
        mlflow.data.from_numpy(np.zeros(2), name="faces", digest=digest)
        for digest in ("one", "two")
    ]
    for number in range(4):
        level = factors["image_set"][number % 2]
        found = metrics_of(False, number % 2, SCATTER[number // 2])
        tags = {f"{NAME}version.jax": f"0.{number // 2}"}
        run = trial(parent, "unlike", number, {"image_set": level}, found, number // 2, tags=tags)
        entity = data[number // 2]._to_mlflow_entity()
        mlflow.MlflowClient().log_inputs(run, [DatasetInput(entity)])
    answer = write_answer("unlike", tmp_path)
    top = "\n".join(rows_of(answer.markdown, "Before you read"))
    assert "different versions (jax 0.0 and 0.1)" in top
    assert "In 2 image sets runs of the same settings have different images" in top
    assert (
        "Levels of image_set differ in more than what they are called by: MNIST "
        "(learning_rate=0.0003, epochs=20)."
    ) in answer.markdown


def test_the_commands_repeat_the_study(module_store, tmp_path, no_figures):
    factors = {"batch_normalization": ["False", "True"]}
    parent = start_study("short", describe(factors=factors, trials=6))
    for number, level in enumerate(factors["batch_normalization"]):
        found = metrics_of(level == "True", False, 0.0)
        run = trial(parent, "short", number, {"batch_normalization": level}, found)
        mlflow.MlflowClient().log_param(run, "data_dir", "/somewhere/else")
    command = "\n".join(rows_of(write_answer("short", tmp_path).markdown, "The commands"))
    assert "--study short --trials 2 --data_dir FOLDER\n" in command
    assert "somewhere" not in command


def test_of_two_studies_of_one_name_the_newest_counts(module_store, tmp_path, no_figures):
    factors = {"batch_normalization": ["False", "True"]}
    for shift in (0.0, 3.0):
        parent = start_study("twice", describe(factors=factors))
        for number in range(4):
            level = factors["batch_normalization"][number % 2]
            found = metrics_of(number % 2, False, shift + SCATTER[number // 2])
            run = trial(parent, "twice", number, {"batch_normalization": level}, found, number // 2)
    with pytest.warns(UserWarning, match=f"2 studies named 'twice'.* run {parent}"):
        frame = select_runs(study="twice")
    assert len(frame) == 4
    assert run in set(frame["run_id"])
    with pytest.warns(UserWarning, match="2 studies named 'twice'"):
        assert read_material("twice").parent == parent


def test_a_store_that_cannot_be_reached_is_told_as_such(store, monkeypatch):
    monkeypatch.setattr(mlflow, "get_tracking_uri", lambda: "http://127.0.0.1:9")
    with pytest.raises(InputError, match="cannot be used"):
        newest_study("enforcement")
    with pytest.raises(InputError, match="cannot be used"):
        read_material("known")


def test_bad_input(module_store, study, tmp_path):
    with pytest.raises(InputError, match=r"There is no study 'knwn'.*known"):
        write_answer("knwn", tmp_path)
    with pytest.raises(InputError, match="no study of enforcement"):
        newest_study("enforcement")
    parent = start_study("hopeless", describe())
    level = {"batch_normalization": "False", "image_set": "faces"}
    trial(parent, "hopeless", 0, level, {}, status="FAILED")
    with pytest.raises(InputError, match=r"No trial of the study 'hopeless' has finished \(1 FA"):
        write_answer("hopeless", tmp_path)
    bare = mlflow.MlflowClient().create_run("1", tags={f"{NAME}study": "bare"}).info.run_id
    trial(bare, "bare", 0, level, {})
    with pytest.raises(InputError, match=r"has no design\.json"):
        write_answer("bare", tmp_path)


def test_a_script_answers_its_own_question_alone(study, tmp_path, no_figures):
    with pytest.raises(InputError, match=r"answers batch_normalization, not image_set: use analys"):
        writing.answer_objective("image_set", "known", tmp_path)


def test_a_folder_that_cannot_be_written_to(study, tmp_path, no_figures, monkeypatch):
    monkeypatch.setattr(writing, "study_effects", lambda material: None)
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InputError, match="cannot be written to"):
        write_answer("known", file)
