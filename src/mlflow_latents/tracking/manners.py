"""How MLflow's UI and `mlflow run` treat a run, and what that asks of us."""

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


def drop_run_of_mlflow_run(resumed: str) -> None:
    """Delete the empty run that `mlflow run -P resume=…` has made beside the resumed one."""
    import mlflow
    from mlflow.environment_variables import MLFLOW_RUN_ID

    made = MLFLOW_RUN_ID.get()
    MLFLOW_RUN_ID.unset()
    if made and made != resumed:
        client = mlflow.MlflowClient()
        client.set_terminated(made)
        client.delete_run(made)
