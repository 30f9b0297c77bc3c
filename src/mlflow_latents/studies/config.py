"""What a study was asked to be."""

import re
from dataclasses import dataclass

from mlflow_latents.errors import InputError

_SPELLABLE = re.compile(r"[^'\"`\\\x00-\x1f]{1,200}")
MOST_WORKERS = 256
MOST_TRIALS = 100_000


@dataclass(frozen=True)
class StudyConfig:
    """Answer a question by many runs: a design, its trials done by workers, and a page.

    The same command again, on this or any other machine with the same storage and tracking store,
    joins the study or continues it.

    Parameters
    ----------
    objective
        Which question: reproduction, batch_normalization, latent_dimension, image_set, enforcement,
        or search.
    scale
        smoke ends within minutes, small within two hours on two cores; paper is for a GPU.
    trials
        How many trials; the whole design when not given. More than that are further seeds.
    study
        Name of the study; OBJECTIVE-SCALE when not given.
    storage
        Database of Optuna, sqlite:///FILE or postgresql://USER@HOST/DATABASE; optuna.db beside the
        tracking database, or in the current folder, when not given.
    workers
        Processes that share the cores of this machine.
    reuse
        Whether a trial whose configuration, images and package version a finished run has takes
        over its results instead of training again.
    data_dir
        Where image sets lie: NAME=FOLDER,NAME=FOLDER.
    cache_dir
        Folder for decoded images; $MLFLOW_LATENTS_CACHE or the user's cache folder when not given.

    Raises
    ------
    InputError
        When a value is outside its range.
    """

    objective: str | None = None
    scale: str = "smoke"
    trials: int | None = None
    study: str | None = None
    storage: str | None = None
    workers: int = 1
    reuse: bool = False
    data_dir: str | None = None
    cache_dir: str | None = None

    def __post_init__(self):
        if self.trials is not None and not 1 <= self.trials <= MOST_TRIALS:
            raise InputError(
                f"trials is {self.trials}: give a number from 1 to {MOST_TRIALS}, or leave it away "
                "for the whole design."
            )
        if not 1 <= self.workers <= MOST_WORKERS:
            raise InputError(f"workers is {self.workers}: give a number from 1 to {MOST_WORKERS}.")
        if self.study is not None and not self.study.strip():
            raise InputError("study is empty: give a name, or leave it away.")
        if self.study is not None and not _SPELLABLE.fullmatch(self.study):
            raise InputError(
                f"study is {self.study!r}: leave quotes, backslashes and line breaks out of the "
                "name, since MLflow could not search for it."
            )

    @property
    def places(self) -> dict[str, str | None]:
        """Settings of every experiment that say where files lie."""
        return {"data_dir": self.data_dir, "cache_dir": self.cache_dir}
