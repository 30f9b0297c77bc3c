"""What a study does: factors and their levels, or a space to search, and settings that stay."""

import hashlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    IntDistribution,
    distribution_to_json,
)

from mlflow_latents.tracking import ExperimentConfig, spell
from mlflow_latents.tracking.configuration import digest_of, with_settings

REPLICATE = "replicate"
MOST_REPLICATES = 10_000
Settings = Mapping[str, object]

# What a study asks of every trial where it says nothing else: what is least is best.
MEASURES = ("reconstruction/mse", "latent/radial/wasserstein")


@dataclass(frozen=True)
class Factor:
    """What a design varies.

    Parameters
    ----------
    name
        What it is called in tables and figures.
    levels
        Settings of each level, by its label.
    """

    name: str
    levels: Mapping[str, Settings]


def levels(setting: str, *values) -> Factor:
    """Give a factor that is one setting, with these values."""
    return Factor(setting, {spell(value): {setting: value} for value in values})


@dataclass(frozen=True)
class Cell:
    """One trial to do.

    Parameters
    ----------
    params
        What Optuna knows of it: the level of each factor by name, and `replicate`; or the values
        found by a search.
    settings
        All settings of the experiment that differ from the default.
    """

    params: Mapping[str, object]
    settings: Settings

    @property
    def config(self) -> ExperimentConfig:
        """The experiment."""
        return with_settings(ExperimentConfig(), self.settings)


@dataclass(frozen=True)
class Factorial:
    """Every combination of the levels of all factors, each with several seeds.

    Parameters
    ----------
    factors
        What varies.
    seeds
        Replicates: how often each combination is trained, with other initial weights and another
        order of the images.
    fixed
        Settings of all trials.
    """

    factors: tuple[Factor, ...]
    seeds: int
    fixed: Settings = field(default_factory=dict)

    @property
    def trials(self) -> int:
        """How many trials make the whole design."""
        return self.seeds * len(list(self._combinations()))

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """What Optuna is told of the parameters."""
        choices = {f.name: CategoricalDistribution(tuple(f.levels)) for f in self.factors}
        return {**choices, REPLICATE: IntDistribution(0, MOST_REPLICATES)}

    @property
    def measures(self) -> tuple[str, ...]:
        """Metrics that Optuna is told."""
        return MEASURES

    def planned(self, number: int) -> dict[str, object]:
        """Give the parameters of the trial with a number; replicates are outermost.

        A study that is stopped early has so done all combinations equally often, and one of more
        trials than the whole design goes on with further seeds.
        """
        combinations = list(self._combinations())
        replicate, at = divmod(number, len(combinations))
        names = [factor.name for factor in self.factors]
        return {**dict(zip(names, combinations[at], strict=True)), REPLICATE: replicate}

    def cell(self, params: Mapping[str, object]) -> Cell:
        """Give the trial with these parameters."""
        settings = {**self.fixed, "seed": params[REPLICATE]}
        for factor in self.factors:
            settings |= factor.levels[params[factor.name]]
        return Cell(params, settings)

    def experiments(self) -> list[str]:
        """Give the digest of the experiment of each combination."""
        first = range(len(list(self._combinations())))
        return [digest_of(self.cell(self.planned(number)).config) for number in first]

    def _combinations(self):
        return itertools.product(*(factor.levels for factor in self.factors))


@dataclass(frozen=True)
class Search:
    """A space of settings that Optuna searches.

    Parameters
    ----------
    space
        Distribution of each setting by its name.
    trials
        How many trials are done, unless another number is asked for.
    fixed
        Settings of all trials.
    sampler
        How Optuna chooses: tpe, nsgaii, or qmc, which covers the space evenly.
    measures
        Metrics that are to become small.
    """

    space: Mapping[str, BaseDistribution]
    trials: int
    fixed: Settings = field(default_factory=dict)
    sampler: str = "tpe"
    measures: tuple[str, ...] = MEASURES

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """What Optuna is told of the parameters."""
        return dict(self.space)

    def planned(self, number: int) -> dict[str, object]:
        """Give the parameters that are fixed beforehand: none."""
        return {}

    def experiments(self) -> list[str]:
        """Give the digest of the experiment before anything is searched, and the sampler."""
        return [digest_of(self.cell({}).config), self.sampler]

    def cell(self, params: Mapping[str, object]) -> Cell:
        """Give the trial with these parameters."""
        return Cell(params, {**self.fixed, **{name: _typed(x) for name, x in params.items()}})


Design = Factorial | Search


@dataclass(frozen=True)
class Objective:
    """A question, and the designs that answer it.

    Parameters
    ----------
    name
        Name on the command line.
    question
        The question, as a person asks it.
    expectation
        What is believed beforehand, so that the answer may contradict it.
    measures
        Metrics that the answer speaks of, first the most telling.
    designs
        Design by scale: smoke (minutes), small (up to two hours on two cores), paper.
    """

    name: str
    question: str
    expectation: str
    measures: tuple[str, ...]
    designs: Mapping[str, Design]


def design_digest(design: Design) -> str:
    """Identify a design, however many of its trials are done: 16 hexadecimal digits.

    Settings that it leaves at their defaults count, too: they may change with the package.
    """
    parts = {
        "parameters": {n: distribution_to_json(d) for n, d in design.distributions.items()},
        "measures": design.measures,
        "experiments": design.experiments(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _typed(value):
    """Read a choice that Optuna keeps as text, such as the maps "16,32,64"."""
    if isinstance(value, str) and "," in value:
        return tuple(int(part) for part in value.split(","))
    return value
