"""What the factors of a study change: effects with intervals, interactions, and sentences."""

from mlflow_latents.compare.effects.brief import brief_sentences
from mlflow_latents.compare.effects.figures import effect_figures
from mlflow_latents.compare.effects.found import Effects, corrections, find_effects
from mlflow_latents.compare.effects.measures import MEASURES, METRIC, RATIOS, is_ratio
from mlflow_latents.compare.effects.sentences import effect_sentences, headline_sentences
from mlflow_latents.compare.effects.shown import effects_latex, effects_markdown
from mlflow_latents.compare.effects.tables import effects_table, interactions_table
from mlflow_latents.plots.effects import CLEAR

__all__ = [
    "CLEAR",
    "MEASURES",
    "METRIC",
    "RATIOS",
    "Effects",
    "brief_sentences",
    "corrections",
    "effect_figures",
    "effect_sentences",
    "effects_latex",
    "effects_markdown",
    "effects_table",
    "find_effects",
    "headline_sentences",
    "interactions_table",
    "is_ratio",
]
