"""The evaluator `latents` of `mlflow.models.evaluate`.

MLflow imports this module in every process that evaluates anything: what judges is imported when
vectors are to be judged.
"""

from mlflow.models.evaluation.base import ModelEvaluator


class LatentsEvaluator(ModelEvaluator):
    """Judges whatever gives vectors; entry point `latents` of `mlflow.model_evaluator`.

    Examples
    --------
    >>> mlflow.models.evaluate(  # doctest: +SKIP
    ...     "models:/my_encoder/1", data, model_type="embedding", evaluators="latents"
    ... )
    """

    @classmethod
    def can_evaluate(cls, *, model_type: str, evaluator_config, **kwargs) -> bool:
        """Whether this is asked for: no other type of model is any of its business."""
        return model_type == "embedding"

    def evaluate(
        self, *, dataset, run_id, evaluator_config, model=None, predictions=None, **kwargs
    ):
        """Judge vectors, log metrics, figures and report in the run, and give the metrics.

        Parameters
        ----------
        dataset : mlflow.models.EvaluationDataset
            Inputs of the model; without a model, vectors: a column of vectors that `predictions`
            names, or columns of numbers.
        run_id : str
            Id of the active run.
        evaluator_config : dict
            Fields of `EvaluationConfig` and of `AssessConfig`.
        model : mlflow.pyfunc.PyFuncModel, optional
            What gives vectors.
        predictions : str, optional
            Column of the model's output that holds the vectors, where there are several.
        **kwargs
            What other evaluators want, such as `extra_metrics`.

        Returns
        -------
        mlflow.models.EvaluationResult

        Raises
        ------
        InputError
            Before anything is logged, when there are no vectors to judge, or `evaluator_config`
            holds something else.
        """
        from mlflow_latents.tracking.evaluation import evaluate_vectors

        return evaluate_vectors(dataset, run_id, evaluator_config, model, predictions)
