"""The questions, each with its designs; a further one is one more file and one more line here."""

import difflib

from mlflow_latents.errors import InputError
from mlflow_latents.studies.design import Design, Objective
from mlflow_latents.studies.objectives.batch_normalization import BATCH_NORMALIZATION
from mlflow_latents.studies.objectives.enforcement import ENFORCEMENT
from mlflow_latents.studies.objectives.image_set import IMAGE_SET
from mlflow_latents.studies.objectives.latent_dimension import LATENT_DIMENSION
from mlflow_latents.studies.objectives.reproduction import REPRODUCTION
from mlflow_latents.studies.objectives.search import SEARCH

OBJECTIVES: dict[str, Objective] = {
    objective.name: objective
    for objective in (
        REPRODUCTION,
        BATCH_NORMALIZATION,
        LATENT_DIMENSION,
        IMAGE_SET,
        ENFORCEMENT,
        SEARCH,
    )
}


def find_design(objective: str | None, scale: str) -> tuple[Objective, Design]:
    """Give an objective, and its design of a scale, by their names.

    Raises
    ------
    InputError
        When there is no such objective or scale.
    """
    if objective not in OBJECTIVES:
        close = difflib.get_close_matches(str(objective), OBJECTIVES, n=1)
        meant = f" (did you mean {close[0]!r}?)" if close else ""
        unknown = f"There is no objective {objective!r}{meant}"
        wrong = "objective is missing" if objective is None else unknown
        raise InputError(f"{wrong}: choose one of {', '.join(OBJECTIVES)}.")
    designs = OBJECTIVES[objective].designs
    if scale not in designs:
        raise InputError(f"There is no scale {scale!r}: choose one of {', '.join(designs)}.")
    return OBJECTIVES[objective], designs[scale]
