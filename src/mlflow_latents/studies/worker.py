"""One worker: takes trials until none is left, and outlives what can be outlived."""

import os
import time
import zlib
from collections.abc import Callable

from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import Trial, TrialState

from mlflow_latents.data import open_configured
from mlflow_latents.errors import reason_of
from mlflow_latents.studies.config import StudyConfig
from mlflow_latents.studies.design import REPLICATE, Cell, Factorial, Search
from mlflow_latents.studies.heartbeat import heartbeat
from mlflow_latents.studies.mending import TAKEN_OVER, complete, fail, mend
from mlflow_latents.studies.outages import is_outage, patiently
from mlflow_latents.studies.storage import Storage
from mlflow_latents.studies.study import RUN, WORKER, Study, open_study
from mlflow_latents.tracking import ExperimentConfig
from mlflow_latents.tracking.configuration import digest_of, with_settings
from mlflow_latents.tracking.study_runs import (
    FACTOR_TAG,
    OBJECTIVE_TAG,
    REPLICATE_TAG,
    SCALE_TAG,
    STUDY_TAG,
    TRIAL_TAG,
    end_run,
    find_done,
    repeat_run,
    start_trial_run,
    status_of,
)

POLL = 2.0  # seconds

RunTrial = Callable[[ExperimentConfig, str], object]


def work(
    config: StudyConfig,
    storage: Storage,
    worker: str,
    run_trial: RunTrial,
    boss: int | None = None,
) -> None:
    """Do trials of a study until all are done, by this worker or by others.

    Parameters
    ----------
    config
        The study.
    storage
        Where Optuna keeps it.
    worker
        Name of this worker, unlike any other's.
    run_trial
        Does the experiment with a configuration, into the run with an id.
    boss
        Id of the process that started this one, without which no further trial is taken; its
        parent when not given.
    """
    boss = boss or os.getppid()
    study = patiently(lambda: open_study(config, storage, sampler_seed=_seed_of(worker)))
    try:
        while os.getppid() == boss:  # else whoever started this worker was killed, and means us too
            trial = patiently(lambda: _next(study, worker))
            if trial is not None:
                _do(study, config, trial, run_trial)
            elif patiently(lambda: study.trials(TrialState.WAITING, TrialState.RUNNING)):
                time.sleep(POLL)
            else:
                return
    except KeyboardInterrupt:
        _give_back(study, worker)
        raise


def _next(study: Study, worker: str) -> Trial | None:
    with study.storage.alone():
        mend(study, dead=worker)  # which has none now, whatever an outage has left behind
        return study.claim(worker)


def _do(study: Study, config: StudyConfig, trial: Trial, run_trial: RunTrial) -> None:
    cell = study.design.cell(trial.params)
    with heartbeat(study.storage.optuna, trial._trial_id):
        run_id = patiently(lambda: _start(study, config, trial, cell))
        if run_id is None:
            return
        try:
            experiment = with_settings(cell.config, config.places)
            if not (config.reuse and _reused(experiment, run_id)):
                run_trial(experiment, run_id)
        except Exception as error:
            if is_outage(error):
                patiently(lambda: _give_back(study, trial.user_attrs[WORKER]))
            else:
                reason = reason_of(error)
                patiently(lambda: _fail(study, trial, run_id, reason))
            return
        patiently(lambda: _complete(study, trial, run_id))


def _start(study: Study, config: StudyConfig, trial: Trial, cell: Cell) -> str | None:
    """Open the run of a trial; None where the trial is no longer this worker's."""
    tags = {
        STUDY_TAG: study.name,
        OBJECTIVE_TAG: study.objective.name,
        SCALE_TAG: config.scale,
        TRIAL_TAG: str(trial.number),
    }
    if isinstance(study.design, Factorial):
        tags[REPLICATE_TAG] = str(cell.params[REPLICATE])
    factors = {name: str(x) for name, x in cell.params.items() if name != REPLICATE}
    tags |= {FACTOR_TAG + name: label for name, label in factors.items()}
    run_id = start_trial_run(study.parent, _name(study, trial, cell), tags)
    try:
        trial.set_user_attr(RUN, run_id)
    except UpdateFinishedTrialError:
        end_run(run_id, "KILLED", TAKEN_OVER)
        return None
    return run_id


def _name(study: Study, trial: Trial, cell: Cell) -> str:
    if isinstance(study.design, Search):
        return f"{study.name} {trial.number}"
    labels = [_label(n, str(x)) for n, x in cell.params.items() if n != REPLICATE]
    return ", ".join([*labels, f"seed {cell.params[REPLICATE]}"])


def _label(factor: str, level: str) -> str:
    """Name the factor where its level would not be understood by itself."""
    bare = level in ("True", "False") or level.replace(".", "").isdigit()
    return f"{factor}={level}" if bare else level


def _reused(experiment: ExperimentConfig, run_id: str) -> bool:
    done = find_done(digest_of(experiment), open_configured(experiment.images).digest)
    if done is not None:
        repeat_run(run_id, done)
    return done is not None


def _complete(study: Study, trial: Trial, run_id: str) -> None:
    with study.storage.alone():
        _tell(study, trial, run_id)


def _tell(study: Study, trial: Trial, run_id: str) -> None:
    if not complete(study, trial._trial_id, run_id):
        end_run(run_id, "KILLED", TAKEN_OVER)


def _fail(study: Study, trial: Trial, run_id: str, reason: str) -> None:
    with study.storage.alone():
        status = status_of(run_id)
        if status == "FINISHED":  # what failed came after the result
            _tell(study, trial, run_id)
            return
        if not fail(study, trial._trial_id, reason):
            end_run(run_id, "KILLED", TAKEN_OVER)
        elif status == "RUNNING":
            end_run(run_id, "FAILED", reason)


def _give_back(study: Study, worker: str) -> None:
    """Queue the trial again that a worker could not end."""
    with study.storage.alone():
        mend(study, dead=worker)


def _seed_of(worker: str) -> int:
    """Give each worker's sampler a seed of its own, or all would propose the same."""
    return zlib.crc32(worker.encode())
