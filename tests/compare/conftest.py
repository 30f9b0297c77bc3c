"""Runs that look as if the probes had been there."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

NAMES = ("Male", "Smiling", "Eyeglasses", "Young", "Blond_Hair", "Hat")
PLACES = ("centre", "half_way", "level_0.1", "level_1", "level_4")


def write_table(client, run_id, path, rows):
    columns = list(rows[0])
    data = [[row.get(name) for name in columns] for row in rows]
    client.log_text(run_id, json.dumps({"columns": columns, "data": data}), path)


@pytest.fixture(scope="module")
def fake_run(module_store) -> Callable[..., str]:
    """Make a finished run with images, parameters, metrics, tables and arrays by path."""
    import mlflow
    from mlflow.entities import Dataset, DatasetInput

    client, made = mlflow.MlflowClient(), []
    experiment = mlflow.get_experiment_by_name("test").experiment_id

    def make(metrics=(), tables=(), arrays=(), digest: str | None = "d1", **params) -> str:
        run_id = client.create_run(experiment).info.run_id
        for name, value in dict(metrics).items():
            client.log_metric(run_id, name, value)
        for name, value in params.items():
            client.log_param(run_id, name, value)
        for path, rows in dict(tables).items():
            write_table(client, run_id, path, rows)
        for path, named in dict(arrays).items():
            folder, _, name = path.rpartition("/")
            local = Path(module_store, str(len(made)))
            local.mkdir()
            np.savez(local / name, **named)
            client.log_artifact(run_id, str(local / name), folder)
        if digest is not None:
            client.log_inputs(run_id, [DatasetInput(Dataset("images", digest, "local", "{}"))])
        client.set_terminated(run_id)
        made.append(run_id)
        return run_id

    return make


def attribute_rows(names, scores):
    return [
        {
            "attribute": name,
            "kind": "continuous" if name == "size" else "binary",
            "r2" if name == "size" else "auc": score,
            "r2_error" if name == "size" else "auc_error": 0.01,
            "distance": 2 * score,
            "distance_low": 2 * score - 0.1,
            "distance_high": 2 * score + 0.1,
        }
        for name, score in zip(names, scores, strict=True)
    ]


def same_columns(rows):
    columns = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name) for name in columns} for row in rows]


def matrix(a, seed):
    values = np.random.default_rng(seed).uniform(-0.5, 0.5, size=(a, a))
    return np.where(np.eye(a, dtype=bool), 1, (values + values.T) / 2)


@pytest.fixture(scope="module")
def attributes_run(fake_run):
    """Make a run that the probe of attributes has looked at."""

    def make(names=NAMES, shift=0.0, cosines=None, arithmetic=True, seed=0, **given) -> str:
        a = len(names)
        rng = np.random.default_rng(seed)
        scores = np.linspace(0.95, 0.75, a) + shift + 0.002 * rng.normal(size=a)
        tables = {"attributes/attributes.json": same_columns(attribute_rows(names, scores))}
        moved = [
            {
                "attribute": name,
                "response": 1.0 + 0.1 * i,
                "response_error": 0.05,
                "leakage": None if i == 0 else 0.5 + shift,
            }
            for i, name in enumerate(names)
        ]
        if arithmetic:
            tables["attributes/arithmetic.json"] = moved
        tables["attributes/sensitivity.json"] = [
            {
                "place": place,
                "distance": float(i),
                "steps": steps,
                "background_share": 0.3 + 0.02 * i + (steps == "leading"),
                "background_share_error": None if i == 0 else 0.01,
            }
            for i, place in enumerate(PLACES)
            for steps in ("random", "leading")
        ]
        labels = matrix(a, 1)
        cosines = matrix(a, 2) if cosines is None else cosines
        arrays = {
            "attributes/axes.npz": {
                "names": np.array(names),
                "axes": np.ones((a, 3)),
                "cosines": cosines,
                "partial_cosines": np.where(np.eye(a, dtype=bool), 1, cosines**3),
                "correlations": labels,
            }
        }
        metrics = {"attributes/auc_mean": scores.mean(), "attributes/explained": 0.2}
        return fake_run(metrics, tables, arrays, **given)

    return make


@pytest.fixture(scope="module")
def maps_run(fake_run):
    """Make a run that the probe of maps has looked at."""

    def make(selectivity=(0.1, 0.2, 0.3, 0.4), **given) -> str:
        rows = [
            {
                "map": m,
                "layer": "conv_4",
                "dead": value is None,
                "selectivity": value,
                "correlation_held_out": None if value is None else value / 2,
            }
            for m, value in enumerate(selectivity)
        ]
        alive = [value for value in selectivity if value is not None]
        metrics = {"maps/count": len(rows), "maps/dead": len(rows) - len(alive)}
        if alive:
            metrics["maps/selectivity_median"] = np.median(alive)
        return fake_run(metrics, {"maps/maps.json": rows}, **given)

    return make
