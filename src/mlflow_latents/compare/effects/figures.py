"""Figures of effects, and of means by pairs of factors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from mlflow_latents.compare.effects.found import Effects
from mlflow_latents.compare.words import label_of, listed
from mlflow_latents.plots import Caption
from mlflow_latents.plots import effects as forest
from mlflow_latents.plots import interactions as means
from mlflow_latents.plots.style import to_png

PANELS = 6  # of one figure
LONE = "Means with 95 % confidence intervals, and single runs as faint points."


def effect_figures(effects: Effects) -> Iterator[tuple[str, Caption, bytes]]:
    """Draw the effects, and the means by each pair of factors (by the one where there is one).

    Yields
    ------
    name, caption, png
        `effects`, and `means_FACTOR` or `interaction_FACTOR_OTHER`; of more than six measures
        further figures with `_2`, `_3`, ... at the end.
    """
    compared = list(dict.fromkeys(effects.table["measure"]))
    for ending, names in _pages(compared):
        table = effects.table[effects.table["measure"].isin(names)]
        rows = table.assign(measure=table["measure"].map(label_of)).to_dict("records")
        caption = _further(forest) if ending else forest.CAPTION
        caption = _with_metrics(caption, names)
        yield f"effects{ending}", caption, to_png(forest.draw_effects(forest.effects_info(rows)))
    runs = effects.runs
    pairs = list(combinations(runs.chosen, 2)) or [(runs.chosen[0],)]
    for pair in pairs:
        name = "_".join(["interaction" if len(pair) > 1 else "means", *map(_file_name, pair)])
        # Means that cannot be compared would mislead; lines beside each other do not.
        for ending, names in _pages(runs.measures if len(pair) > 1 else compared):
            values = {label_of(measure): runs.values(measure) for measure in names}
            info = means.interactions_info(values, *pair, levels=runs.levels)
            caption = _further(means) if ending else _caption(effects, pair)
            caption = _with_metrics(caption, names)
            yield f"{name}{ending}", caption, to_png(means.draw_interactions(info))


def _pages(names) -> Iterator[tuple[str, list[str]]]:
    """Divide measures among figures, with the endings of their names."""
    for start in range(0, len(names), PANELS):
        yield f"_{start // PANELS + 1}" if start else "", list(names[start : start + PANELS])


def _caption(effects: Effects, pair: tuple[str, ...]) -> Caption:
    runs = effects.runs
    title = means.CAPTION.title.format(factors=" and ".join(pair))
    text = means.CAPTION.how_to_read if len(pair) > 1 else LONE
    apart = [f for f in pair if not all(runs.comparable(m, f) for m in runs.measures)]
    if apart and len(pair) > 1:
        text += (
            f" Between levels of {' and '.join(apart)}, errors in pixels and measures of generated "
            "images cannot be compared: there only the course of each line counts."
        )
    return Caption(title, text)


def _with_metrics(caption: Caption, measures: Sequence[str]) -> Caption:
    """Say by which names the tracking store has the measures."""
    named = [f"{label_of(each)} is `{each}`" for each in measures if label_of(each) != each]
    if not named:
        return caption
    text = f"{caption.how_to_read} As metrics: the {listed(named)}."
    return Caption(caption.title, text)


def _further(figure) -> Caption:
    return Caption(figure.CAPTION.title.partition(" by ")[0], "The same for further measures.")


def _file_name(factor: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in factor)
