"""A comparison of runs: table, overlaid curves, pictures side by side, and the page of all."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow_latents import __version__
from mlflow_latents.compare.overlays import overlay_pictures, read_curves
from mlflow_latents.compare.pictures import run_pictures
from mlflow_latents.compare.runs import factor_columns
from mlflow_latents.compare.tables import (
    as_csv,
    as_latex,
    as_markdown,
    comparison_table,
    one_spelling,
    run_labels,
    spelled,
)
from mlflow_latents.errors import InputError
from mlflow_latents.plots.overlay_lines import MOST_NAMED, RunGroups
from mlflow_latents.tracking import Picture, shown_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

MOST_DRAWN = 100  # runs whose vectors are fetched
MOST_SHOWN = 24  # runs whose pictures stand side by side


@dataclass(frozen=True)
class Comparison:
    """What a page of several runs shows.

    Parameters
    ----------
    table : pandas.DataFrame
        As `comparison_table` gives it.
    run_ids : tuple of str
        Of its rows.
    experiment_ids : tuple of str
        Of its rows.
    pictures : tuple of Picture
        Overlaid curves, then pictures side by side.
    notes : tuple of str
        What a reader must know of them.
    """

    table: "pd.DataFrame"
    run_ids: tuple[str, ...]
    experiment_ids: tuple[str, ...]
    pictures: tuple[Picture, ...]
    notes: tuple[str, ...]


def make_comparison(
    frame: "pd.DataFrame",
    measures: "Sequence[str] | None" = None,
    pictures: bool = True,
    color_by: str | None = None,
) -> Comparison:
    """Compare runs.

    Parameters
    ----------
    frame
        Runs, as `select_runs` gives them.
    measures
        Names or patterns of metrics or tags, see `comparison_table`.
    pictures
        Whether artifacts are fetched and drawn, or the table alone is made.
    color_by
        Factor, parameter or tag whose values colour the runs.

    Raises
    ------
    InputError
        When no run has such a measure or value to colour by.
    """
    table = comparison_table(frame, measures)
    groups = _groups(frame, color_by)
    drawn, notes = [], []
    if pictures:
        drawn, notes = _drawn(frame, groups)
    return Comparison(
        table, tuple(frame["run_id"]), tuple(frame["experiment_id"]), tuple(drawn), tuple(notes)
    )


def write_comparison(comparison: Comparison, output: Path) -> list[Path]:
    """Write a comparison into a folder, and name the files.

    These are the table as CSV (with the whole ids) and LaTeX, the pictures, and the page as
    Markdown and HTML.

    Raises
    ------
    InputError
        When it cannot be written to.
    """
    with_ids = comparison.table.copy()
    with_ids.insert(0, "run_id", comparison.run_ids)
    texts = {
        "runs.csv": as_csv(with_ids),
        "runs.tex": as_latex(comparison.table),
        "comparison.md": page_markdown(comparison),
        "comparison.html": page_html(comparison),
    }
    files = {name: text.encode() for name, text in texts.items()}
    files |= {f"{picture.name}.png": picture.png for picture in comparison.pictures}
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            output.joinpath(name).write_bytes(content)
    except OSError as error:
        raise InputError(f"output {output} cannot be written to ({error.strerror}).") from error
    return [output / name for name in files]


def page_markdown(comparison: Comparison) -> str:
    """Write the page as Markdown; its pictures lie beside it as NAME.png."""
    parts = [f"# {_title(comparison)}", as_markdown(comparison.table)]
    parts += [f"- {note}" for note in comparison.notes]
    for picture in comparison.pictures:
        title = picture.caption.title
        parts += [f"## {title}", f"![{title}]({picture.name}.png)", picture.caption.how_to_read]
    rows = [f"| {label} | `{run_id}` |" for label, run_id in _named(comparison)]
    parts += ["## The runs", "\n".join(["| run | id |", "| :-- | :-- |", *rows])]
    return "\n\n".join(parts) + "\n"


def page_html(comparison: Comparison) -> str:
    """Write the page as one HTML file that needs no other file and no network."""
    table = spelled(comparison.table).reset_index()
    numbers = [False, *(kind.kind == "f" for kind in comparison.table.dtypes)]
    return _template().render(
        title=_title(comparison),
        store=shown_store(),
        version=__version__,
        columns=list(zip(table.columns, numbers, strict=True)),
        rows=table.to_numpy().tolist(),
        notes=comparison.notes,
        pictures=comparison.pictures,
        runs=[
            (label, run_id, _address(experiment, run_id))
            for (label, run_id), experiment in zip(
                _named(comparison), comparison.experiment_ids, strict=True
            )
        ],
    )


def _drawn(frame, groups) -> tuple[list[Picture], list[str]]:
    notes = []
    curves, missing = read_curves(_some(frame, MOST_DRAWN))
    if len(frame) > MOST_DRAWN:
        notes.append(f"The curves are those of {MOST_DRAWN} of the {len(frame)} runs.")
    if missing:
        label, reason = next(iter(missing.items()))
        notes.append(f"{len(missing)} runs have no curves, such as {label}: {reason}.")
    drawn = overlay_pictures(curves, groups) if curves else []
    if len(frame) > MOST_SHOWN:
        notes.append(f"The pictures are those of {MOST_SHOWN} of the {len(frame)} runs.")
    return [*drawn, *run_pictures(_some(frame, MOST_SHOWN))], notes


def _some(frame, most: int):
    """Take so many runs, evenly over the frame."""
    if len(frame) <= most:
        return frame
    return frame.iloc[[i * len(frame) // most for i in range(most)]]


def _groups(frame, color_by: str | None) -> RunGroups | None:
    if color_by is None and len(frame) > MOST_NAMED:
        color_by = _first_factor(frame)
    if color_by is None:
        return None
    column = factor_columns(frame).get(color_by)
    for name in (f"params.{color_by}", f"tags.{color_by}"):
        column = column or (name if name in frame else None)
    if column is None:
        known = [*factor_columns(frame)] or [
            name.removeprefix("params.") for name in frame if name.startswith("params.")
        ]
        raise InputError(
            f"color_by is {color_by!r}, which no run has: choose a factor, parameter or tag, such "
            f"as {', '.join(known[:8])}."
        )
    values = [text or "–" for text in one_spelling(frame[column])]
    return RunGroups(color_by, dict(zip(run_labels(frame).values(), values, strict=True)))


def _first_factor(frame) -> str | None:
    varying = (
        name for name, column in factor_columns(frame).items() if frame[column].nunique() > 1
    )
    return next(varying, None)


def _title(comparison: Comparison) -> str:
    count = len(comparison.run_ids)
    return f"Comparison of {count} runs" if count != 1 else "One run"


def _named(comparison: Comparison) -> list[tuple[str, str]]:
    return list(zip(comparison.table.index, comparison.run_ids, strict=True))


def _address(experiment_id: str, run_id: str) -> str | None:
    import mlflow

    uri = mlflow.get_tracking_uri()
    if not uri.startswith(("http://", "https://")):
        return None
    return f"{shown_store()}/#/experiments/{experiment_id}/runs/{run_id}"


@cache
def _template():
    import jinja2

    text = Path(__file__).with_name("comparison.html.jinja").read_text(encoding="utf-8")
    return jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(text)
