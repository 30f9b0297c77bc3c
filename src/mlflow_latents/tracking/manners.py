"""How MLflow's UI and `mlflow run` treat a run, and what that asks of us."""

NOTE_TAG = "mlflow.note.content"  # the description that the UI shows
_EXPERIMENT_KIND = "mlflow.experimentKind"


def show_as_training(experiment_id: str) -> None:
    """Have the MLflow UI show an experiment as model training, unless its kind is known."""
    import mlflow

    client = mlflow.MlflowClient()
    if _EXPERIMENT_KIND not in client.get_experiment(experiment_id).tags:
        client.set_experiment_tag(experiment_id, _EXPERIMENT_KIND, "custom_model_development")


def is_random(name: str | None) -> bool:
    """Whether MLflow has made up a run's name, such as gifted-wren-120."""
    from mlflow.utils import name_utils

    predicate, _, rest = (name or "").partition("-")
    noun, _, number = rest.partition("-")
    return (
        predicate in name_utils._GENERATOR_PREDICATES
        and noun in name_utils._GENERATOR_NOUNS
        and number.isdigit()
    )


def leave_run_of_mlflow_run(other: str) -> None:
    """End the empty run that `mlflow run` has made, and say in it which run was written instead.

    It cannot be deleted: MLflow ends it once more afterwards, and fails where it is gone.
    """
    import mlflow
    from mlflow.environment_variables import MLFLOW_RUN_ID

    made = MLFLOW_RUN_ID.get()
    MLFLOW_RUN_ID.unset()
    if made and made != other:
        client = mlflow.MlflowClient()
        client.set_tag(made, NOTE_TAG, f"What this command did is in run {other}.")
        client.set_terminated(made)
        client.update_run(made, name=f"see run {other[:8]}")
