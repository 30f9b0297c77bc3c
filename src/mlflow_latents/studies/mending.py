"""After a crash: Optuna's trials and MLflow's runs are brought to say the same.

A run that is FINISHED holds a whole result, and its trial is complete, whether or not the worker
lived to tell Optuna. Any other run of a trial that nobody is at is KILLED, and the trial is queued
again. A worker that was taken for dead and is not finds its trial gone, and its run counts for
nothing. All of this happens alone in the storage, so that it happens once.
"""

import math

from optuna.trial import FrozenTrial, TrialState, create_trial

from mlflow_latents.studies.study import FAILURE, PLANNED, RUN, WORKER, Study, has_failed
from mlflow_latents.tracking.study_runs import (
    end_run,
    final_metrics,
    revived_trial_runs,
    running_trial_runs,
    runs_of_trial,
)

ATTEMPTS = 10  # after which a trial is taken for one that kills its process
INTERRUPTED = "Its worker was stopped; the trial is done again."
TAKEN_OVER = "Another worker has taken this trial over."
_HISTORY, _FIRST = "retry_history", "failed_trial"  # as Optuna's own retry callback names them


def mend(study: Study, dead: str | None = None) -> None:
    """Bring trials and runs that a crash left behind into order; to be called alone in the storage.

    Parameters
    ----------
    study
        The study.
    dead
        A worker that is known to be dead; others are taken for dead when their heartbeat has
        stopped.
    """
    for trial in _abandoned(study, dead):
        _settle(study, trial)
    _queue_interrupted(study)


def close_runs(study: Study) -> None:
    """End the runs of this study that say they are running, or finished, while their trial is not.

    To be called alone in the storage.
    """
    running = {trial.number for trial in study.trials(TrialState.RUNNING)}
    ends = {t.user_attrs.get(RUN): "FINISHED" for t in study.trials(TrialState.COMPLETE)}
    failed = [trial for trial in study.trials(TrialState.FAIL) if has_failed(trial)]
    ends |= {trial.user_attrs.get(RUN): "FAILED" for trial in failed}
    for run_id, number in running_trial_runs(study.parent).items():
        if number not in running:
            end_run(run_id, ends.get(run_id, "KILLED"))
    for run_id in revived_trial_runs(study.parent):
        if ends.get(run_id) != "FINISHED":
            end_run(run_id, ends.get(run_id, "KILLED"))


def complete(study: Study, trial_id: int, run_id: str) -> bool:
    """Tell Optuna the result of a finished run; to be called alone in the storage.

    Returns
    -------
    bool
        Whether this run is the result of the trial; otherwise another trial has taken its place.
    """
    storage = study.storage.optuna
    trial = storage.get_trial(trial_id)
    if trial.state != TrialState.RUNNING:
        # Somebody else may have completed it, or this worker itself before it lost the connection.
        return trial.state == TrialState.COMPLETE and trial.user_attrs[RUN] == run_id
    metrics = final_metrics(run_id)
    values = [_worst_unless_known(metrics.get(name)) for name in study.design.measures]
    storage.set_trial_user_attr(trial_id, RUN, run_id)
    storage.set_trial_state_values(trial_id, TrialState.COMPLETE, values)
    return True


def fail(study: Study, trial_id: int, reason: str) -> bool:
    """Tell Optuna that a trial has failed for good; to be called alone in the storage.

    Returns
    -------
    bool
        Whether it has; otherwise another trial has taken its place.
    """
    storage = study.storage.optuna
    trial = storage.get_trial(trial_id)
    if trial.state != TrialState.RUNNING:
        return has_failed(trial)
    storage.set_trial_user_attr(trial_id, FAILURE, reason)
    storage.set_trial_state_values(trial_id, TrialState.FAIL)
    return True


def _abandoned(study, dead) -> list[FrozenTrial]:
    stale = set(study.storage.optuna._get_stale_trial_ids(study.optuna._study_id))
    # Without a worker: it was killed in the midst of taking the trial, which is done alone.
    return [
        trial
        for trial in study.trials(TrialState.RUNNING)
        if trial._trial_id in stale or trial.user_attrs.get(WORKER) in (None, dead)
    ]


def _settle(study, trial) -> None:
    runs = runs_of_trial(study.parent, trial.number)
    finished = [run_id for run_id, status in runs.items() if status == "FINISHED"]
    failure = None if finished else _failure(trial)
    for run_id, status in runs.items():
        if status in ("RUNNING", "FAILED"):  # of a server that was away
            end_run(run_id, "FAILED" if failure else "KILLED", failure or INTERRUPTED)
    if finished:
        complete(study, trial._trial_id, finished[0])
    elif failure:
        fail(study, trial._trial_id, failure)
    else:
        study.storage.optuna.set_trial_state_values(trial._trial_id, TrialState.FAIL)


def _failure(trial) -> str | None:
    """Say why an abandoned trial is not done again, if it is not."""
    if len(trial.system_attrs.get(_HISTORY, ())) + 1 >= ATTEMPTS:
        return f"Its worker was stopped {ATTEMPTS} times."
    return trial.user_attrs.get(FAILURE)  # its worker was killed before it could say more


def _worst_unless_known(value: float | None) -> float:
    """Take a metric that is missing, as that of a cloud that collapsed to a point, for the worst.

    Optuna keeps one that is not a number, but cannot read it again.
    """
    return math.inf if value is None or math.isnan(value) else value


def _queue_interrupted(study) -> None:
    """Queue trials again that ended without a result and without a reason, each once."""
    trials = study.trials()
    retried = {number for trial in trials for number in trial.system_attrs.get(_HISTORY, ())}
    for trial in trials:
        if trial.state != TrialState.FAIL or has_failed(trial):
            continue
        if trial.number in retried:
            continue
        history = [*trial.system_attrs.get(_HISTORY, ()), trial.number]
        attrs = {**trial.system_attrs, _FIRST: history[0], _HISTORY: history}
        study.optuna.add_trial(
            create_trial(
                state=TrialState.WAITING,
                params=trial.params,
                distributions=trial.distributions,
                system_attrs=attrs,
                user_attrs={PLANNED: trial.user_attrs.get(PLANNED)},
            )
        )
