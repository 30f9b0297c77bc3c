"""What is added to a run that is there already."""

import json

import mlflow
import numpy as np
import pytest

from mlflow_latents import InputError
from mlflow_latents.plots import Caption
from mlflow_latents.tracking import artifacts
from mlflow_latents.tracking.chapters import ChapterTable, empty_page, render_chapter
from mlflow_latents.tracking.findings import (
    add_chapter,
    adding_to,
    check_finished,
    check_writable,
    log_findings,
    log_rows,
    with_chapter,
)
from mlflow_latents.tracking.page import Picture
from mlflow_latents.tracking.reader import download

pytestmark = pytest.mark.usefixtures("module_store")


@pytest.fixture
def run_id():
    with mlflow.start_run(run_name="trained") as run:
        mlflow.log_metric("there", 1.0)
    return run.info.run_id


def info(run_id):
    return mlflow.MlflowClient().get_run(run_id).info


def text(run_id, path):
    with download(run_id, path) as file:
        return file.read_text(encoding="utf-8")


def test_a_run_is_added_to_and_stays_as_it_was(run_id):
    before = info(run_id)
    run = adding_to(run_id)
    run.log_metrics({"new": 2.0})
    run.log_arrays("probe/arrays.npz", x=np.arange(3))
    assert mlflow.active_run() is None
    assert (info(run_id).status, info(run_id).end_time) == (before.status, before.end_time)
    assert mlflow.MlflowClient().get_run(run_id).data.metrics == {"there": 1.0, "new": 2.0}


def test_what_is_not_found_again_is_no_longer_known(run_id):
    run = adding_to(run_id)
    log_findings(run, "probe/", {"probe/a": 1.0, "probe/b": 2.0})
    log_findings(run, "probe/", {"probe/b": 3.0})
    metrics = mlflow.MlflowClient().get_run(run_id).data.metrics
    assert np.isnan(metrics.pop("probe/a"))
    assert metrics == {"there": 1.0, "probe/b": 3.0}


def test_the_empty_run_of_mlflow_run_says_where_to_look(run_id, monkeypatch):
    made = mlflow.MlflowClient().create_run(info(run_id).experiment_id).info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", made)
    assert adding_to(run_id).run_id == run_id
    # `mlflow run` ends it once more, which a deleted run would refuse.
    mlflow.MlflowClient().set_terminated(made, "FINISHED")
    assert (info(made).status, info(made).run_name) == ("FINISHED", f"see run {run_id[:8]}")
    assert run_id in mlflow.get_run(made).data.tags["mlflow.note.content"]


def test_a_store_that_refuses_is_told_before_minutes_of_computing(run_id, monkeypatch):
    def refuse(*_):
        raise mlflow.MlflowException("Permission denied")

    check_writable(run_id)
    monkeypatch.setattr(mlflow.MlflowClient, "set_tag", refuse)
    with pytest.raises(InputError, match=r"cannot be written to \(Permission denied"):
        check_writable(run_id)


def test_only_a_finished_run_is_added_to(run_id):
    check_finished(run_id)
    with (
        mlflow.start_run() as run,
        pytest.raises(InputError, match="still being written"),
    ):
        check_finished(run.info.run_id)
    mlflow.MlflowClient().set_terminated(run.info.run_id, "FAILED")
    with pytest.raises(InputError, match="--resume"):
        check_finished(run.info.run_id)


def test_a_table_is_one_that_mlflow_loads_and_a_second_one_replaces_it(run_id):
    for rows in ([{"name": "a", "x": 1.5}, {"name": "b", "x": None}], [{"name": "c", "x": 2.0}]):
        log_rows(adding_to(run_id), rows, "probe/table.json")
    assert mlflow.load_table("probe/table.json", [run_id]).to_dict("records") == [
        {"name": "c", "x": 2.0}
    ]
    tag = mlflow.MlflowClient().get_run(run_id).data.tags["mlflow.loggedArtifacts"]
    assert json.loads(tag) == [{"path": "probe/table.json", "type": "table"}]


def test_chapters_come_before_the_parameters_and_replace_their_like():
    page = "<body>\n<details><summary>Parameters of the run</summary></details>\n</body>"
    first = '<section id="a">\n1\n</section>\n'
    page = with_chapter(with_chapter(page, "a", first), "b", first.replace('"a"', '"b"'))
    page = with_chapter(page, "a", first.replace("1", r"\2"))
    assert page.count("<section") == 2
    assert "1" in page.partition('id="b"')[2]
    assert r"\2" in page.partition('id="b"')[0]
    assert page.index('id="b"') < page.index("Parameters of the run")


def test_a_run_without_a_page_gets_one(run_id):
    add_chapter(adding_to(run_id), "attributes", "the <run>", "<p>found</p>")
    page = text(run_id, artifacts.PAGE)
    assert page.startswith("<!doctype html>")
    assert "the &lt;run&gt;" in page
    assert page.index("<p>found</p>") < page.index("</body>")


def test_a_chapter_has_sentences_tables_and_figures():
    picture = Picture("dots", Caption("Dots", "Read it <so>."), b"png")
    table = ChapterTable("Numbers", "of all", ["name", "auc"], [["Male", "0.9"]])
    html = render_chapter("Attributes", ["It is & was."], [table], [picture])
    for part in ("It is &amp; was.", "<td>Male</td>", 'class="number">0.9', "Read it &lt;so&gt;."):
        assert part in html
    assert with_chapter(empty_page("x"), "a", html).count("</body>") == 1
