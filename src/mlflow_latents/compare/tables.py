"""Runs side by side as a table: what they were asked to do differently, and what came of it."""

import difflib
import fnmatch
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlflow_latents.compare.runs import factor_columns
from mlflow_latents.errors import InputError
from mlflow_latents.tracking.configuration import NAMES_AND_PLACES

if TYPE_CHECKING:
    import pandas as pd

MEASURES = (
    "latent/radial/variance_ratio",
    "latent/radial/normal_axes",
    "latent/marginal/ks_mean",
    "latent/principal/ks_mean",
    "latent/negentropy/principal_mean",
    "latent/held_out/radial/variance_ratio",
    "reconstruction/mse",
    "generation/ellipsoid/swd",
    "generation/ellipsoid/frechet",
    "verdict",
)
SHORT = 8  # letters of a run's id
DIGITS = 4
LONGEST = 60  # letters of a cell

# Parameters that say only where, or how quickly.
_UNINTERESTING = NAMES_AND_PLACES | {"resume", "storage", "study", "workers"}
_BOOKKEEPING = ("mlflow.", "mlflow_latents.")  # tags that say nothing of the vectors
_RUN_ID = re.compile(r"\b[0-9a-f]{32}\b")
_CONSTANTS = {"none": None, "null": None, "": None, "true": True, "false": False}


def differing_parameters(frame: "pd.DataFrame") -> list[str]:
    """Name the parameters that differ between runs.

    Values count, not spellings: `mlflow run` logs what the user wrote, so that "1e-3" is "0.001"
    and "32, 64" is "32,64". Left out are parameters that say only where files lie, and a run that
    does not have a parameter at all is not counted as different.

    Parameters
    ----------
    frame
        Runs, as `select_runs` or `mlflow.search_runs` gives them.
    """
    columns = [name for name in frame.columns if name.startswith("params.")]
    names = [name.removeprefix("params.") for name in columns]
    return [
        name
        for name, column in zip(names, columns, strict=True)
        if name not in _UNINTERESTING and len({_value(text) for text in frame[column].dropna()}) > 1
    ]


def comparison_table(
    frame: "pd.DataFrame", measures: Sequence[str] | None = None
) -> "pd.DataFrame":
    """Put what differs between runs beside what was measured of them.

    Parameters
    ----------
    frame
        Runs, as `select_runs` gives them.
    measures
        Names of metrics or tags, or patterns such as ``generation/*/swd``; `MEASURES`, as far as
        any run has them, when not given.

    Returns
    -------
    pandas.DataFrame
        One row per run, labelled with its name and the beginning of its id. First the factors of
        a study that differ, then the parameters that differ beyond what the factors say, as text;
        then the measures.

    Raises
    ------
    InputError
        When no run has a measure that was asked for.
    """
    import pandas as pd

    factors = {
        name: one_spelling(frame[column])
        for name, column in factor_columns(frame).items()
        if frame[column].nunique() > 1
    }
    parameters = {
        name: one_spelling(frame[f"params.{name}"])
        for name in differing_parameters(frame)
        if name not in factors and not _is_told(frame[f"params.{name}"], factors)
    }
    measured = {name: frame[column] for name, column in _measures(frame, measures).items()}
    table = pd.DataFrame({**factors, **parameters, **measured})
    table.index = pd.Index(run_labels(frame).values(), name="run")
    return table


def run_labels(frame: "pd.DataFrame") -> dict[str, str]:
    """Label each run of a frame with its name and the beginning of its id, by its id."""
    named = zip(frame["run_id"], frame["run_name"].fillna("run"), strict=True)
    return {run_id: f"{name} {run_id[:SHORT]}" for run_id, name in named}


def as_csv(table: "pd.DataFrame") -> str:
    """Write a table as CSV, with all digits."""
    return table.to_csv(lineterminator="\n")


def as_latex(table: "pd.DataFrame") -> str:
    r"""Write a table as LaTeX, for ``\usepackage{booktabs}``."""
    styled = spelled(table).reset_index().style.hide(axis="index")
    styled = styled.format(escape="latex").format_index(escape="latex", axis="columns")
    return styled.to_latex(
        hrules=True, column_format="l" + "".join(_alignment(kind) for kind in table.dtypes)
    )


def as_markdown(table: "pd.DataFrame") -> str:
    """Write a table as Markdown."""
    rule = [":--", *("--:" if _alignment(kind) == "r" else ":--" for kind in table.dtypes)]
    cells = spelled(table).reset_index()
    return markdown_lines([list(cells.columns), rule, *cells.to_numpy().tolist()])


def markdown_lines(rows: Sequence[Sequence[str]]) -> str:
    """Write rows of texts as those of a Markdown table."""
    return "\n".join(f"| {' | '.join(map(_in_markdown, row))} |" for row in rows)


def _measures(frame, wanted: Sequence[str] | None) -> dict[str, str]:
    """Give the columns of the measures, by their names."""
    known = {
        name.removeprefix(kind): name
        for kind in ("tags.", "metrics.")
        for name in frame.columns
        if name.startswith(kind) and frame[name].notna().any()
    }
    if wanted is None:
        return {name: known[name] for name in MEASURES if name in known}
    chosen = {}
    for each in wanted:
        pattern = each.removeprefix("metrics.").removeprefix("tags.")
        found = [pattern] if pattern in known else fnmatch.filter(known, pattern)
        if not found:
            ours = [name for name in known if not name.startswith(_BOOKKEEPING)]
            near = difflib.get_close_matches(pattern, ours, n=3, cutoff=0.0)
            raise InputError(
                f"measures holds {each!r}, which no run has: choose metrics or tags, such as "
                f"{', '.join(near) or 'those of other runs'}."
            )
        chosen |= {name: known[name] for name in found}
    return chosen


def _is_told(column, factors) -> bool:
    """Whether the factors together determine a parameter."""
    if not factors:
        return False
    cells = list(zip(*factors.values(), strict=True))
    values = [_value(text) for text in column]
    return len(set(zip(cells, values, strict=True))) == len(set(cells))


def one_spelling(column: "pd.Series") -> list[str | None]:
    """Spell equal values of a parameter or factor alike, as the first run does."""
    seen = {}
    return [
        seen.setdefault(_value(text), text) if isinstance(text, str) else None for text in column
    ]


def _value(text: object) -> object:
    """Give what a parameter's text means: a number, a truth value, several of them, or the text."""
    if not isinstance(text, str):
        return None
    text = text.strip()
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    parts = text.strip("()[]").replace(",", " ").split()
    numbers = [_number(part) for part in parts]
    if not parts or any(number is None for number in numbers):
        return text
    return numbers[0] if len(numbers) == 1 and "," not in text else tuple(numbers)


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None


def spelled(table: "pd.DataFrame") -> "pd.DataFrame":
    """Spell all cells of a table for people: four digits, a dash where nothing is known."""
    return table.map(_spell)


def _spell(value: object) -> str:
    if value is None or value != value:  # NaN
        return "–"
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    text = _RUN_ID.sub(lambda found: found[0][:SHORT], str(value))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _in_markdown(text: str) -> str:
    return text.replace("|", r"\|")


def _alignment(kind) -> str:
    return "r" if kind.kind == "f" else "l"
