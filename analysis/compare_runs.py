"""Runs side by side: what differs, their measures, curves and pictures.

python analysis/compare_runs.py --study NAME --output comparison
python analysis/compare_runs.py --runs ID ID ID --measures "generation/*/swd" verdict
"""

import sys
from pathlib import Path

import tyro

from mlflow_latents import InputError
from mlflow_latents.compare.comparison import make_comparison, write_comparison
from mlflow_latents.compare.runs import select_runs
from mlflow_latents.compare.tables import as_markdown


def main(
    runs: list[str] | None = None,
    filter: str | None = None,
    study: str | None = None,
    experiments: list[str] | None = None,
    measures: list[str] | None = None,
    color_by: str | None = None,
    pictures: bool = True,
    output: Path = Path("comparison"),
) -> None:
    """Print the table as Markdown, and write table, pictures and page into a folder.

    Parameters
    ----------
    runs
        Ids of the runs.
    filter
        Filter string of MLflow, such as "metrics.`train/loss` < 0.1", instead of ids.
    study
        Name of a study, whose trials are compared; --filter narrows them.
    experiments
        Names of the experiments that are searched; all of them when not given.
    measures
        Metrics or tags of the table; patterns such as generation/*/swd count.
    color_by
        Factor, parameter or tag by which the lines of the runs are coloured.
    pictures
        Whether curves and pictures are fetched and drawn.
    output
        Folder of what is written.
    """
    frame = select_runs(runs or (), filter, study, experiments)
    comparison = make_comparison(frame, measures, pictures, color_by)
    write_comparison(comparison, output)
    print(as_markdown(comparison.table))


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except InputError as error:
        sys.exit(f"error: {error}")
