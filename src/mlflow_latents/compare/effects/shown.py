"""How effects, their intervals and p-values are written, and tables of them for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.compare.tables import as_latex, as_markdown

if TYPE_CHECKING:
    import pandas as pd

_IN_LATEX = {"×": r"$\times$", "−": "$-$", "–": "--", "<": "$<$"}


def effects_markdown(table: pd.DataFrame) -> str:
    """Write `effects_table` as a Markdown table: effect, interval and corrected p-value."""
    return as_markdown(_shown(table))


def effects_latex(table: pd.DataFrame) -> str:
    """Write `effects_table` as a LaTeX table: effect, interval and corrected p-value."""
    written = as_latex(_shown(table))
    for letter, command in _IN_LATEX.items():
        written = written.replace(letter, command)
    return written


def shown_effect(row: Mapping[str, object]) -> str:
    """Write the effect of a row of `effects_table`."""
    return _number(row, row["effect"])


def shown_interval(row: Mapping[str, object]) -> str:
    """Write its 95 % interval."""
    low, high = (_number(row, row[end]) for end in ("low", "high"))
    return f"{low} to {high.removeprefix('× ')}"


def shown_pvalue(p: float) -> str:
    """Write a p-value with two digits."""
    return "< 0.001" if p < 0.001 else f"{p:.2g}"


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Give the columns that a person reads, as texts."""
    import pandas as pd

    return pd.DataFrame(map(_texts, table.to_dict("records"))).set_index("measure")


def _texts(row: Mapping[str, object]) -> dict[str, str]:
    is_trend, is_judged = row["comparison"] == "trend", np.isfinite(row["pvalue_holm"])
    level = f"per {row['level']}" if is_trend else f"{row['level']} instead of {row['reference']}"
    return {
        "measure": row["measure"],
        "factor": row["factor"],
        "level": level,
        "effect": shown_effect(row) if np.isfinite(row["effect"]) else "–",
        "95 % interval": shown_interval(row) if is_judged else "–",
        "p (Holm)": shown_pvalue(row["pvalue_holm"]) if is_judged else "–",
        "runs": str(row["n"]),
    }


def _number(row: Mapping[str, object], value: float) -> str:
    return f"× {value:.3g}" if row["scale"] == "ratio" else f"{value:+.3g}".replace("-", "−")
