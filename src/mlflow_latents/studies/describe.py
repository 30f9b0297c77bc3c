"""A design in words, and as JSON for those who read the tracking store alone."""

import json

from optuna.distributions import BaseDistribution, CategoricalDistribution

from mlflow_latents.studies.design import Design, Factorial, Objective, Settings
from mlflow_latents.tracking import spell


def design_lines(design: Design) -> list[str]:
    """Say what a design varies and what it keeps, a line each."""
    if isinstance(design, Factorial):
        varied = [f"{f.name}: {', '.join(map(_level, f.levels.items()))}" for f in design.factors]
        varied.append(f"replicates: {design.seeds} seeds of weights and order for each combination")
    else:
        varied = [f"{name}: {_space(space)}" for name, space in design.space.items()]
        varied.append(f"sampler: {design.sampler}; made small: {', '.join(design.measures)}")
    stays = {n: value for n, value in design.fixed.items() if n not in design.distributions}
    fixed = ", ".join(f"{name}={spell(value)}" for name, value in stays.items())
    return [*varied, f"fixed: {fixed}"]


def note(objective: Objective, design: Design) -> str:
    """Describe a study for the MLflow UI, in Markdown."""
    lines = "\n".join(f"- {line}" for line in design_lines(design))
    return f"**{objective.question}**\n\n{objective.expectation}\n\n{lines}"


def design_json(objective: Objective, design: Design, scale: str) -> str:
    """Write what an answer needs to know of a study as JSON text."""
    factors = (
        {f.name: list(f.levels) for f in design.factors} if isinstance(design, Factorial) else {}
    )
    settings = {
        f.name: {label: _spelled(each) for label, each in f.levels.items()}
        for f in getattr(design, "factors", ())
    }
    return json.dumps(
        {
            "objective": objective.name,
            "question": objective.question,
            "expectation": objective.expectation,
            "scale": scale,
            "measures": list(objective.measures),
            "minimized": list(design.measures),
            "factors": factors,
            "settings": settings,
            "trials": design.trials,
            "design": design_lines(design),
        },
        indent=1,
    )


def _level(level: tuple[str, Settings]) -> str:
    """Name a level, with its settings where its label is not the one that it sets."""
    label, settings = level
    spelled = _spelled(settings)
    if list(spelled.values()) == [label]:
        return f"“{label}”" if "," in label else label
    return f"“{label}” ({', '.join(f'{name}={value}' for name, value in spelled.items())})"


def _spelled(settings: Settings) -> dict[str, str]:
    return {name: spell(value) for name, value in settings.items()}


def _space(space: BaseDistribution) -> str:
    if isinstance(space, CategoricalDistribution):
        return " or ".join(map(str, space.choices))
    return f"{space.low:g} to {space.high:g}{', evenly in its logarithm' if space.log else ''}"
