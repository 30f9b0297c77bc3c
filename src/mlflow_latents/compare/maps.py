"""Whether the maps of several encoders answer to the same kind of thing."""

from collections.abc import Iterator, Mapping

import numpy as np

from mlflow_latents.compare.answers.blocks import Items, Section, Table, Text
from mlflow_latents.compare.probes import ComparedProbes, probed_runs, read_rows
from mlflow_latents.compare.words import counted, number, with_spread
from mlflow_latents.plots import compared_maps as of_maps
from mlflow_latents.plots.style import to_png
from mlflow_latents.stats.auc import area_under_curve
from mlflow_latents.tracking import Picture, artifacts

TITLE = "What maps answer to, run by run"
COUNTS = {"maps/count": "maps", "maps/dead": "dead maps"}
MEDIANS = {
    "maps/activation_median": "mean response, median",
    "maps/active_median": "share of the neurons above 0, median",
    "maps/selectivity_median": "selectivity, median",
    "maps/pattern_sd_median": "best pattern, sd above the mean response, median",
    "maps/image_sd_median": "best held-out image, the same, median",
    "maps/colour_r2_median": "share explained by the mean colour, median",
    "maps/labels_r2_median": "share explained by all labels, median",
    "maps/correlation_max_mean": "correlation with the best attribute, held-out, mean",
    "maps/attributed": "share of the maps that go with an attribute",
    "maps/share_leading": "largest share in a leading principal axis",
    "maps/share_trailing": "largest share in a trailing principal axis",
    "maps/axis_correlation_leading": "largest correlation with a leading principal axis",
    "maps/axis_correlation_trailing": "largest correlation with a trailing principal axis",
}
BY_MAP = {
    "selectivity": "more selective",
    "correlation_held_out": "more strongly correlated with its best attribute",
}
LEAST = 2  # maps that respond
_CHANCE = (
    "The chances compare each map of one run with each of the first; 0.5 is no difference. ± is "
    "the standard error (DeLong et al. 1988) as if maps were drawn independently. Maps of one "
    "network share its training, so that it is too small for what another training seed would give."
)


def compare_maps(runs: Mapping[str, str]) -> ComparedProbes:
    """Say what differs between the maps of several runs; nothing is logged.

    Parameters
    ----------
    runs
        Id of each run by a label; the others are compared with the first.

    Returns
    -------
    ComparedProbes
        Sentences, table and figure.

    Raises
    ------
    InputError
        When runs have no findings about maps, saw other images, or all maps are dead.
    """
    found = probed_runs(runs, "maps")
    rows = {
        label: read_rows(label, run, f"{artifacts.MAPS}/maps.json") for label, run in found.items()
    }
    metrics = {label: run.data.metrics for label, run in found.items()}
    info = of_maps.compared_maps_info(rows)
    png = to_png(of_maps.draw_compared_maps(info))
    said = (*_counts(metrics, rows), *_chances(rows))
    sections = (
        Section("In short", (Items(said),)),
        Section("All maps of a run", (_table(metrics, rows), Text(_CHANCE))),
    )
    picture = Picture("compared_maps", of_maps.CAPTION, png)
    return ComparedProbes("compared_maps", TITLE, sections, _csv(rows), (picture,))


def more_than_first(
    first: list[dict[str, object]], other: list[dict[str, object]], measure: str
) -> tuple[float, float]:
    """Give the chance that a map of a run has more of a measure than one of the first run.

    Parameters
    ----------
    first, other
        Rows of the maps of both.
    measure
        selectivity or correlation_held_out.

    Returns
    -------
    chance, error : float
        NaN where either run has fewer than two maps of which it is known. The error takes maps for
        independent draws.
    """
    one, two = (of_maps.known_values(rows, measure) for rows in (first, other))
    if min(len(one), len(two)) < LEAST:
        return np.nan, np.nan
    positive = np.repeat([False, True], [len(one), len(two)])
    return area_under_curve(np.concatenate([one, two]), positive)


def _counts(metrics: Mapping[str, Mapping[str, float]], rows) -> Iterator[str]:
    for label, values in metrics.items():
        layer = rows[label][0].get("layer")
        count, dead = (int(values.get(name, 0)) for name in COUNTS)
        median = number(values.get("maps/selectivity_median", np.nan))
        yield (
            f"{label} has {counted(count, 'map')}{f' in layer {layer}' if layer else ''}, "
            f"{dead or 'none'} of them dead, with a median selectivity of {median}."
        )


def _chances(rows: Mapping[str, list[dict[str, object]]]) -> Iterator[str]:
    first, *others = rows
    for label in others:
        for measure, words in BY_MAP.items():
            chance, error = more_than_first(rows[first], rows[label], measure)
            if np.isfinite(chance):
                yield (
                    f"A map of {label} is {words} than one of {first} with a chance of "
                    f"{with_spread(chance, error)}."
                )
    yield (
        "One training of each setting does not tell whether maps differ by the setting or by the "
        "seed."
    )


def _table(metrics, rows) -> Table:
    lines = [
        (words, *(number(values.get(name, np.nan)) for values in metrics.values()))
        for name, words in (COUNTS | MEDIANS).items()
        if any(name in values for values in metrics.values())
    ]
    first = next(iter(rows))
    for measure, words in BY_MAP.items():
        cells = [
            with_spread(*more_than_first(rows[first], each, measure)) for each in rows.values()
        ]
        if set(cells[1:]) != {"–"}:
            lines.append((f"chance of a map {words} than one of {first}", "–", *cells[1:]))
    return Table(("", *rows), tuple(lines))


def _csv(rows: Mapping[str, list[dict[str, object]]]) -> str:
    import pandas as pd

    listed = [{"run": label, **row} for label, each in rows.items() for row in each]
    return pd.DataFrame(listed).to_csv(index=False, lineterminator="\n")
