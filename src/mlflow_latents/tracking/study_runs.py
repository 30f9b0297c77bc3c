"""The runs of a study: a parent, and a child for each trial."""

from collections.abc import Iterator, Mapping

from mlflow_latents import __version__
from mlflow_latents.errors import InputError
from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.manners import NOTE_TAG, show_as_training
from mlflow_latents.tracking.process import command_tags
from mlflow_latents.tracking.resume import PROCESS_TAG
from mlflow_latents.tracking.store import shown_store
from mlflow_latents.tracking.writer import DIGEST_TAG, FAILURE_TAG

STUDY_TAG = "mlflow_latents.study"
OBJECTIVE_TAG = "mlflow_latents.objective"
SCALE_TAG = "mlflow_latents.scale"
STORAGE_TAG = "mlflow_latents.storage"
TRIAL_TAG = "mlflow_latents.trial"
REPLICATE_TAG = "mlflow_latents.replicate"
FACTOR_TAG = "mlflow_latents.factor."
REUSED_TAG = "mlflow_latents.reused"
_OF_STUDY = (STUDY_TAG, OBJECTIVE_TAG, SCALE_TAG, TRIAL_TAG, REPLICATE_TAG, FACTOR_TAG)
_OF_RUN = (*_OF_STUDY, FAILURE_TAG, PROCESS_TAG)  # and not of its results
_PARENT = "mlflow.parentRunId"
_VERSION = "mlflow_latents.version"
_PER_PAGE = 1000
_PARAMETERS_PER_BATCH, _METRICS_PER_BATCH = 100, 1000


def start_study_run(name: str, tags: Mapping[str, str], note: str) -> str:
    """Open the parent run of a study; inside `mlflow run` the run that `mlflow run` made.

    Parameters
    ----------
    name
        Name of the study, and of the run.
    tags
        Tags of the run.
    note
        Its description, Markdown.

    Returns
    -------
    str
        Id of the run, which is KILLED until `reopen_run`: so does it stay when this process is
        killed before it could keep the id.
    """
    import mlflow

    run = mlflow.start_run(run_name=name, tags={**command_tags(), **tags, NOTE_TAG: note})
    mlflow.end_run("KILLED")
    mlflow.MlflowClient().update_run(run.info.run_id, name=name)
    show_as_training(run.info.experiment_id)
    return run.info.run_id


def study_runs(name: str) -> dict[str, str]:
    """Give the storage of each study of a name whose run is in the tracking store, by run id."""
    import mlflow

    experiments = [each.experiment_id for each in mlflow.MlflowClient().search_experiments()]
    return {
        run.info.run_id: run.data.tags[STORAGE_TAG]
        for run in _search(experiments, f"tags.`{STORAGE_TAG}` IS NOT NULL")
        if run.data.tags[STUDY_TAG] == name
    }


def log_design(parent: str, design: str) -> None:
    """Log the design of a study, JSON text, for those who read the tracking store alone."""
    import mlflow

    mlflow.MlflowClient().log_text(parent, design, artifacts.DESIGN)


def start_trial_run(parent: str, name: str, tags: Mapping[str, str]) -> str:
    """Open a child run for one trial of a study.

    Parameters
    ----------
    parent
        Id of the study's run.
    name
        Name of the run.
    tags
        Its tags.

    Returns
    -------
    str
        Id of the run.
    """
    import mlflow

    client = mlflow.MlflowClient()
    experiment = client.get_run(parent).info.experiment_id
    run = client.create_run(experiment, run_name=name, tags={_PARENT: parent, **tags})
    return run.info.run_id


def end_run(run_id: str, status: str, reason: str | None = None) -> None:
    """Give a run the status in which it ended, and the reason where it failed."""
    import mlflow

    client = mlflow.MlflowClient()
    if reason is not None:
        client.set_tag(run_id, FAILURE_TAG, reason)
    client.set_terminated(run_id, status)


def reopen_run(run_id: str) -> None:
    """Mark a run as running again."""
    import mlflow

    mlflow.MlflowClient().update_run(run_id, status="RUNNING")


def running_trial_runs(parent: str) -> dict[str, int]:
    """Give the trial numbers of the study's runs that say they are running, by run id."""
    runs = _search([experiment_of(parent)], f"{_of(parent)} and attributes.status = 'RUNNING'")
    return {run.info.run_id: int(run.data.tags.get(TRIAL_TAG, -1)) for run in runs}


def revived_trial_runs(parent: str) -> list[str]:
    """Give the study's runs that are finished although they had been ended with a reason."""
    revived = f"attributes.status = 'FINISHED' and tags.`{FAILURE_TAG}` LIKE '%'"
    runs = _search([experiment_of(parent)], f"{_of(parent)} and {revived}")
    return [run.info.run_id for run in runs]


