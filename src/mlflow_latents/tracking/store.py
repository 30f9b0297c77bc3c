"""Is the tracking store there? Asked before anything is decoded or trained."""

import logging
import urllib.error
import urllib.request

from mlflow_latents.errors import InputError

HEALTH_TIMEOUT = 10.0  # seconds


def check_store() -> None:
    """Reach the tracking store, creating a local database when there is none yet.

    Raises
    ------
    InputError
        When the store cannot be reached. MLflow itself would retry a silent server for minutes,
        after the training.
    """
    import mlflow
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    logging.getLogger("alembic").setLevel(logging.WARNING)
    uri = mlflow.get_tracking_uri()
    try:
        if uri.startswith(("http://", "https://")):
            _ask_health(uri)
        mlflow.MlflowClient().search_experiments(max_results=1)
    except (OSError, MlflowException, SQLAlchemyError, ImportError) as error:
        raise InputError(
            f"The tracking store {uri} cannot be used ({_first_line(error)}): start the server or "
            "correct MLFLOW_TRACKING_URI; unset, runs go to mlflow.db in the current folder."
        ) from error


def how_to_look() -> str:
    """Say how a person opens the store's runs in the MLflow UI."""
    import mlflow

    uri = mlflow.get_tracking_uri()
    if uri.startswith(("http://", "https://")):
        return f"open {uri}"
    return f"mlflow ui --backend-store-uri {uri}"


def _ask_health(uri: str) -> None:
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=HEALTH_TIMEOUT):
            pass
    except urllib.error.HTTPError:
        # Something answers; a server behind a login may refuse this question but take MLflow's.
        return


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
