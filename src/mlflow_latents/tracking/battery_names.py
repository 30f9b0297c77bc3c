"""Names of the metrics of the battery of tests and of the distance from normal."""

from collections.abc import Callable

import numpy as np

from mlflow_latents.stats import Battery, Distance
from mlflow_latents.stats.battery import STANDARD
from mlflow_latents.tracking.metric import Metric

_SEES = {
    "radial": "the law of the radii",
    "direction": "uneven directions, whatever the radii",
    "marginal": "skewness and kurtosis of the coordinates",
    "principal": "skewness and kurtosis of the principal axes",
    "plane": "principal axes that depend on each other",
    "sliced": "projections on random directions",
    "mardia_skewness": "the skewness of the whole cloud",
    "pursuit": "the most non-normal directions, sought on half of the vectors",
}


def _of_test(test: str, value: Callable) -> Callable[[Battery], float]:
    def take(battery: Battery) -> float:
        result = battery.result(test)
        return np.nan if result is None else value(result)

    return take


BATTERY: tuple[Metric, ...] = (
    Metric(
        "battery/pvalue",
        "Smallest p-value of the battery, corrected for the number of tests (Holm): under 0.05 it "
        "rejects, which with many vectors says nothing of how far the cloud is from normal.",
        lambda battery: battery.pvalue,
    ),
    *(
        Metric(
            f"battery/{test}_pvalue",
            f"p-value of the test of {_SEES[test]}, uncorrected; absent where it cannot tell.",
            _of_test(test, lambda result: result.pvalue),
        )
        for test in STANDARD
    ),
    *(
        Metric(
            f"battery/{test}_effect",
            f"Effect size of the test of {_SEES[test]}; its unit stands in the report.",
            _of_test(test, lambda result: result.effect),
        )
        for test in STANDARD
    ),
)


def _nats(kind: str, summary: str) -> Callable[[Distance], float]:
    def take(distance: Distance) -> float:
        found = getattr(distance, kind)
        return np.nan if found is None else getattr(found, summary)

    return take


def _gain(model: str) -> Callable[[Distance], float]:
    def take(distance: Distance) -> float:
        likelihood = distance.likelihood
        if likelihood is None:
            return np.nan
        return likelihood.gain[likelihood.names.index(model)]

    return take


def _core(attribute: str) -> Callable[[Distance], float]:
    return lambda distance: np.nan if distance.core is None else getattr(distance.core, attribute)


DISTANCE: tuple[Metric, ...] = (
    *(
        Metric(
            f"negentropy/{kind}_{summary}",
            f"Nats per vector lost by taking an axis for normal: {summary} of the {axes}; 0 is "
            "normal (chance subtracted).",
            _nats(kind, summary),
        )
        for kind, axes in (
            ("marginal", "coordinate axes"),
            ("principal", "principal axes"),
            ("pursued", "directions that the pursuit found, on vectors that it did not search"),
        )
        for summary in ("mean", "worst")
    ),
    Metric(
        "likelihood/gaussian",
        "Log-likelihood of vectors that the fit has not seen under the fitted normal "
        "distribution, in nats per vector and dimension.",
        lambda distance: (
            np.nan if distance.likelihood is None else distance.likelihood.per_dimension[0]
        ),
    ),
    *(
        Metric(
            f"likelihood/{model}_gain",
            f"Log-likelihood of unseen vectors under {words}, over that under the normal "
            "distribution, in nats per vector and dimension; 0 is normal.",
            _gain(model),
        )
        for model, words in (
            ("independent", "independent principal axes of any law"),
            ("elliptical", "an elliptical law with radii of any law"),
            ("mixture", "a mixture of up to ten normal distributions"),
        )
    ),
    Metric("core/level", "Level up to which the core was judged.", _core("level")),
    Metric("core/share", "Share of the vectors within the core.", _core("share")),
    Metric("core/normal", "Whether the core is normal: 1 or 0.", _core("normal")),
)
