"""What probes found in several runs, read back and written side by side."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tyro

from mlflow_latents.compare.answers.blocks import Picture as PictureBlock
from mlflow_latents.compare.answers.blocks import Section, markdown
from mlflow_latents.errors import InputError
from mlflow_latents.plots.compared_attributes import MOST_RUNS
from mlflow_latents.tracking import Picture, check_store, find_run
from mlflow_latents.tracking.reader import download, has_artifact

if TYPE_CHECKING:
    from mlflow.entities import Run


@dataclass(frozen=True)
class ComparedProbes:
    """Several runs beside each other.

    Parameters
    ----------
    name
        Of the files.
    title
        Of the page.
    sections
        What the page says.
    csv
        All numbers, one row per run and attribute or map.
    pictures
        Figures.
    """

    name: str
    title: str
    sections: tuple[Section, ...]
    csv: str
    pictures: tuple[Picture, ...]

    @property
    def text(self) -> str:
        """The page without figures, as Markdown."""
        return markdown(self.title, self.sections)

    @property
    def page(self) -> str:
        """The page with figures, as Markdown."""
        shown = tuple(
            PictureBlock(each.name, each.caption.title, each.caption.how_to_read)
            for each in self.pictures
        )
        return markdown(self.title, (*self.sections, Section("Figures", shown)))


def run_probe_script(compare: Callable[[Mapping[str, str]], ComparedProbes]) -> None:
    """Compare runs from the command line of a script: --runs LABEL=RUN_ID … --output FOLDER."""

    def main(runs: list[str], output: Path = Path(".")) -> None:
        """Print what differs between runs, and write page, numbers and figures.

        Parameters
        ----------
        runs
            LABEL=RUN_ID of each run; the others are compared with the first.
        output
            Folder of what is written.
        """
        compared = compare(labelled(runs))
        write_compared(compared, output)
        print(compared.text)

    try:
        tyro.cli(main)
    except InputError as error:
        sys.exit(f"error: {error}")


def labelled(runs: Sequence[str]) -> dict[str, str]:
    """Give run ids by label, of texts LABEL=RUN_ID.

    Raises
    ------
    InputError
        When a label is missing or given twice.
    """
    pairs = [run.rpartition("=")[::2] for run in runs]
    labels = [label for label, _ in pairs]
    if not all(labels) or len(set(labels)) < len(labels):
        raise InputError(f"runs is {' '.join(runs)}: give LABEL=RUN_ID, each with its own label.")
    return dict(pairs)


def write_compared(compared: ComparedProbes, output: Path) -> list[Path]:
    """Write page, numbers and figures into a folder.

    Raises
    ------
    InputError
        When it cannot be written to.
    """
    contents = {
        f"{compared.name}.md": compared.page.encode(),
        f"{compared.name}.csv": compared.csv.encode(),
        **{f"{each.name}.png": each.png for each in compared.pictures},
    }
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            output.joinpath(name).write_bytes(content)
    except OSError as error:
        raise InputError(f"output {output} cannot be written to ({error.strerror}).") from error
    return [output / name for name in contents]


def probed_runs(runs: Mapping[str, str], probe: str) -> dict[str, "Run"]:
    """Find runs that a probe has looked at, of the same images.

    Parameters
    ----------
    runs
        Id of each run by a label.
    probe
        attributes or maps.

    Raises
    ------
    InputError
        When there are fewer than 2 or more than 6, there is no such run, the probe has not looked
        at it, or their images are not the same or not known.
    """
    if not 2 <= len(runs) <= MOST_RUNS:
        raise InputError(
            f"runs holds {len(runs)} of the 2 to {MOST_RUNS} that can be compared at once: give "
            "LABEL=RUN_ID of each."
        )
    check_store()
    found = {label: find_run(run_id) for label, run_id in runs.items()}
    for label, run in found.items():
        if not any(name.startswith(f"{probe}/") for name in run.data.metrics):
            raise _not_probed(label, run.info.run_id, probe)
    _check_same_images(found)
    return found


def read_rows(label: str, run: "Run", path: str) -> list[dict[str, object]]:
    """Read a table that a probe logged, one dict per row; None where nothing is known.

    Raises
    ------
    InputError
        When the run does not have it.
    """
    require(label, run, path)
    with download(run.info.run_id, path) as file:
        table = json.loads(file.read_text(encoding="utf-8"))
    return [dict(zip(table["columns"], row, strict=True)) for row in table["data"]]


def require(label: str, run: "Run", path: str) -> None:
    """Raise InputError, with the command that adds it, unless a probed run has an artifact."""
    if not has_artifact(run.info.run_id, path):
        raise _not_probed(label, run.info.run_id, path.partition("/")[0])


def _not_probed(label: str, run_id: str, probe: str) -> InputError:
    return InputError(
        f"Run {run_id} ({label}) has no findings about its {probe}: add them with `python -m "
        f"mlflow_latents {probe} --run_id {run_id}`."
    )


def _check_same_images(runs: Mapping[str, "Run"]) -> None:
    digests = {label: _digests(run) for label, run in runs.items()}
    first, *others = digests
    for label, found in digests.items():
        if not found:
            raise InputError(
                f"Run {runs[label].info.run_id} ({label}) does not say which images it has seen, "
                "so that its numbers cannot be compared: choose a run of train."
            )
    for label in others:
        if digests[label] != digests[first]:
            raise InputError(
                f"{first} and {label} have seen other images (digest {digests[first]} and "
                f"{digests[label]}), so that their numbers cannot be compared: choose runs of one "
                "image set, with the same data_seed and resolution."
            )


def _digests(run: "Run") -> str:
    inputs = run.inputs.dataset_inputs if run.inputs else []
    return ", ".join(sorted({each.dataset.digest for each in inputs}))
