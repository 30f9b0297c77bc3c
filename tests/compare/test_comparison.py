import os
import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from mlflow_latents.compare import command
from mlflow_latents.compare import comparison as module
from mlflow_latents.compare.comparison import make_comparison, page_html, write_comparison
from mlflow_latents.compare.config import ComparisonConfig
from mlflow_latents.compare.overlays import RunCurves
from mlflow_latents.compare.runs import select_runs
from mlflow_latents.errors import InputError
from mlflow_latents.plots.histograms import standard_histogram

SCRIPT = Path(__file__).parents[2] / "analysis" / "compare_runs.py"
HISTOGRAM = standard_histogram(np.random.default_rng(0).normal(size=200))
CURVES = RunCurves(
    variance_ratio=np.array([1.0, 1.1, 1.4]),
    held_out_ratio=np.empty(0),
    tolerance=0.25,
    radii=np.array([[-1.0, 0, 1], [-2.0, 0, 2]]),
    held_out_radii=np.empty(0),
    typical=HISTOGRAM,
    worst=HISTOGRAM,
    sd=np.array([3.0, 2.0, 1.0]),
)


@pytest.fixture(scope="module")
def frame(module_store):
    client = mlflow.MlflowClient()
    for i in range(3):
        tags = {"mlflow_latents.factor.width": str(8 * i), "verdict": "<b>normal</b>"}
        run = client.create_run("1", run_name=f"run {i}", tags=tags).info.run_id
        client.log_param(run, "learning_rate", ["0.001", "1e-3", "0.01"][i])
        client.log_metric(run, "reconstruction/mse", 0.1 * i)
        client.set_terminated(run)
    return select_runs(filter="")


@pytest.fixture
def with_curves(monkeypatch):
    """Give every run the same curves."""
    monkeypatch.setattr("mlflow_latents.compare.overlays.curves_of", lambda run_id: CURVES)


def test_table_pictures_and_pages_are_written(frame, with_curves, tmp_path):
    written = write_comparison(make_comparison(frame), tmp_path / "new" / "folder")
    assert sorted(path.name for path in written) == [
        "comparison.html",
        "comparison.md",
        "overlay_leading_curve.png",
        "overlay_marginals.png",
        "overlay_radii.png",
        "overlay_spectrum.png",
        "runs.csv",
        "runs.tex",
    ]
    page = (tmp_path / "new" / "folder" / "comparison.md").read_text()
    for part in [*frame.run_id, "| run 2 ", "![", "(overlay_radii.png)"]:
        assert part in page
    table = pd.read_csv(tmp_path / "new" / "folder" / "runs.csv")
    assert list(table.run_id) == list(frame.run_id)
    assert list(table["reconstruction/mse"]) == list(frame["metrics.reconstruction/mse"])


def test_without_pictures_nothing_is_fetched(frame, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "read_curves", None)
    monkeypatch.setattr(module, "run_pictures", None)
    names = {
        path.name for path in write_comparison(make_comparison(frame, pictures=False), tmp_path)
    }
    assert names == {"comparison.html", "comparison.md", "runs.csv", "runs.tex"}


def test_html_holds_everything_and_nothing_of_it_is_code(frame, with_curves):
    html = page_html(make_comparison(frame))
    assert html.count("data:image/png;base64,") == 4
    assert "<b>normal</b>" not in html
    assert "&lt;b&gt;normal&lt;/b&gt;" in html
    assert all(run_id in html for run_id in frame.run_id)


def test_runs_of_a_server_are_linked(frame, monkeypatch):
    comparison = make_comparison(frame, pictures=False)
    assert "href" not in page_html(comparison)
    monkeypatch.setattr(mlflow, "get_tracking_uri", lambda: "http://me:secret@host:5000")
    html = page_html(comparison)
    assert f'/#/experiments/1/runs/{frame.run_id[0]}"' in html
    assert "secret" not in html


def test_runs_without_curves_are_noted(frame):
    (note,) = make_comparison(frame).notes
    assert note.startswith("3 runs have no curves, such as run 0 ")


def test_of_very_many_runs_some_are_drawn(frame, with_curves, monkeypatch):
    monkeypatch.setattr(module, "MOST_DRAWN", 2)
    monkeypatch.setattr(module, "MOST_SHOWN", 1)
    comparison = make_comparison(frame)
    assert comparison.notes == (
        "The curves are those of 2 of the 3 runs.",
        "The pictures are those of 1 of the 3 runs.",
    )
    assert len(comparison.table) == 3


def test_colours_go_by_factor_parameter_or_tag(frame):
    groups = {
        name: list(module._groups(frame, name).of.values())
        for name in ("width", "learning_rate", "verdict")
    }
    assert groups["width"] == ["0", "8", "16"]
    assert groups["learning_rate"] == ["0.001", "0.001", "0.01"]
    assert set(groups["verdict"]) == {"<b>normal</b>"}
    with pytest.raises(InputError, match=r"color_by is 'wide'.* such as width"):
        make_comparison(frame, color_by="wide")


def test_many_runs_of_a_study_are_coloured_by_its_first_factor(frame, monkeypatch):
    assert module._groups(frame, None) is None
    monkeypatch.setattr(module, "MOST_NAMED", 2)
    assert module._groups(frame, None).name == "width"


def test_a_folder_that_cannot_be_written_to_is_told(frame, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written to"):
        write_comparison(make_comparison(frame, pictures=False), tmp_path / "file" / "below")


def run_script(*options):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *options],
        env={**os.environ, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri()},
        capture_output=True,
        text=True,
    )


def test_the_script_prints_the_table(frame, tmp_path):
    options = ["--runs", *frame.run_id[:2], "--no-pictures", "--output", str(tmp_path)]
    done = run_script(*options, "--measures", "reconstruction/*")
    assert done.returncode == 0, done.stderr
    header, _, *lines = done.stdout.splitlines()
    assert header == "| run | width | reconstruction/mse |"
    assert len(lines) == 2
    assert (tmp_path / "comparison.html").exists()


def test_a_comparison_of_one_run_counts_it_as_one(frame, tmp_path, monkeypatch):
    logged = []
    monkeypatch.setattr(command, "log_comparison", lambda *given: logged.append(given) or "id")
    config = ComparisonConfig(runs=frame.run_id[0], pictures=False, output=str(tmp_path))
    assert command.run_comparison(config) == "id"
    assert logged[0][0] == "comparison: 1 run"
    assert logged[0][2].startswith("1 run: ")
