"""Whether a measure means the same at all levels of a factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow_latents.tracking.writer import JUDGE_TAG

if TYPE_CHECKING:
    import pandas as pd

# What makes two image sets different ones.
IMAGES = ("dataset", "factor_law", "resolution", "images", "crop", "data_seed")
IMAGES_COLUMNS = tuple(f"params.{name}" for name in IMAGES)
# What is measured in pixels, or by a judge of the images: not comparable across image sets.
BY_IMAGES = ("reconstruction/mse", "reconstruction/psnr", "train/loss", "validation/loss")


def is_comparable(frame: pd.DataFrame, labels: pd.DataFrame, measure: str, factor: str) -> bool:
    """Tell whether a measure can be compared between the levels of a factor.

    Errors in pixels and distances between images cannot where the images differ, and what a judge
    says cannot where the judges differ.

    Parameters
    ----------
    frame, labels : pandas.DataFrame
        Runs, and their levels with one column per factor.
    measure, factor : str
    """
    if measure not in BY_IMAGES and not measure.startswith("generation/"):
        return True
    others = [name for name in labels if name != factor]
    groups = frame.groupby([labels[name] for name in others]) if others else [((), frame)]
    columns = [c for c in (*IMAGES_COLUMNS, f"tags.{JUDGE_TAG}") if c in frame]
    return all(group[column].nunique() <= 1 for _, group in groups for column in columns)
