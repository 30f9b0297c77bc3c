"""What a metric of a run is."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A metric of a run.

    Parameters
    ----------
    name
        Name in the tracking store.
    meaning
        What the number says and which value means "normal", for a person.
    value
        Takes the metric from the judgement or the geometry that it belongs to; None for the
        metrics that training logs.
    """

    name: str
    meaning: str
    value: Callable | None = None
