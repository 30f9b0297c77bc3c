"""Question 1: does the normal-looking latent distribution come back in other networks.

python analysis/reproduction.py --study reproduction-small --output answer
"""

import sys
from pathlib import Path

import tyro

from mlflow_latents import InputError
from mlflow_latents.compare.answers import answer_objective


def main(study: str | None = None, output: Path = Path("reproduction")) -> None:
    """Write the page that answers the question, and log it as a comparison run.

    Parameters
    ----------
    study
        Name of a study of this question; the newest one when not given.
    output
        Folder of the page, its tables and figures.
    """
    answer_objective("reproduction", study, output)


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except InputError as error:
        sys.exit(f"error: {error}")
