"""Do faces come from the ellipsoid? The samplers of several runs, as a table and as pictures.

python analysis/generation.py --runs CAE=RUN_ID "VAE, beta 1=RUN_ID" --output docs/answers
"""

import sys
from pathlib import Path

import tyro

from mlflow_latents import InputError
from mlflow_latents.compare import generation_markdown, generation_pictures


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
    by_label = dict(run.rpartition("=")[::2] for run in runs)
    print(generation_markdown(by_label))
    output.mkdir(parents=True, exist_ok=True)
    for name, png in generation_pictures(by_label, samplers, seed).items():
        output.joinpath(f"generation_{name}.png").write_bytes(png)


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except InputError as error:
        sys.exit(f"error: {error}")
