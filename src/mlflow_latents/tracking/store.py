"""Is the tracking store there? Asked before anything is decoded or trained."""

import http.client
import logging
import os
import shlex
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from mlflow_latents.errors import InputError

HEALTH_TIMEOUT = 10.0  # seconds
ATTEMPTS, PAUSE = 5, 2.0  # seconds
_DATABASES = ("postgresql", "mysql", "mssql")


def check_store() -> None:
    """Reach the tracking store, creating a local database when there is none yet.

    Raises
    ------
    InputError
        When the store cannot be reached, or the experiment that the environment names is not there.
        MLflow itself would retry a silent server for minutes, after the training.
    """
    import mlflow
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    logging.getLogger("alembic").setLevel(logging.WARNING)
    uri = mlflow.get_tracking_uri()
    errors = OSError, MlflowException, SQLAlchemyError, ImportError, ValueError
    try:
        if uri.startswith(("http://", "https://")):
            _ask_health(uri)
        if uri.startswith("sqlite:///"):
            _check_folder(Path(unquote(uri.removeprefix("sqlite:///"))).absolute().parent)
        elif uri.startswith(_DATABASES):
            _connect(uri)
        _retried(mlflow.MlflowClient().search_experiments, SQLAlchemyError)
    except (*errors, http.client.HTTPException) as error:
        raise InputError(
            f"The tracking store {_without_password(uri)} cannot be used ({_first_line(error)}): "
            "start the server or correct MLFLOW_TRACKING_URI; unset, runs go to mlflow.db in the "
            "current folder."
        ) from error
    _check_experiment()


def how_to_look() -> str:
    """Say how a person opens the store's runs in the MLflow UI."""
    import mlflow

    uri = mlflow.get_tracking_uri()
    if uri.startswith(("http://", "https://")):
        return f"open {_without_password(uri)}"
    return f"mlflow ui --backend-store-uri {shlex.quote(_without_password(uri))}"


def shown_store() -> str:
    """Give the address of the tracking store without a password."""
    import mlflow

    return _without_password(mlflow.get_tracking_uri())


def _ask_health(uri: str) -> None:
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=HEALTH_TIMEOUT):
            pass
    except urllib.error.HTTPError:
        # Something answers; a server behind a login may refuse this question but take MLflow's.
        return


def _connect(uri: str) -> None:
    import sqlalchemy

    with sqlalchemy.create_engine(uri, poolclass=sqlalchemy.NullPool).connect():
        pass


def _check_folder(folder: Path) -> None:
    if not os.access(folder, os.W_OK):
        raise OSError(f"there is no folder {folder} that can be written to")


def _retried(ask, errors) -> None:
    """Ask again where another process is creating the same database."""
    for _ in range(ATTEMPTS - 1):
        try:
            ask(max_results=1)
        except errors:
            time.sleep(PAUSE)
        else:
            return
    ask(max_results=1)


def _check_experiment() -> None:
    import mlflow
    from mlflow.environment_variables import MLFLOW_EXPERIMENT_ID, MLFLOW_EXPERIMENT_NAME
    from mlflow.exceptions import MlflowException

    client = mlflow.MlflowClient()
    number, name = MLFLOW_EXPERIMENT_ID.get(), MLFLOW_EXPERIMENT_NAME.get()
    try:
        experiment = client.get_experiment(number) if number else None
    except MlflowException as error:
        raise InputError(
            f"There is no experiment {number}: correct MLFLOW_EXPERIMENT_ID or unset it."
        ) from error
    if name and not number:
        experiment = client.get_experiment_by_name(name)
    if experiment is not None and experiment.lifecycle_stage == "deleted":
        raise InputError(
            f"The experiment {experiment.name!r} has been deleted: restore it, or name another one "
            "by MLFLOW_EXPERIMENT_NAME."
        )


def _without_password(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        if parts.password is None:
            return uri
    except ValueError:
        return uri
    return urlunsplit(parts._replace(netloc=f"{parts.username}:…@{parts.netloc.split('@')[-1]}"))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
