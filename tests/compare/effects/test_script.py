"""The script analysis/factor_effects.py."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

from mlflow_latents.compare.effects import MEASURES
from mlflow_latents.errors import InputError

SCRIPT = Path(__file__).parents[3] / "analysis" / "factor_effects.py"


def of_kind(row, kind):
    return {name.removeprefix(kind): row[name] for name in row.index if name.startswith(kind)}


def test_the_script_writes_all_for_a_study(store, study, capsys):
    from mlflow import MlflowClient
    from mlflow.entities import Metric

    client = MlflowClient()
    parent = client.create_run("1", tags={"mlflow_latents.study": "norm"}).info.run_id
    for _, row in study(dims=("8",)).iterrows():
        ours = {"mlflow_latents.study": "norm", "mlflow.parentRunId": parent}
        run_id = client.create_run("1", tags={**of_kind(row, "tags."), **ours}).info.run_id
        metrics = of_kind(row, "metrics.").items()
        client.log_batch(run_id, [Metric(*metric, 0, 0) for metric in metrics])
        client.set_terminated(run_id, "FAILED" if row["run_id"] == "run0" else "FINISHED")
    main = runpy.run_path(str(SCRIPT))["main"]
    main(study="norm", measures=[MEASURES[0]], output=store / "answer")
    printed = capsys.readouterr().out.replace("\u00a0", " ")
    assert "The variance ratio of d2 changes with batch_norm" in printed
    assert "1 of 6 runs did not finish" in printed
    assert "| measure | factor |" in printed
    assert {path.name for path in store.joinpath("answer").iterdir()} == {
        "effects.csv",
        "effects.tex",
        "interactions.csv",
        "effects.png",
        "means_batch_norm.png",
    }
    written = pd.read_csv(store / "answer" / "effects.csv")
    assert written["n"].eq(5).all()
    with pytest.raises(InputError, match="There is no study 'none'"):
        main(study="none")


def test_a_search_has_no_factors_to_compare(store):
    import json

    from mlflow import MlflowClient

    client = MlflowClient()
    parent = client.create_run("1", tags={"mlflow_latents.study": "free"}).info.run_id
    client.log_text(parent, json.dumps({"factors": {}}), "design.json")
    main = runpy.run_path(str(SCRIPT))["main"]
    with pytest.raises(InputError, match="'free' is a free search without factors: `python anal"):
        main(study="free")
