"""How a study was done, by which runs, and how it is done again."""

from __future__ import annotations

import datetime
import re
import shlex

from mlflow_latents import __version__
from mlflow_latents.compare.answers.blocks import Code, Items, Section, Table, Text
from mlflow_latents.compare.answers.controls import cells_or_all
from mlflow_latents.compare.answers.material import Material, failures
from mlflow_latents.compare.runs import factor_columns
from mlflow_latents.compare.words import counted, quoted, store_name
from mlflow_latents.tracking.study_runs import REPLICATE_TAG, REUSED_TAG, TRIAL_TAG

PACKAGES = ("keras", "jax", "numpy", "scipy")
VERSIONS = {"mlflow-latents": "version"} | {name: f"version.{name}" for name in PACKAGES}


def where(material: Material) -> str:
    """Say what the page was made of, and when."""
    import mlflow

    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return (
        f"Study {material.name}, {counted(len(material.runs), 'run')}; tracking store "
        f"{store_name(mlflow.get_tracking_uri())}; mlflow-latents {__version__}; {today}"
    )


def design(material: Material) -> Section:
    """Tell the design, how much of it is done, and what failed."""
    lines = [*material.described["design"], *_counts(material)]
    for name, column in {"platform": "platform", "device": "device"}.items():
        values = _unique(material, f"tags.mlflow_latents.{column}")
        if values:
            lines.append(f"{name}: {', '.join(values)}")
    if found := versions(material):
        told = [f"{name} {', '.join(each)}" for name, each in found.items()]
        lines.append(f"versions: {', '.join(told)}")
    failed = failures(material)
    blocks = [Items(tuple(lines))]
    if failed:
        blocks += [
            Text("These runs failed or were killed; their results do not count."),
            Table(("run", "id", "reason"), tuple((a, f"`{b}`", c) for a, b, c in failed)),
        ]
    return Section("The design", tuple(blocks))


def versions(material: Material) -> dict[str, list[str]]:
    """Give the versions of each package with which the runs were made."""
    found = {
        name: _unique(material, f"tags.mlflow_latents.{tag}") for name, tag in VERSIONS.items()
    }
    return {name: each for name, each in found.items() if each}


def _counts(material: Material):
    runs = material.runs
    states = material.started["status"].value_counts()
    told = [counted(len(runs), "trial") + " done"]
    planned = material.described.get("trials")
    if planned:
        told[0] += f" of {planned} of the whole design"
    if not material.is_search:
        cells = len(material.planned_cells)
        told.append(f"{len(material.cells)} of {counted(cells, 'cell')} have a finished run")
        sizes = {len(here) for here in material.cells.values()}
        spread = f"{min(sizes)}" if len(sizes) == 1 else f"{min(sizes)} to {max(sizes)}"
        told.append(f"replicates per cell done: {spread}")
    for state, word in (("FAILED", "failed"), ("KILLED", "killed"), ("RUNNING", "still running")):
        if n := int(states.get(state, 0)):
            told.append(f"{counted(n, 'run')} {word}")
    reused = f"tags.{REUSED_TAG}"
    n = int(runs[reused].notna().sum()) if reused in runs else 0
    told.append(f"{n or 'none'} reused from an earlier study")
    yield "done: " + "; ".join(told)


def _unique(material: Material, column: str) -> list[str]:
    if column not in material.runs:
        return []
    return list(dict.fromkeys(material.runs[column].dropna()))


def again(material: Material) -> Section:
    """Give the commands that do the study and its answer again."""
    objective, scale, name = material.objective, material.scale, material.name
    named = "" if name == f"{objective}-{scale}" else f" --study {shlex.quote(name)}"
    places = _places(material)
    return Section(
        "The commands",
        (
            Code(
                f"python -m mlflow_latents study --objective {objective} --scale {scale}{named}"
                f"{_trials(material)}{places}\n"
                f"python analysis/{objective}.py --study {shlex.quote(name)} --output FOLDER"
            ),
        ),
    )


def _places(material: Material) -> str:
    """Give the option that says where image sets lie, without saying where they lay here."""
    needed = _image_sets(material)
    parts = [
        f"{name}=FOLDER" if is_named else "FOLDER"
        for text in _unique(material, "params.data_dir")
        if text != "None"
        for name, is_named, _ in (part.partition("=") for part in text.split(","))
        # A run that was made for another study may have known of more.
        if not is_named or name in needed
    ]
    return f" --data_dir {','.join(dict.fromkeys(parts))}" if parts else ""


def _image_sets(material: Material) -> set[str]:
    """Name the image sets of the design and of its runs, one by one."""
    levels = material.described.get("settings", {}).values()
    named = [each["dataset"] for level in levels for each in level.values() if "dataset" in each]
    fixed = " ".join(material.described["design"])
    named += [*re.findall(r"\bdataset=([^,\s]+)", fixed), *_unique(material, "params.dataset")]
    return {re.split("[:/]", part)[0] for text in named for part in text.split("+")}


def _trials(material: Material) -> str:
    """Give the option of how many trials, where these are not those of the whole design."""
    started, planned = material.started, material.described.get("trials")
    if planned is None or (started["status"] == "RUNNING").any():
        return ""
    same = [*factor_columns(started).values(), f"tags.{REPLICATE_TAG}"]
    by = [] if material.is_search else [column for column in same if column in started]
    tried = started[started["status"] != "KILLED"]
    done = len(tried.drop_duplicates(by) if by else tried)
    return "" if done == planned else f" --trials {done}"


def run_ids(material: Material) -> Section:
    """Give the ids of the runs behind every number."""
    rows = []
    for cell, here in cells_or_all(material):
        runs = material.runs.iloc[here]
        ids = [
            f"`{run}`" + (f" (repeats `{origin}`)" if isinstance(origin, str) else "")
            for run, origin in zip(
                runs["run_id"], runs.get(f"tags.{REUSED_TAG}", [None] * len(runs)), strict=True
            )
        ]
        if material.is_search:
            trials = runs[f"tags.{TRIAL_TAG}"]
            rows += [(number, each) for number, each in zip(trials, ids, strict=True)]
        else:
            rows.append((*map(quoted, cell), ", ".join(ids)))
    head = ("trial",) if material.is_search else tuple(material.described["factors"])
    note = Text(f"The study's own run is `{material.parent}`. All numbers come from these runs.")
    table = Table((*head, "runs"), tuple(rows))
    return Section("The runs behind every number", (note, table), folded=True)
