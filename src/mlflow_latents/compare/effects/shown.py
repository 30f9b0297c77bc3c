"""Tables of effects for people, in Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.compare.tables import as_latex, as_markdown
from mlflow_latents.compare.words import effect, effect_span, quoted, short_pvalue

if TYPE_CHECKING:
    import pandas as pd

_IN_LATEX = {
    "\u00a0": " ",
    "×": r"$\times$",
    "−": "$-$",
    "–": "--",
    "<": "$<$",
    "“": "``",
    "”": "''",
}


def effects_markdown(table: pd.DataFrame) -> str:
    """Write `effects_table` as a Markdown table: effect, interval and corrected p-value."""
    return as_markdown(_shown(table))


def effects_latex(table: pd.DataFrame) -> str:
    """Write `effects_table` as a LaTeX table: effect, interval and corrected p-value."""
    written = as_latex(_shown(table))
    for letter, command in _IN_LATEX.items():
        written = written.replace(letter, command)
    return written


def compared(row: Mapping[str, object]) -> str:
    """Say what a row of `effects_table` compares."""
    is_trend = row["comparison"] == "trend"
    if is_trend:
        return f"per {row['level']}"
    return f"{quoted(row['level'])} instead of {quoted(row['reference'])}"


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Give the columns that a person reads, as texts."""
    import pandas as pd

    return pd.DataFrame(map(_texts, table.to_dict("records"))).set_index("measure")


def _texts(row: Mapping[str, object]) -> dict[str, str]:
    is_judged = np.isfinite(row["low"])
    return {
        "measure": row["measure"],
        "factor": row["factor"],
        "level": compared(row),
        "effect": effect(row).partition(" (")[0] if np.isfinite(row["effect"]) else "–",
        "95 % interval": effect_span(row) if is_judged else "–",
        "p (two stages)": short_pvalue(row["pvalue_corrected"]),
        "runs": str(row["n"]),
    }
