"""Writes the answer of a study into a folder, and into the tracking store."""

from __future__ import annotations

import base64
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mlflow_latents.compare.answers.blocks import Section, Text, markdown
from mlflow_latents.compare.answers.cells import cells_frame
from mlflow_latents.compare.answers.figures import draw_figures
from mlflow_latents.compare.answers.images import best_images
from mlflow_latents.compare.answers.material import Material, read_material, study_effects
from mlflow_latents.compare.answers.page import render, sections, top
from mlflow_latents.compare.answers.provenance import where
from mlflow_latents.compare.answers.short import short_answer
from mlflow_latents.compare.effects import Effects, effects_latex
from mlflow_latents.compare.runs import newest_study
from mlflow_latents.errors import InputError
from mlflow_latents.tracking.comparison_runs import log_comparison
from mlflow_latents.tracking.manners import NOTE_TAG
from mlflow_latents.tracking.study_runs import OBJECTIVE_TAG, SCALE_TAG, STUDY_TAG, TRIAL_TAG

_NOTE_LENGTH = 5000
FOLDER = "answer"
MARK = "\n\n**The answer**\n\n"  # in the description of the study's run


@dataclass(frozen=True)
class Answer:
    """The answer to a study's question.

    Parameters
    ----------
    sentences : tuple of str
        The answer, in at most six short sentences; the page tells the details below.
    markdown, html : str
        The page; the HTML needs no other file.
    files : tuple of pathlib.Path
        All that was written.
    parent : str
        Id of the study's own run.
    """

    sentences: tuple[str, ...]
    markdown: str
    html: str
    files: tuple[Path, ...]
    parent: str


def write_answer(study: str, output: Path) -> Answer:
    """Write the page that answers a study's question, with its tables and figures.

    Parameters
    ----------
    study
        Name of the study.
    output
        Folder, made if need be: answer.md, answer.html, effects.csv, effects.tex,
        interactions.csv, cells.csv, cells.tex, trials.csv and the figures as PNG.

    Returns
    -------
    Answer

    Raises
    ------
    InputError
        When there is no such study, none of its trials has finished, or the folder cannot be
        written to.
    """
    return _write(read_material(study), output)


def log_answer(study: str, output: Path) -> str:
    """Write the answer of a study, and log it as a comparison run of its own.

    Inside `mlflow run` that is the run that `mlflow run` made.

    Parameters
    ----------
    study, output
        As for `write_answer`.

    Returns
    -------
    str
        Id of the comparison run.
    """
    material = read_material(study)
    answer = _write(material, output)
    tags = {STUDY_TAG: study, OBJECTIVE_TAG: material.objective, SCALE_TAG: material.scale}
    return log_comparison(f"answer: {study}", FOLDER, _note(material, answer), tags, answer.files)


def answer_into(parent: str, study: str) -> Answer:
    """Log the answer of a study into the study's own run, as `answer/…`.

    Its sentences follow the question in the run's description; an older answer there is replaced.

    Parameters
    ----------
    parent
        Id of the study's run.
    study
        Name of the study.

    Returns
    -------
    Answer
        Its files are gone: they are artifacts now.

    Raises
    ------
    InputError
        When none of its trials has finished.
    """
    import mlflow

    material = read_material(study, parent)
    client = mlflow.MlflowClient()
    with tempfile.TemporaryDirectory() as folder:
        answer = _write(material, Path(folder))
        client.log_artifacts(parent, folder, FOLDER)
    question = client.get_run(parent).data.tags.get(NOTE_TAG, "").partition(MARK)[0]
    sentences = "\n".join(f"- {line}" for line in answer.sentences)
    client.set_tag(parent, NOTE_TAG, f"{question}{MARK}{sentences}"[:_NOTE_LENGTH])
    return answer


def answer_objective(objective: str, study: str | None, output: Path) -> None:
    """Answer a question as the scripts of analysis/ do: print, write and log.

    Parameters
    ----------
    objective
        Which question.
    study
        Name of a study of it; the newest one when not given.
    output
        Folder of the files.
    """
    from mlflow_latents.tracking import how_to_look

    study = study or newest_study(objective)
    found = read_material(study).objective
    if found != objective:
        raise InputError(
            f"The study {study!r} answers {found}, not {objective}: use analysis/{found}.py, or "
            "name another study."
        )
    run_id = log_answer(study, output)
    print(output.joinpath("answer.md").read_text(encoding="utf-8").partition("\n## In detail")[0])
    print(f"Written to {output / 'answer.html'}; run {run_id}: {how_to_look()}")


def _write(material: Material, output: Path) -> Answer:
    effects = study_effects(material)
    pictures, pngs = draw_figures(material, effects)
    images = best_images(material)
    sentences = short_answer(material, effects, images)
    below = sections(material, effects, images, pictures)
    written = markdown(
        material.name,
        [*top(material, sentences), *below, Section("Made", (Text(where(material)),))],
    )
    encoded = {name: base64.b64encode(png).decode("ascii") for name, png in pngs.items()}
    page = render(material, sentences, below, encoded)
    files = {f"{name}.png": png for name, png in pngs.items()}
    texts = {"answer.md": written, "answer.html": page, **_tables(material, effects)}
    files |= {name: text.encode() for name, text in texts.items()}
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            output.joinpath(name).write_bytes(content)
    except OSError as error:
        raise InputError(f"output {output} cannot be written to ({error.strerror}).") from error
    paths = tuple(output / name for name in files)
    return Answer(tuple(sentences), written, page, paths, material.parent)


def _tables(material: Material, effects: Effects | None) -> dict[str, str]:
    """Give the tables as CSV and LaTeX, by the names of their files."""
    tables = {"trials.csv": _csv(_runs(material))}
    if not material.is_search:
        cells = cells_frame(material)
        tables["cells.csv"] = _csv(cells)
        shown = cells.drop(columns="run_ids").to_latex(
            index=False, escape=True, float_format="%.4g", na_rep="--"
        )
        tables["cells.tex"] = shown
    if effects is not None:
        tables["effects.csv"] = _csv(effects.table)
        tables["effects.tex"] = effects_latex(effects.table)
        tables["interactions.csv"] = _csv(effects.interactions)
    return tables


def _runs(material: Material):
    from mlflow_latents.compare.runs import factor_columns

    frame = material.started
    columns = {
        **{name: name for name in ("run_id", "run_name", "status")},
        f"tags.{TRIAL_TAG}": "trial",
        **{column: name for name, column in factor_columns(frame).items()},
        "tags.mlflow_latents.replicate": "replicate",
        "tags.mlflow_latents.reused": "reused",
        "tags.verdict": "verdict",
        **{f"metrics.{m}": m for m in material.described["measures"]},
    }
    columns = {old: new for old, new in columns.items() if old in frame}
    counts = frame["run_id"].isin(material.runs["run_id"])
    return frame[list(columns)].rename(columns=columns).assign(counts=counts)


def _csv(frame) -> str:
    return frame.to_csv(index=False, lineterminator="\n")


def _note(material: Material, answer: Answer) -> str:
    lines = "\n".join(f"- {line}" for line in answer.sentences)
    return f"**{material.described['question']}**\n\n{lines}"
