"""Do faces come from the ellipsoid? The samplers of several runs, as a table and as pictures.

python analysis/generation.py --runs CAE=RUN_ID "VAE, beta 1=RUN_ID" --output docs/answers
"""

import sys
from pathlib import Path

import tyro

from mlflow_latents import InputError
from mlflow_latents.compare.generation import generation_markdown, generation_pictures
from mlflow_latents.compare.probes import labelled


def main(
    runs: list[str],
    output: Path = Path("."),
    samplers: list[str] | None = None,
    seed: int = 0,
) -> None:
    """Print the table, and write the pictures.

    Parameters
    ----------
    runs
        LABEL=RUN_ID of each run.
    output
        Folder of the pictures.
    samplers
        Which samplers are drawn; all but empirical when not given.
    seed
        Of all draws.
    """
    by_label = labelled(runs)
    table = generation_markdown(by_label)
    pictures = generation_pictures(by_label, samplers, seed)
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, png in pictures.items():
            output.joinpath(f"generation_{name}.png").write_bytes(png)
    except OSError as error:
        raise InputError(f"output {output} cannot be written to ({error.strerror}).") from error
    print(table)


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except InputError as error:
        sys.exit(f"error: {error}")
