import itertools

import numpy as np
import pandas as pd
import pytest

from mlflow_latents.compare.effects import MEASURES, effects_table

TAG = "tags.mlflow_latents."
RATIO, GAIN, SWD = MEASURES[0], MEASURES[2], MEASURES[5]


def make_study(batch_norm=("False", "True"), dims=("8", "16", "64"), replicates=3, seed=0):
    """Runs whose variance ratio halves with batch_norm; the image distance never changes."""
    rng = np.random.default_rng(seed)
    cells = itertools.product(batch_norm, dims, range(replicates))
    rows = [
        {
            "run_id": f"run{i}",
            "status": "FINISHED",
            "start_time": pd.Timestamp("2026-01-01") + pd.Timedelta(minutes=i),
            "params.optimizer": "adam",
            f"{TAG}scale": "small",
            f"{TAG}trial": str(i),
            f"{TAG}replicate": str(replicate),
            f"{TAG}factor.batch_norm": norm,
            f"{TAG}factor.latent_dim": dim,
            f"metrics.{RATIO}": (4 / 2 ** (norm == "True")) * np.exp(0.02 * rng.standard_normal()),
            f"metrics.{GAIN}": 0.001 * place(dim) + 1e-5 * rng.standard_normal(),
            f"metrics.{SWD}": np.exp(0.1 * rng.standard_normal()),
        }
        for i, (norm, dim, replicate) in enumerate(cells)
    ]
    return pd.DataFrame(rows)


def place(level):
    return np.log2(float(level)) if level.isdigit() else len(level)


@pytest.fixture(scope="session")
def study():
    """Give the function that makes the runs of a study."""
    return make_study


@pytest.fixture(scope="session")
def table():
    return effects_table(make_study())
