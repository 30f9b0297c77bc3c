import io
import os
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from PIL import Image

from mlflow_latents.compare.generation import generation_markdown, generation_pictures
from mlflow_latents.data import ImagesConfig
from mlflow_latents.errors import InputError
from mlflow_latents.experiment import run_experiment
from mlflow_latents.generate.config import QualityConfig
from mlflow_latents.models import CAEConfig, TrainingConfig
from mlflow_latents.stats import AssessConfig
from mlflow_latents.tracking import ExperimentConfig

CONFIG = ExperimentConfig(
    images=ImagesConfig(dataset="digits"),
    cae=CAEConfig(filters=(4, 8), latent_dim=3),
    training=TrainingConfig(epochs=1, batch_size=64),
    assess=AssessConfig(effort="quick", planes=5),
    controls=False,
    quality=QualityConfig(generated=20),
)
SCRIPT = Path(__file__).parents[2] / "analysis" / "generation.py"

pytestmark = pytest.mark.filterwarnings("ignore:The reconstructions are")


@pytest.fixture(scope="module")
def runs(module_store, few_figures_in_module):
    run_id = run_experiment(CONFIG)
    return {"one": run_id, "the same": run_id}


def test_the_table_has_the_logged_numbers(runs):
    header, rule, *lines = generation_markdown(runs).splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    columns = [cell.strip() for cell in header.strip("|").split("|")]
    assert {len(row) for row in rows} == {len(columns)} == {rule.count("---")}
    assert [row[1:] for row in rows if row[0] == "one"] == [
        row[1:] for row in rows if row[0] == "the same"
    ]
    (cell,) = {row[columns.index("swd")] for row in rows if row[1] == "ellipsoid"}
    value = mlflow.MlflowClient().get_run(runs["one"]).data.metrics["generation/ellipsoid/swd"]
    assert float(cell.split(" ± ")[0]) == pytest.approx(value, rel=0.05)


def test_pictures_of_all_models_and_of_each(runs):
    pictures = generation_pictures(runs, samplers=["ellipsoid", "standard_normal"])
    assert set(pictures) == {
        "several_models",
        *(f"{name}_{run}" for name in ("samplers", "along_lines") for run in ("one", "the_same")),
    }
    for png in pictures.values():
        assert Image.open(io.BytesIO(png)).width >= 700
    assert pictures["along_lines_one"] == pictures["along_lines_the_same"]


def test_runs_and_samplers_that_will_not_do_are_told(runs, module_store):
    with mlflow.start_run() as foreign:
        pass
    with pytest.raises(InputError, match="has not judged its samplers"):
        generation_markdown({"foreign": foreign.info.run_id})
    with pytest.raises(InputError, match="empirical"):
        generation_pictures(runs, samplers=["empirical"])


def test_what_cannot_be_compared_is_not(runs, module_store):
    client = mlflow.MlflowClient()
    one = client.get_run(runs["one"])
    other = client.create_run(one.info.experiment_id).info.run_id
    for name, value in {**one.data.metrics, "generation/images": 30}.items():
        client.log_metric(other, name, value)
    client.log_inputs(other, one.inputs.dataset_inputs)
    client.set_tag(other, "mlflow_latents.judge", one.data.tags["mlflow_latents.judge"])
    with pytest.raises(InputError, match=r"not judged by the same number of images \(20.* 30"):
        generation_markdown({**runs, "other": other})
    client.log_metric(other, "generation/images", 20)
    assert "other" in generation_markdown({**runs, "other": other})
    client.set_tag(other, "mlflow_latents.judge", "another")
    with pytest.raises(InputError, match="not judged by the same judge"):
        generation_markdown({**runs, "other": other})


def test_labels_that_name_the_same_file_are_told(runs):
    with pytest.raises(InputError, match="would name the same file"):
        generation_pictures({"a b": runs["one"], "a-b": runs["one"]})


@pytest.mark.parametrize("given", [["ID"], ["X=1", "X=2"]])
def test_the_script_wants_a_label_for_each_run(given):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--runs", *given], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "give LABEL=RUN_ID" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_script_prints_the_table_and_writes_the_pictures(runs, module_store, tmp_path):
    command = [sys.executable, str(SCRIPT), "--runs", f"one={runs['one']}"]
    done = subprocess.run(
        [*command, "--output", str(tmp_path), "--samplers", "ellipsoid"],
        env={**os.environ, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri()},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == generation_markdown({"one": runs["one"]})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "generation_along_lines_one.png",
        "generation_samplers_one.png",
        "generation_several_models.png",
    ]
