"""Figures of effects, and of means by pairs of factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from mlflow_latents.compare.effects.counted import count_runs
from mlflow_latents.compare.effects.tables import table_of
from mlflow_latents.plots.effects import draw_effects, effects_info
from mlflow_latents.plots.interactions import draw_interactions, interactions_info
from mlflow_latents.plots.style import to_png

if TYPE_CHECKING:
    import pandas as pd

PANELS = 6


def effect_figures(
    frame: pd.DataFrame,
    factors: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    measures: Sequence[str] | None = None,
) -> dict[str, bytes]:
    """Draw the effects, and the means by each pair of factors (by the one where there is one).

    Parameters and errors are those of `effects_table`.

    Returns
    -------
    dict
        PNG files by name: `effects`, and `means_FACTOR` or `interaction_FACTOR_OTHER`; of more than
        six measures further figures with `_2`, `_3`, ... at the end.
    """
    runs = count_runs(frame, factors, measures)
    table = table_of(runs)
    pairs = list(combinations(runs.chosen, 2)) or [(runs.chosen[0],)]
    pictures = {}
    for start in range(0, len(runs.measures), PANELS):
        here = runs.measures[start : start + PANELS]
        ending = f"_{start // PANELS + 1}" if start else ""
        rows = table[table["measure"].isin(here)].to_dict("records")
        pictures[f"effects{ending}"] = to_png(draw_effects(effects_info(rows, len(table))))
        values = {name: runs.values(name) for name in here}
        for pair in pairs:
            info = interactions_info(values, *pair, levels=runs.levels)
            word = "interaction" if len(pair) > 1 else "means"
            name = "_".join([word, *map(_file_name, pair)])
            pictures[f"{name}{ending}"] = to_png(draw_interactions(info))
    return pictures


def _file_name(factor: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in factor)
