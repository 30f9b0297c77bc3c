"""What several runs generate, side by side: numbers as a table, images as figures."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mlflow_latents.errors import InputError
from mlflow_latents.generate import RANDOM_SAMPLERS, LatentModel
from mlflow_latents.plots import (
    along_lines_info,
    draw_along_lines,
    draw_samplers,
    draw_several_models,
    samplers_info,
    several_models_info,
    to_png,
)
from mlflow_latents.sampling import SHOWN
from mlflow_latents.tracking import find_run, generation_table, load_generator
from mlflow_latents.tracking.generation_names import IMAGES
from mlflow_latents.tracking.writer import JUDGE_TAG

if TYPE_CHECKING:
    import numpy as np


def generation_markdown(runs: Mapping[str, str]) -> str:
    """Write the measures of all samplers of several runs as a Markdown table.

    Parameters
    ----------
    runs
        Id of each run by a label.

    Returns
    -------
    str
        One row per run and sampler, value ± standard error.

    Raises
    ------
    InputError
        When there is no such run, it has not judged its samplers, or they were judged by other
        images, another number of them, or another judge.
    """
    _check_comparable(runs)
    tables = {label: generation_table(_measured(run_id)) for label, run_id in runs.items()}
    columns = list(dict.fromkeys(name for names, _ in tables.values() for name in names))
    lines = [_line(["model", "sampler", *columns]), _line(["---"] * (2 + len(columns)))]
    for label, (names, rows) in tables.items():
        for sampler, cells in rows:
            by_name = dict(zip(names, cells, strict=True))
            values = [by_name.get(name, "–") for name in columns]
            lines.append(_line([label, sampler.replace("_", " "), *values]))
    return "\n".join(lines)


def generation_pictures(
    runs: Mapping[str, str], samplers: Sequence[str] | None = None, seed: int = 0
) -> dict[str, bytes]:
    """Draw what several runs generate at the same seed; no image comes from a real vector.

    Parameters
    ----------
    runs
        Id of each run by a label.
    samplers
        Which samplers; all but `empirical` when not given.
    seed
        Of all draws.

    Returns
    -------
    dict
        PNG files by name: `several_models`, and for each run `samplers_LABEL` and
        `along_lines_LABEL`.

    Raises
    ------
    InputError
        When there is no such run or sampler, or a run has not judged its samplers, or has no model
        that generates.
    """
    from mlflow_latents.models import decode

    for name in samplers or ():
        if name not in RANDOM_SAMPLERS or name == "empirical":
            raise InputError(
                f"The sampler {name!r} cannot be drawn for several runs: choose among "
                f"{', '.join(n for n in RANDOM_SAMPLERS if n != 'empirical')}."
            )
    if len({_file_name(label) for label in runs}) < len(runs):
        raise InputError(
            f"Two of the labels {', '.join(runs)} would name the same file: choose others."
        )
    infos, pictures = {}, {}
    for label, run_id in runs.items():
        generator = load_generator(run_id)

        def images_of(z: "np.ndarray", decoder=generator.decoder):
            return decode(decoder, z)

        measures = _beside_pictures(_measured(run_id), generator.latent_model)
        infos[label] = samplers_info(generator.latent_model, images_of, measures, seed)
        lines = along_lines_info(generator.latent_model, images_of, seed)
        pictures[f"samplers_{_file_name(label)}"] = to_png(draw_samplers(infos[label]))
        pictures[f"along_lines_{_file_name(label)}"] = to_png(draw_along_lines(lines))
    together = draw_several_models(several_models_info(infos, samplers))
    return {"several_models": to_png(together), **pictures}


def _beside_pictures(
    measured: Mapping[str, float], model: LatentModel
) -> dict[str, dict[str, tuple[float, float]]]:
    """Give the numbers that stand beside the pictures of a sampler, with their errors."""
    drawn = [name for name in RANDOM_SAMPLERS if name != "empirical" or model.vectors is not None]
    return {
        sampler: {
            word: (measured[path], measured[f"{path}_error"])
            for measure, word in SHOWN.items()
            if (path := f"generation/{sampler}/{measure}") in measured
        }
        for sampler in drawn
    }


def _measured(run_id: str) -> dict[str, float]:
    metrics = find_run(run_id).data.metrics
    found = {name: value for name, value in metrics.items() if name.startswith("generation/")}
    if not found:
        raise InputError(
            f"Run {run_id} has not judged its samplers: choose a run of train with generation=True."
        )
    return found


def _check_comparable(runs: Mapping[str, str]) -> None:
    found = {label: _judged_by(run_id) for label, run_id in runs.items()}
    first, *others = found
    for label in others:
        for what, value in found[label].items():
            if value != found[first][what]:
                raise InputError(
                    f"The samplers of {first} and {label} were not judged by the same {what} "
                    f"({found[first][what]} and {value}), so that their numbers cannot be "
                    "compared: judge them again, with encoder and decoder of one of the runs."
                )


def _judged_by(run_id: str) -> dict[str, object]:
    measured, run = _measured(run_id), find_run(run_id)
    return {
        "images": ", ".join(each.dataset.digest for each in run.inputs.dataset_inputs),
        "number of images": measured.get(IMAGES),
        "judge": run.data.tags.get(JUDGE_TAG, "none"),
    }


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _file_name(label: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in label.lower())
