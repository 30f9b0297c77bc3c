"""What the scripts of analysis/ that answer a question have in common."""

import sys
from pathlib import Path

import tyro

from mlflow_latents.compare.answers.writing import answer_objective
from mlflow_latents.errors import InputError


def run_script(objective: str) -> None:
    """Answer a question from the command line of a script: --study NAME --output FOLDER."""

    def main(study: str | None = None, output: Path = Path(objective)) -> None:
        """Write the page that answers the question, and log it as a comparison run.

        Parameters
        ----------
        study
            Name of a study of this question; the newest one when not given.
        output
            Folder of the page, its tables and figures.
        """
        answer_objective(objective, study, output)

    try:
        tyro.cli(main)
    except InputError as error:
        sys.exit(f"error: {error}")
