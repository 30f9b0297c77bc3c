"""The files at the top level agree with each other and with the configuration dataclasses."""

import dataclasses
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import mlflow_latents
from mlflow_latents.compare.config import ComparisonConfig
from mlflow_latents.data import ImagesConfig
from mlflow_latents.models import CAEConfig, TrainingConfig
from mlflow_latents.stats import AssessConfig
from mlflow_latents.studies.config import StudyConfig
from mlflow_latents.tracking import (
    AssessmentConfig,
    ExperimentConfig,
    GenerationConfig,
    TrackingConfig,
    spell,
)
from mlflow_latents.tracking.names import markdown_table
from mlflow_latents.tracking.probe_configuration import AttributesConfig, MapsConfig

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONDA = yaml.safe_load((ROOT / "conda.yaml").read_text())
ENTRY_POINTS = yaml.safe_load((ROOT / "MLproject").read_text())["entry_points"]
README = (ROOT / "README.md").read_text()


def defaults(cls) -> dict[str, object]:
    settings = {}
    for field in dataclasses.fields(cls):
        nested = field.default_factory is not dataclasses.MISSING
        settings |= defaults(field.default_factory) if nested else {field.name: field.default}
    return settings


def test_conda_yaml_lists_the_dependencies_of_pyproject():
    (pip,) = (entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict))
    assert pip == PYPROJECT["project"]["dependencies"]


def test_conda_yaml_has_the_least_python_of_pyproject():
    least = PYPROJECT["project"]["requires-python"]
    assert f"conda-forge::python{least}" in CONDA["dependencies"]


def test_constraints_pin_every_dependency_and_name_no_address():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {line.split("==")[0].lower() for line in lines if "==" in line}
    extras = PYPROJECT["project"]["optional-dependencies"]["test"]
    wanted = [*PYPROJECT["project"]["dependencies"], *extras]
    names = {re.split(r"[\[>=]", entry)[0].strip().lower() for entry in wanted}
    assert names <= pinned
    assert not any("/" in line or "@" in line for line in lines if not line.startswith("#"))


@pytest.mark.parametrize(
    ("entry_point", "command", "expected"),
    [
        ("main", "train", defaults(ExperimentConfig) | {"resume": None}),
        ("assess", "assess", defaults(AssessmentConfig)),
        ("generate", "generate", defaults(GenerationConfig)),
        ("attributes", "attributes", defaults(AttributesConfig)),
        ("maps", "maps", defaults(MapsConfig)),
        ("study", "study", defaults(StudyConfig)),
        ("compare", "compare", defaults(ComparisonConfig)),
        ("prepare", "prepare", defaults(ImagesConfig)),
    ],
)
def test_mlproject_has_the_settings_of_the_dataclasses(entry_point, command, expected):
    entry = ENTRY_POINTS[entry_point]
    declared = {name: value["default"] for name, value in entry["parameters"].items()}
    assert declared == {name: spell(value) for name, value in expected.items()}
    words = entry["command"].split()
    assert words[:5] == ["PYTHONPATH=src", "python", "-m", "mlflow_latents", command]
    assert words[5:] == [word for name in expected for word in (f"--{name}", f"{{{name}}}")]


def test_settings_are_unique_over_all_sections():
    sections = (ImagesConfig, CAEConfig, TrainingConfig, AssessConfig, TrackingConfig)
    names = [field.name for section in sections for field in dataclasses.fields(section)]
    assert len(names) == len(set(names))


def test_readme_has_the_table_of_metric_names():
    assert markdown_table() in README


def test_version_stands_in_citation_and_changelog():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == mlflow_latents.__version__
    assert f"## {mlflow_latents.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_import_is_light():
    code = (
        "import sys, mlflow_latents, mlflow_latents.data, mlflow_latents.models, "
        "mlflow_latents.stats, mlflow_latents.plots\n"
        "heavy = {'keras', 'jax', 'mlflow', 'matplotlib', 'pandas', 'sklearn', 'torch'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_layers_are_kept():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
