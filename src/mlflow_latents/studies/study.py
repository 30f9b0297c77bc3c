"""One study: its design, Optuna's trials, and MLflow's runs, in one place."""

import warnings
from dataclasses import dataclass

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from mlflow_latents import __version__
from mlflow_latents.errors import InputError
from mlflow_latents.studies.config import StudyConfig
from mlflow_latents.studies.describe import design_json, note
from mlflow_latents.studies.design import Design, Objective, Search, design_digest
from mlflow_latents.studies.objectives import find_design
from mlflow_latents.studies.storage import Storage
from mlflow_latents.tracking.study_runs import (
    OBJECTIVE_TAG,
    SCALE_TAG,
    STORAGE_TAG,
    STUDY_TAG,
    check_study_run,
    log_design,
    start_study_run,
    study_runs,
)

# Attributes of an Optuna study
DESIGN, VERSION = "mlflow_latents.design", "mlflow_latents.version"
PARENT, IMAGES = "mlflow_run_id", "mlflow_latents.images"
# Attributes of an Optuna trial
PLANNED, WORKER, RUN, FAILURE = "planned", "worker", "mlflow_run_id", "failure"
_SAMPLERS = {
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed, constant_liar=True),
    "nsgaii": lambda seed: optuna.samplers.NSGAIISampler(seed=seed),
    "qmc": lambda seed: optuna.samplers.QMCSampler(seed=0, scramble=True),
}


@dataclass(frozen=True)
class Study:
    """A study that is open.

    Parameters
    ----------
    name
        Its name, in Optuna and in MLflow.
    objective, design
        The question, and the design that answers it.
    optuna
        The Optuna study.
    storage
        Its storage.
    parent
        Id of its MLflow run.
    wanted
        How many trials it shall have; those that are done again are one.
    """

    name: str
    objective: Objective
    design: Design
    optuna: optuna.Study
    storage: Storage
    parent: str
    wanted: int

    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        """Give the trials in these states; all where none is named."""
        return self.optuna.get_trials(deepcopy=False, states=states or None)

    def claim(self, worker: str) -> Trial | None:
        """Take a trial that is to be done, which nobody else will then have; None where none is.

        To be called alone in the storage.
        """
        if not self.trials(TrialState.WAITING) and not self._queue_next():
            return None
        with warnings.catch_warnings():
            # Optuna warns that a heartbeat is for study.optimize; the worker has its own.
            warnings.filterwarnings("ignore", message="Heartbeat of storage")
            trial = self.optuna.ask(self.design.distributions)
        self.storage.optuna.record_heartbeat(trial._trial_id)
        trial.set_user_attr(WORKER, worker)
        return trial

    def planned(self) -> set[int]:
        """Give the numbers, in the plan of the design, of the trials that are there."""
        return {trial.user_attrs.get(PLANNED) for trial in self.trials()}

    def _queue_next(self) -> bool:
        """Queue the next trial of the plan, or give False where all are there.

        One at a time: Optuna reads all trials that are not finished again whenever it is asked.
        """
        planned = self.planned()
        number = next((each for each in range(self.wanted) if each not in planned), None)
        if number is None:
            return False
        params = self.design.planned(number)
        distributions = {name: self.design.distributions[name] for name in params}
        self.optuna.add_trial(
            create_trial(
                state=TrialState.WAITING,
                params=params,
                distributions=distributions,
                user_attrs={PLANNED: number},
            )
        )
        return True


def has_failed(trial: FrozenTrial) -> bool:
    """Whether a trial has failed for good, and was not merely interrupted."""
    return trial.state == TrialState.FAIL and FAILURE in trial.user_attrs


def study_name(config: StudyConfig) -> str:
    """Give the name of a study that a person may not have named."""
    return config.study or f"{config.objective}-{config.scale}"


def open_study(config: StudyConfig, storage: Storage, sampler_seed: int = 0) -> Study:
    """Create a study, or open it where it is there already.

    Parameters
    ----------
    config
        What is asked for.
    storage
        Where Optuna keeps it.
    sampler_seed
        Of Optuna's sampler, which should differ between workers.

    Returns
    -------
    Study

    Raises
    ------
    InputError
        When there is no such objective or scale, a study of this name has another design, or its
        runs are not in this tracking store.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    objective, design = find_design(config.objective, config.scale)
    name = study_name(config)
    with storage.alone():
        study = _create(name, design, storage, sampler_seed)
        _check_design(study, name, design, storage)
        parent = study.user_attrs.get(PARENT)
        if parent is None:
            parent = _own_run(name, storage) or _start_run(
                name, objective, design, config.scale, storage
            )
            study.set_user_attr(PARENT, parent)
        check_study_run(parent, name)
    wanted = config.trials or design.trials
    return Study(name, objective, design, study, storage, parent, wanted)


def _create(name, design, storage, seed) -> optuna.Study:
    with warnings.catch_warnings():
        # Samplers, and names of the values for optuna-dashboard, are called experimental.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study = optuna.create_study(
            study_name=name,
            storage=storage.optuna,
            directions=[StudyDirection.MINIMIZE] * len(design.measures),
            sampler=_SAMPLERS[design.sampler](seed) if isinstance(design, Search) else None,
            load_if_exists=True,
        )
        if DESIGN not in study.user_attrs and not study.get_trials(deepcopy=False):
            study.set_metric_names(list(design.measures))
            study.set_user_attr(VERSION, __version__)
            study.set_user_attr(DESIGN, design_digest(design))
    return study


def _check_design(study, name, design, storage) -> None:
    same_values = len(study.directions) == len(design.measures)
    began = study.user_attrs.get(VERSION, __version__)
    if began != __version__:
        raise InputError(
            f"The study {name!r} began with version {began} of mlflow-latents, and this is "
            f"{__version__}: give that version, or start anew by study=NAME."
        )
    if not same_values or study.user_attrs.get(DESIGN) != design_digest(design):
        raise InputError(
            f"The storage {storage.name} has a study {name!r} with another design, or of a state "
            "of the package that had another one: choose another name by study=NAME."
        )


def _own_run(name: str, storage: Storage) -> str | None:
    """Find the run that this study made before it was killed.

    Raises
    ------
    InputError
        When another storage has a study of this name, whose runs are in the tracking store.
    """
    for run_id, place in study_runs(name).items():
        if place == storage.name:
            return run_id
        raise InputError(
            f"The tracking store has a study {name!r} (run {run_id}) that the storage "
            f"{storage.name} does not know: give its storage, {place}, or start anew by study=NAME."
        )
    return None


def _start_run(name, objective, design, scale, storage) -> str:
    tags = {
        STUDY_TAG: name,
        OBJECTIVE_TAG: objective.name,
        SCALE_TAG: scale,
        STORAGE_TAG: storage.name,
    }
    parent = start_study_run(name, tags, note(objective, design))
    log_design(parent, design_json(objective, design, scale))
    return parent


def keep_images(study: Study, digests: dict[str, str]) -> None:
    """Keep the digests of a study's images, or raise InputError when they are others by now."""
    with study.storage.alone():
        known = study.optuna.user_attrs.get(IMAGES, {})
        if any(known.get(which, digest) != digest for which, digest in digests.items()):
            raise InputError(
                f"The images are no longer those that the study {study.name!r} began with: give "
                "the same files by data_dir, or start anew by study=NAME."
            )
        study.optuna.set_user_attr(IMAGES, {**known, **digests})
