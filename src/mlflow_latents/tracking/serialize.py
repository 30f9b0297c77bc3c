"""Frozen dataclasses to JSON and back: configurations and reports as artifacts of a run."""

import dataclasses
import json
import typing
from functools import cache

import numpy as np

from mlflow_latents.stats import GaussianFit, LatentReport


def to_json(value) -> str:
    """Write a dataclass of numbers, strings, tuples, arrays and dataclasses as JSON text."""
    return json.dumps(_converter().unstructure(value), indent=1)


def from_json(cls: type, text: str):
    """Read back what `to_json` wrote of an instance of `cls`, exactly."""
    return _converter().structure(json.loads(text), cls)


def report_to_json(report: LatentReport) -> str:
    """Write a report without its Gaussian fit, whose (d, d) arrays are an artifact of their own."""
    parts = {name: getattr(report, name) for name in _report_parts()}
    return json.dumps(_converter().unstructure(parts), indent=1)


def report_from_json(text: str, fit: GaussianFit) -> LatentReport:
    """Read back what `report_to_json` wrote, and join it with its Gaussian fit."""
    values = json.loads(text)
    types = typing.get_type_hints(LatentReport, include_extras=True)
    parts = {name: _converter().structure(values[name], types[name]) for name in _report_parts()}
    return LatentReport(fit=fit, **parts)


def _report_parts() -> list[str]:
    return [field.name for field in dataclasses.fields(LatentReport) if field.name != "fit"]


@cache
def _converter():
    import cattrs

    converter = cattrs.Converter()
    converter.register_unstructure_hook_func(_is_array, _array_to_lists)
    converter.register_structure_hook_func(_is_array, lambda values, _: _array_from_lists(values))
    return converter


def _array_to_lists(array: np.ndarray) -> list | dict:
    """Write an array as lists, which for an empty one do not tell its shape."""
    array = np.asarray(array)
    return array.tolist() if array.size or array.ndim == 1 else {"shape": list(array.shape)}


def _array_from_lists(values: list | dict) -> np.ndarray:
    return np.empty(values["shape"]) if isinstance(values, dict) else np.asarray(values)


def _is_array(annotation) -> bool:
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return (typing.get_origin(annotation) or annotation) is np.ndarray
