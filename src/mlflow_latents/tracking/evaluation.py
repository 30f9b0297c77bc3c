"""Judges what a model gives, or a table of vectors, in a run of `mlflow.models.evaluate`."""

import dataclasses
import io
import json
import numbers
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mlflow_latents.data.vectors import Vectors, join_held_out, read_vectors, vectors_in
from mlflow_latents.errors import InputError
from mlflow_latents.stats import AssessConfig, LatentReport
from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.assessment import judge, log_page, log_report
from mlflow_latents.tracking.configuration import EvaluationConfig, flatten
from mlflow_latents.tracking.names import latent_metrics
from mlflow_latents.tracking.page import Picture
from mlflow_latents.tracking.serialize import report_to_json
from mlflow_latents.tracking.writer import RunWriter

_OF_MLFLOW = "col_mapping"  # a key that MLflow reads itself and passes on


def evaluate_vectors(dataset, run_id: str, given: Mapping | None, model=None, column=None):
    """Judge vectors in the active run, as `LatentsEvaluator.evaluate` says.

    Parameters
    ----------
    dataset
        The `mlflow.models.EvaluationDataset`.
    run_id
        Id of the active run, which may be somebody's who logs other things there too: it gets no
        parameters, which nobody could change any more.
    given
        The evaluator_config.
    model
        What gives vectors; None where the data set holds them.
    column
        Column of the model's output that holds the vectors.

    Returns
    -------
    mlflow.models.EvaluationResult
        The metrics, and as artifacts the report, as page and as JSON, and the figures.

    Raises
    ------
    InputError
        Before anything is logged, when there are no vectors to judge.
    """
    from mlflow.models.evaluation import EvaluationResult

    config = read_evaluator_config(given or {})
    vectors = _vectors(dataset, model, column, (given or {}).get("held_out"))
    report = judge(vectors, config.seed, config.assess)
    metrics = latent_metrics(report)
    run = RunWriter(run_id)
    run.keep_configuration(config)
    run.log_latents(vectors, config.latents_kept, config.seed)
    pictures = log_report(run, vectors, report)
    page = log_page(run, config, report, metrics, pictures)
    return EvaluationResult(metrics, _artifacts(page, report, pictures), run_id)


def read_evaluator_config(given: Mapping) -> EvaluationConfig:
    """Read an evaluator_config.

    Raises
    ------
    InputError
        When it holds a key that is not known, or a value of another type than the setting's.
    """
    defaults = flatten(EvaluationConfig())
    unknown = sorted(map(str, given.keys() - defaults.keys() - {_OF_MLFLOW}))
    if unknown:
        raise InputError(
            f"evaluator_config holds {', '.join(unknown)}, which the evaluator latents does not "
            f"know: give some of {', '.join(defaults)}."
        )
    values = {
        name: _typed(name, given[name], default)
        for name, default in defaults.items()
        if name in given and name != "held_out"
    }
    if given.get("held_out") is not None:
        file = isinstance(given["held_out"], str | Path)
        values["held_out"] = str(given["held_out"]) if file else "data"
    own = {field.name for field in dataclasses.fields(AssessConfig)}
    assess = AssessConfig(**{name: values.pop(name) for name in own & values.keys()})
    return EvaluationConfig(**values, assess=assess)


def _typed(name: str, value, default):
    if value is None and default is None:
        return None
    kind = int if default is None else type(default)
    wanted = {int: numbers.Integral, float: numbers.Real}.get(kind, kind)
    if not isinstance(value, wanted) or isinstance(value, bool) != (kind is bool):
        raise InputError(f"evaluator_config holds {name}={value!r}: give a value like {default!r}.")
    return kind(value)


def _vectors(dataset, model, column: str | None, held_out) -> Vectors:
    if model is None:
        data = dataset.predictions_data if dataset.has_predictions else dataset.features_data
        vectors = vectors_in(data, "The data")
    else:
        vectors = _predicted(model, dataset.features_data, column, "The output of the model")
    if held_out is None:
        return vectors
    if isinstance(held_out, str | Path):
        return join_held_out(vectors, read_vectors(held_out))
    if model is None:
        others = vectors_in(_same_columns(dataset, held_out), "held_out")
    else:
        others = _predicted(model, held_out, column, "The output of the model for held_out")
    return join_held_out(vectors, others)


def _predicted(model, inputs, column: str | None, what: str) -> Vectors:
    output = model.predict(_folded(model, inputs))
    if column is not None:
        try:
            output = output[column]
        except (KeyError, IndexError, TypeError) as error:
            raise InputError(
                f"{what} has no column {column!r}: correct predictions, or leave it out."
            ) from error
    return vectors_in(output, what)


def _folded(model, inputs):
    """Fold rows to what the model takes: `mlflow.models.evaluate` refuses all but tables."""
    schema = model.metadata.get_input_schema() if getattr(model, "metadata", None) else None
    if schema is None or not schema.is_tensor_spec() or not isinstance(inputs, np.ndarray):
        return inputs
    shape = schema.inputs[0].shape[1:]
    fits = len(schema.inputs) == 1 and min(shape, default=0) > 0
    if fits and len(shape) > 1 and inputs.ndim == 2 and inputs.shape[1] == np.prod(shape):
        return inputs.reshape(-1, *shape)
    return inputs


def _same_columns(dataset, held_out):
    """Take out of held-out data the columns that hold the vectors in the data set."""
    if not hasattr(held_out, "columns") or not hasattr(dataset.features_data, "columns"):
        return held_out
    own = [dataset.predictions_name] if dataset.has_predictions else dataset.features_data.columns
    missing = [name for name in own if name not in held_out.columns]
    if missing:
        raise InputError(
            f"held_out has no column {missing[0]!r}: give the columns that the data have."
        )
    return held_out[own[0]] if dataset.has_predictions else held_out[list(own)]


def _artifacts(page: str, report: LatentReport, pictures: Sequence[Picture]) -> dict:
    import mlflow
    from mlflow.models.evaluation.artifacts import (
        ImageEvaluationArtifact,
        JsonEvaluationArtifact,
        TextEvaluationArtifact,
    )
    from PIL import Image

    figures = {f"{artifacts.FIGURES}/{each.name}.png": each.png for each in pictures}
    return {
        artifacts.PAGE: TextEvaluationArtifact(mlflow.get_artifact_uri(artifacts.PAGE), page),
        artifacts.REPORT: JsonEvaluationArtifact(
            mlflow.get_artifact_uri(artifacts.REPORT), json.loads(report_to_json(report))
        ),
        **{
            path: ImageEvaluationArtifact(
                mlflow.get_artifact_uri(path), Image.open(io.BytesIO(png))
            )
            for path, png in figures.items()
        },
    }
