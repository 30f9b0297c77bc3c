"""Judge, draw, log: what a training, an assessment and an evaluation have in common."""

from collections.abc import Mapping, Sequence

import numpy as np
from tqdm import tqdm

from mlflow_latents.data.vectors import Vectors
from mlflow_latents.plots import CAPTIONS, LATENT_FIGURES, FigureData, to_png
from mlflow_latents.stats import AssessConfig, LatentReport, assess, count_steps
from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.configuration import parameters
from mlflow_latents.tracking.page import Picture, render_page
from mlflow_latents.tracking.writer import RunWriter


def judge(vectors: Vectors, seed: int, config: AssessConfig) -> LatentReport:
    """Judge the training vectors, and the test vectors, where there are any, held-out."""
    held_out = _held_out(vectors)
    steps = count_steps(config, held_out is not None)
    with tqdm(total=steps, desc="judge", unit=" steps", leave=False, disable=None) as bar:

        def done(name):
            bar.set_postfix_str(name, refresh=False)
            bar.update()

        return assess(vectors.of("train"), held_out, seed, config=config, on_step=done)


def log_report(run: RunWriter, vectors: Vectors, report: LatentReport) -> list[Picture]:
    """Log a report with its figures, and give the figures."""
    run.log_report(report)
    data = FigureData(vectors.of("train"), _held_out(vectors), report, report.seed)
    return [
        log_picture(run, name, draw(data))
        for name, draw in tqdm(LATENT_FIGURES.items(), desc="draw", unit=" figures", disable=None)
    ]


def log_picture(run: RunWriter, name: str, figure) -> Picture:
    """Log a Matplotlib figure under the name of its caption, and give it as a picture."""
    picture = Picture(name, CAPTIONS[name], to_png(figure))
    run.log_figure(f"{artifacts.FIGURES}/{name}.png", picture.png)
    return picture


def log_page(
    run: RunWriter,
    config,
    report: LatentReport,
    metrics: Mapping[str, float],
    pictures: Sequence[Picture],
    controls: Mapping[str, LatentReport] | None = None,
    generation: Mapping[str, float] | None = None,
) -> str:
    """Log the page of a run, and give its HTML."""
    settings = parameters(config)
    html = render_page(run.run_name(), report, metrics, pictures, settings, controls, generation)
    run.log_page(html)
    return html


def _held_out(vectors: Vectors) -> np.ndarray | None:
    return vectors.of("test") if "test" in vectors.split else None