def runs_of_trial(parent: str, trial: int) -> dict[str, str]:
    """Give the status of each run that was made for a trial, by run id."""
    found = _search([experiment_of(parent)], f"{_of(parent)} and tags.`{TRIAL_TAG}` = '{trial}'")
    return {run.info.run_id: run.info.status for run in found}


def find_done(digest: str, images: str) -> str | None:
    """Find a finished run of this version of the package with the same configuration and images.

    Parameters
    ----------
    digest
        Of the configuration.
    images
        Digest of the image set.

    Returns
    -------
    str or None
        Id of the newest such run that has its own results, over all experiments.
    """
    import mlflow

    query = (
        f"tags.`{DIGEST_TAG}` = '{digest}' and tags.`{_VERSION}` = '{__version__}' "
        "and attributes.status = 'FINISHED'"
    )
    experiments = [each.experiment_id for each in mlflow.MlflowClient().search_experiments()]
    for run in _search(experiments, query):
        digests = {each.dataset.digest for each in run.inputs.dataset_inputs}
        if images[:36] in digests and REUSED_TAG not in run.data.tags:
            return run.info.run_id
    return None


def repeat_run(run_id: str, source: str) -> None:
    """Give a run the parameters, metrics, tags and image set of another one, and end it.

    Parameters
    ----------
    run_id
        Run that takes them; its own tags stay.
    source
        Run that has them. Its artifacts are not copied: the tag `mlflow_latents.reused` says where
        they are.
    """
    import mlflow
    from mlflow.entities import RunTag

    client = mlflow.MlflowClient()
    run, there = client.get_run(source), client.get_run(run_id).data.tags
    results = {
        key: value
        for key, value in run.data.tags.items()
        if (key.startswith("mlflow_latents.") or "." not in key) and not key.startswith(_OF_RUN)
    }
    own = {REUSED_TAG: source, NOTE_TAG: f"Repeats the results of run {source}, done before."}
    missing = {key: value for key, value in results.items() if key not in there}
    client.log_batch(run_id, tags=[RunTag(key, value) for key, value in {**missing, **own}.items()])
    _log_data(client, run_id, run)
    client.log_inputs(run_id, run.inputs.dataset_inputs)
    client.set_terminated(run_id)


def check_study_run(run_id: str, study: str) -> None:
    """Raise InputError when the run of a study is not in the tracking store."""
    import mlflow
    from mlflow.exceptions import MlflowException

    try:
        run = mlflow.MlflowClient().get_run(run_id)
    except MlflowException as error:
        raise InputError(
            f"Study {study!r} has its runs in another tracking store than "
            f"{shown_store()}: set MLFLOW_TRACKING_URI to the one that it began with, "
            "or choose another name for a new study."
        ) from error
    if run.info.lifecycle_stage == "deleted":
        raise InputError(
            f"The run {run_id} of study {study!r} has been deleted: restore it, or choose another "
            "name for a new study."
        )


def final_metrics(run_id: str) -> dict[str, float]:
    """Give the last value of each metric of a run."""
    import mlflow

    return mlflow.MlflowClient().get_run(run_id).data.metrics


def status_of(run_id: str) -> str:
    """Give the status of a run: RUNNING, FINISHED, FAILED or KILLED."""
    import mlflow

    return mlflow.MlflowClient().get_run(run_id).info.status


def experiment_of(run_id: str) -> str:
    """Give the id of the experiment of a run."""
    import mlflow

    return mlflow.MlflowClient().get_run(run_id).info.experiment_id


def _log_data(client, run_id, run) -> None:
    from mlflow.entities import Metric, Param

    parameters = [Param(name, value) for name, value in run.data.params.items()]
    for start in range(0, len(parameters), _PARAMETERS_PER_BATCH):
        client.log_batch(run_id, params=parameters[start : start + _PARAMETERS_PER_BATCH])
    time = run.info.end_time
    metrics = [Metric(name, value, time, 0) for name, value in run.data.metrics.items()]
    for start in range(0, len(metrics), _METRICS_PER_BATCH):
        client.log_batch(run_id, metrics=metrics[start : start + _METRICS_PER_BATCH])


def _of(parent: str) -> str:
    return f"tags.`{_PARENT}` = '{parent}'"


def _search(experiments: list[str], query: str) -> Iterator:
    import mlflow

    client, token = mlflow.MlflowClient(), None
    while True:
        page = client.search_runs(experiments, query, max_results=_PER_PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return
