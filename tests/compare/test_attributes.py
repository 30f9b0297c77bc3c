import io
import json
import os
import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pytest
from PIL import Image

from mlflow_latents.compare.answers.blocks import markdown
from mlflow_latents.compare.attribute_tables import attribute_sections
from mlflow_latents.compare.attributes import attributes_compared, compare_attributes
from mlflow_latents.compare.probes import labelled, write_compared
from mlflow_latents.errors import InputError

SCRIPT = Path(__file__).parents[2] / "analysis" / "attributes.py"
NAMES = ("Male", "Smiling", "Eyeglasses", "Young", "Blond_Hair", "Hat")


@pytest.fixture(scope="module")
def runs(attributes_run):
    return {
        "CAE": attributes_run(latent_dim="8"),
        "VAE | beta": attributes_run(shift=-0.05, seed=1, latent_dim="8", kind="vae"),
    }


@pytest.fixture(scope="module")
def compared(runs):
    return compare_attributes(runs)


def cells(text, section):
    lines = text.partition(f"## {section}")[2].partition("\n## ")[0].splitlines()
    table = [line for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def test_a_worse_run_is_told_with_what_its_error_holds(compared):
    (said,) = [line for line in compared.text.splitlines() if "area under" in line]
    assert "VAE | beta reads attributes worse than CAE" in said
    difference = said.partition("a difference of −")[2].partition(" ± ")[0]
    assert float(difference) == pytest.approx(0.05, abs=0.002)
    assert "over 6 attributes" in said
    assert "not that of training" in compared.text
    assert "no difference is called one of the settings" in compared.text


def test_every_attribute_has_its_row_in_each_table(compared):
    for section in ("How well", "Mahalanobis", "Response", "Leakage"):
        header, _, *rows = cells(compared.text, section)
        assert header == ["attribute", "CAE", r"VAE \| beta"]
        expected = NAMES[1:] if section == "Leakage" else NAMES  # none known of the first
        assert [row[0] for row in rows] == list(expected)
    (male, *_) = cells(compared.text, "How well")[2:]
    assert float(male[1].split(" ± ")[0]) == pytest.approx(0.95, abs=0.01)
    assert male[1].endswith("± 0.010")


def test_the_same_geometry_is_told(runs, compared):
    found = attributes_compared(runs).geometry["VAE | beta"]
    assert found.first.r == pytest.approx(1)
    assert "lie to one another in VAE | beta as in CAE to r = 1.00" in compared.text


def test_files_are_written(compared, tmp_path):
    write_compared(compared, tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        *("compared_attributes.md", "compared_attributes.csv"),
        *("compared_attributes.png", "compared_background.png"),
    }
    for picture in compared.pictures:
        assert Image.open(io.BytesIO(picture.png)).width >= 700
        assert f"]({picture.name}.png)" in compared.page
    header, *rows = compared.csv.splitlines()
    assert header.startswith("run,attribute,kind,auc,auc_error")
    assert len(rows) == 12


def test_a_folder_that_cannot_be_written_to_is_told(compared, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written to"):
        write_compared(compared, tmp_path / "file")


def test_only_attributes_in_common_are_compared(runs, attributes_run):
    other = attributes_run(("Hat", "size", "Young", "Male"))
    text = compare_attributes({"CAE": runs["CAE"], "other": other}).text
    assert "Compared are the 3 attributes that all runs have" in text
    assert "left out are Smiling, Eyeglasses, Blond_Hair and size" in text
    assert [row[0] for row in cells(text, "How well")[2:]] == ["Hat", "Male", "Young"]
    assert "Too few attributes" in text
    assert "latent variance" not in text  # of other attributes than these


def test_the_matrices_follow_the_names(attributes_run):
    names = ("a", "b", "c", "d", "e")
    cosines = np.random.default_rng(0).uniform(-1, 1, size=(5, 5))
    cosines += cosines.T
    order = np.array([3, 1, 0, 4, 2])
    found = attributes_compared(
        {
            "one": attributes_run(names, cosines=cosines),
            "other": attributes_run([names[i] for i in order], cosines=cosines[order][:, order]),
        }
    )
    assert found.geometry["other"].first.r == pytest.approx(1)


def test_runs_of_other_seeds_tell_what_a_seed_makes(attributes_run):
    runs = {}
    for kind, shift in (("cae", 0.0), ("vae", -0.002)):
        for seed in (0, 1):
            run_id = attributes_run(shift=shift + 0.01 * seed, kind=kind)
            mlflow.MlflowClient().log_param(run_id, "seed", seed)
            runs[f"{kind} {seed}"] = run_id
    found = attributes_compared(runs)
    assert found.groups == [["cae 0", "cae 1"], ["vae 0", "vae 1"]]
    assert found.spread["auc"].sd == pytest.approx(0.01 / np.sqrt(2))
    assert found.spread["auc"].degrees == 2
    text = compare_attributes(runs).text
    assert (
        "By the training seed alone (“cae 0” and “cae 1”; “vae 0” and “vae 1”) the mean area under "
        "the ROC curve over 6 attributes varies with"
    ) in text
    assert "; by no more than that: “vae 0”." in text
    assert cells(text, "Between settings")[2][:2] == ["AUC", "vae 0"]


@pytest.fixture(scope="module")
def leaking(attributes_run):
    """Make a run with these leakages."""

    def make(leakages, **given):
        run_id = attributes_run(**given)
        data = [[name, value] for name, value in zip(NAMES, leakages, strict=True)]
        table = json.dumps({"columns": ["attribute", "leakage"], "data": data})
        mlflow.MlflowClient().log_text(run_id, table, "attributes/arithmetic.json")
        if "kind" in given:
            mlflow.MlflowClient().log_param(run_id, "seed", given.get("seed", 0))
        return run_id

    return make


def test_means_are_over_the_attributes_that_all_runs_know(leaking, attributes_run):
    """A run that does not know the largest of them does not differ by that."""
    runs = {
        "cae 0": leaking((None, 0.1, 0.2, 0.3, 0.9, 0.8), kind="cae"),
        "cae 1": leaking((0.5, 0.12, 0.18, 0.3, 0.92, None), kind="cae", seed=1),
        "vae": leaking((None, 0.11, 0.2, 0.31, None, None), kind="vae"),
        "unmoved": attributes_run(arithmetic=False, kind="beta"),
    }
    found = attributes_compared(runs)
    assert found.averaged == {"auc": 6, "distance": 6, "leakage": 3}
    difference = found.over_seeds["leakage"]["vae"]
    assert (difference.first, difference.other) == pytest.approx((0.2, 0.62 / 3))
    assert set(found.over_seeds["leakage"]) == {"vae"}
    assert not difference.beyond_chance
    paired = found.spread["leakage"].sd  # changes of 0.02, −0.02 and 0, of labels nearly apart
    assert paired == pytest.approx(0.02 / np.sqrt(6), rel=0.1)

    text = markdown("", attribute_sections(found))
    (leakage,) = [row for row in cells(text, "Means over attributes") if row[0] == "leakage"]
    assert leakage == ["leakage", "3", "0.200", "0.200", "0.207", "–"]
    (leakage,) = [row for row in cells(text, "Between settings") if row[0] == "leakage"]
    assert leakage[-1] == "3"


def test_what_no_attribute_has_in_all_runs_has_no_mean(leaking):
    runs = {
        "cae 0": leaking((0.1, 0.2, None, None, None, None), kind="cae"),
        "cae 1": leaking((None, 0.2, 0.3, None, None, None), kind="cae", seed=1),
        "vae": leaking((None, None, 0.3, None, None, 0.6), kind="vae"),
    }
    found = attributes_compared(runs)
    assert "leakage" not in found.spread
    means = cells(markdown("", attribute_sections(found)), "Means over attributes")
    assert "leakage" not in [row[0] for row in means]


def test_a_geometry_that_was_not_tested_is_told_without_a_p(attributes_run):
    """Of 8 pairs among 16 attributes permutations leave hardly any."""
    shown = np.zeros((16, 16), dtype=bool)
    shown[np.arange(0, 16, 2), np.arange(1, 16, 2)] = True
    values = np.random.default_rng(0).uniform(-1, 1, size=(16, 16))
    cosines = np.where(shown | shown.T, values + values.T, np.nan)
    names = [f"a{i}" for i in range(16)]
    runs = {label: attributes_run(names, cosines=cosines, seed=i) for i, label in enumerate("xy")}
    text = markdown("", attribute_sections(attributes_compared(runs)))
    assert "over 8 pairs; the labels' own correlations" in text
    assert "nan" not in text


def test_a_run_without_arithmetic_is_compared_in_the_rest(runs, attributes_run):
    other = attributes_run(arithmetic=False)
    text = compare_attributes({"plain": other, "again": other}).text
    assert "## How well" in text
    assert "## Response" not in text
    assert "does not tell again from plain" in text


def test_what_cannot_be_compared_is_told(runs, attributes_run, fake_run):
    plain = fake_run({"train/loss": 1.0})
    with pytest.raises(InputError, match=rf"add them with .* attributes --run_id {plain}"):
        compare_attributes({**runs, "plain": plain})
    half = fake_run({"attributes/auc_mean": 0.8})
    with pytest.raises(InputError, match=r"\(half\) has no findings about its attributes"):
        compare_attributes({**runs, "half": half})
    with pytest.raises(InputError, match="have seen other images"):
        compare_attributes({**runs, "other": attributes_run(digest="d2")})
    with pytest.raises(InputError, match="does not say which images"):
        compare_attributes({**runs, "unknown": attributes_run(digest=None)})
    with pytest.raises(InputError, match="share no attribute"):
        compare_attributes({**runs, "strange": attributes_run(("x", "y"))})
    with pytest.raises(InputError, match="1 of the 2 to 6"):
        compare_attributes({"CAE": runs["CAE"]})
    with pytest.raises(InputError, match="There is no run"):
        compare_attributes({**runs, "none": "0" * 32})


def test_nothing_is_logged(runs, compared):
    client = mlflow.MlflowClient()
    before = client.search_runs(["1"], run_view_type=3)
    compare_attributes(runs)
    assert [run.to_dictionary() for run in client.search_runs(["1"], run_view_type=3)] == [
        run.to_dictionary() for run in before
    ]


def test_the_script_prints_the_page_and_writes_it(runs, compared, tmp_path):
    given = [f"{label}={run_id}" for label, run_id in runs.items()]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--runs", *given, "--output", str(tmp_path)],
        env={**os.environ, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri()},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == compared.text.strip()
    assert (tmp_path / "compared_attributes.md").read_text() == compared.page


@pytest.mark.parametrize("given", [["ID"], ["X=1", "X=2"], ["=1"]])
def test_the_script_wants_a_label_for_each_run(given):
    with pytest.raises(InputError, match="give LABEL=RUN_ID, each with its own label"):
        labelled(given)


def test_a_label_may_hold_an_equals_sign():
    assert labelled(["VAE, beta=1=abc", "CAE=d"]) == {"VAE, beta=1": "abc", "CAE": "d"}
