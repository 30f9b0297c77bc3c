"""Question 3: does the number of latent dimensions change the result.

python analysis/latent_dimension.py --study latent_dimension-small --output answer
"""

import sys
from pathlib import Path

import tyro

from mlflow_latents import InputError
from mlflow_latents.compare.answers import answer_objective


def main(study: str | None = None, output: Path = Path("latent_dimension")) -> None:
    """Write the page that answers the question, and log it as a comparison run.

    Parameters
    ----------
    study
        Name of a study of this question; the newest one when not given.
    output
        Folder of the page, its tables and figures.
    """
    answer_objective("latent_dimension", study, output)


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except InputError as error:
        sys.exit(f"error: {error}")
