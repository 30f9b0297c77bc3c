"""The command `study`: opens the study, keeps its workers at work, and writes the answer."""

import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from optuna.trial import TrialState

from mlflow_latents.compare.answers import answer_into
from mlflow_latents.data import ImagesConfig, prepare_configured
from mlflow_latents.errors import InputError
from mlflow_latents.studies.config import StudyConfig
from mlflow_latents.studies.design import Design
from mlflow_latents.studies.mending import close_runs, mend
from mlflow_latents.studies.objectives import find_design
from mlflow_latents.studies.outages import OUTAGES, patiently
from mlflow_latents.studies.process import WorkerProcess, shares_of_cores, start_worker
from mlflow_latents.studies.progress import Progress, counts, failures
from mlflow_latents.studies.storage import Storage, check_url, default_url
from mlflow_latents.studies.study import WORKER, Study, keep_images, open_study
from mlflow_latents.tracking import ExperimentConfig, check_store, how_to_look
from mlflow_latents.tracking.configuration import digest_of, with_settings
from mlflow_latents.tracking.manners import leave_run_of_mlflow_run
from mlflow_latents.tracking.study_runs import end_run, experiment_of, reopen_run

POLL = 1.0  # seconds
GOODBYE = 60.0  # seconds in which a worker that is stopped may give its trial back
DEATHS = 5  # of workers in a row, before they took a trial


def run_study(config: StudyConfig) -> str:
    """Do the trials of a study, and write the page that answers its question.

    Parameters
    ----------
    config
        The study.

    Returns
    -------
    str
        Id of its MLflow run.

    Raises
    ------
    InputError
        Before anything is written or trained: see `StudyConfig`, `open_study` and `Storage`; or
        when the files of an image set are missing.
    """
    import mlflow

    _, design = find_design(config.objective, config.scale)
    if config.storage is not None:
        check_url(config.storage)
    check_store()
    config = replace(config, storage=config.storage or default_url(mlflow.get_tracking_uri()))
    storage = Storage(config.storage)
    digests = check_images(design, config)
    study = open_study(config, storage)
    keep_images(study, digests)
    leave_run_of_mlflow_run(study.parent)
    reopen_run(study.parent)
    try:
        _keep_at_work(study, config)
    except BaseException:
        _settle(study, "KILLED")
        raise
    nothing = not counts(study)["complete"]
    _settle(study, "FAILED" if nothing else "FINISHED")
    patiently(lambda: _answer(study))
    _report(study)
    if nothing:
        raise InputError(f"No trial of {study.name} has succeeded: mend what the reasons say.")
    return study.parent


def check_images(design: Design, config: StudyConfig) -> dict[str, str]:
    """Raise InputError when an image set of a design is missing, and give digests of those read.

    Returns
    -------
    dict
        Digest of each image set that is read from files, by what it is.
    """
    digests: dict[ImagesConfig, str | None] = {}
    for number in range(design.trials):
        settings = {**design.cell(design.planned(number)).settings, **config.places}
        images = with_settings(ExperimentConfig(), settings).images
        if images not in digests:
            digests[images] = prepare_configured(images)
    return {digest_of(images): digest for images, digest in digests.items() if digest}


def _keep_at_work(study: Study, config: StudyConfig) -> None:
    """Start the workers, and start others in place of those that die, until nothing is left."""
    experiment = experiment_of(study.parent)
    memory = 1 / config.workers
    with tempfile.TemporaryDirectory() as folder, Progress(study) as progress:

        def start(cores: list[int]) -> WorkerProcess:
            return start_worker(config, cores, memory, experiment, Path(folder))

        cores = dict(enumerate(shares_of_cores(config.workers)))
        workers = {i: start(share) for i, share in cores.items()}
        deaths = 0  # of workers in a row that took no trial
        try:
            while workers:
                time.sleep(POLL)
                patiently(progress.update)
                for i, worker in list(workers.items()):
                    code = worker.process.poll()
                    if code is None:
                        continue
                    del workers[i]
                    if code == 0:
                        continue
                    idle = patiently(lambda name=worker.name: _mend(study, name))
                    deaths = deaths + 1 if idle else 0
                    if deaths == DEATHS:
                        raise InputError(_broken(worker))
                    workers[i] = start(cores[i])
        finally:
            _stop(study, list(workers.values()))


def _broken(worker: WorkerProcess) -> str:
    return (
        f"{DEATHS} workers in a row have died before they took a trial, the last one with status "
        f"{worker.process.returncode}; it printed:\n{worker.last_words()}"
    )


def _mend(study: Study, dead: str) -> bool:
    """Mend what a dead worker has left, and say whether it had never taken a trial."""
    with study.storage.alone():
        mend(study, dead)
    return all(trial.user_attrs.get(WORKER) != dead for trial in study.trials())


def _stop(study: Study, workers: list[WorkerProcess]) -> None:
    """Let workers give their trials back, and end them."""
    for worker in workers:
        worker.process.terminate()
    for worker in workers:
        try:
            worker.process.wait(timeout=GOODBYE)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
        with suppress(*OUTAGES):  # whoever comes next will mend it
            _mend(study, worker.name)


def _open(status: str) -> tuple[TrialState, ...]:
    """Give the states of trials that keep the study's run from ending with a status."""
    finished = status != "KILLED"
    return (TrialState.RUNNING, TrialState.WAITING) if finished else (TrialState.RUNNING,)


def _settle(study: Study, status: str) -> None:
    """End the study's own run, unless other workers still are at it."""

    def settle():
        with study.storage.alone():
            mend(study)
            close_runs(study)
            if not study.trials(*_open(status)):
                end_run(study.parent, status)

    patiently(settle, GOODBYE)


def _answer(study: Study) -> None:
    """Write the page, unless there is nothing yet to be said, or somebody else will say it."""
    found = counts(study)
    if found["complete"] and not found["running"]:
        for sentence in answer_into(study.parent, study.name).sentences:
            print(sentence)


def _report(study: Study) -> None:
    found = counts(study)
    print(f"\n{study.name}: {found['complete']} trials complete, {found['failed']} failed.")
    for number, reason in failures(study).items():
        print(f"  trial {number}: {reason}")
    print(f"Run {study.parent}. To look at it: {how_to_look()}")
    print(f"Its trials in Optuna's view: optuna-dashboard {study.storage.name}")
