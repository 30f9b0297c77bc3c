from types import SimpleNamespace

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.models import MetricThreshold
from mlflow.models.evaluation import EvaluationResult
from mlflow.models.evaluation.validation import ModelValidationFailedException
from sklearn.decomposition import PCA

from mlflow_latents.errors import InputError
from mlflow_latents.models import CAEConfig, build_cae
from mlflow_latents.plots import CAPTIONS, LATENT_FIGURES
from mlflow_latents.stats import AssessConfig, assess
from mlflow_latents.tracking import EvaluationConfig, RunWriter, latent_metrics, read_run
from mlflow_latents.tracking.evaluation import read_evaluator_config
from mlflow_latents.tracking.evaluator import LatentsEvaluator

RNG = np.random.default_rng(0)
Z = RNG.normal(size=(400, 3)) @ RNG.normal(size=(3, 3)) + 7
QUICK = {"effort": "quick", "planes": 3}
CONFIG = AssessConfig(**QUICK)


@pytest.fixture(autouse=True)
def one_figure(monkeypatch):
    """All figures take seconds, and are tested elsewhere."""
    one = {"spectrum": LATENT_FIGURES["spectrum"]}
    monkeypatch.setattr("mlflow_latents.tracking.assessment.LATENT_FIGURES", one)


def evaluate(model=None, data=None, config=None, **options):
    return mlflow.models.evaluate(
        model,
        data,
        model_type="embedding",
        evaluators="latents",
        evaluator_config={**QUICK, **(config or {})},
        **options,
    )


class Embedder(mlflow.pyfunc.PythonModel):
    """Gives a vector for each sentence, in the form that it is told to."""

    def __init__(self, form):
        self.form = form

    def predict(self, context, model_input: pd.DataFrame, params=None):
        texts = list(model_input["text"])
        vectors = np.array([[len(text), text.count("e"), text.count("a") ** 2] for text in texts])
        return self.form(vectors.astype(np.float32))


def embed(form):
    """Serve an embedder as MLflow does with a loaded one, without the seconds of saving it."""
    return lambda table: Embedder(form).predict(None, table)


SENTENCES = pd.DataFrame(
    {"text": ["".join(RNG.choice(list("abcde "), 1 + RNG.poisson(30))) for _ in range(120)]}
)
WORDS = Embedder(np.asarray).predict(None, SENTENCES)


def test_table_of_columns_gives_run_with_metrics_figures_and_report(module_store):
    frame = pd.DataFrame(Z, columns=list("abc"))
    with mlflow.start_run() as run:
        mlflow.log_param("seed", "mine")
        result = evaluate(data=frame, config={"latents_kept": 50})
    report = assess(Z, config=CONFIG)
    logged = mlflow.get_run(run.info.run_id)
    assert result.metrics == latent_metrics(report) == logged.data.metrics
    assert result.run_id == run.info.run_id
    assert logged.data.params == {"seed": "mine"}
    assert logged.data.tags["verdict"] == report.verdict.kind
    assert logged.data.tags["mlflow.note.content"] == report.verdict.sentence
    again = read_run(run.info.run_id)
    assert again.configuration == EvaluationConfig(latents_kept=50, assess=CONFIG)
    assert latent_metrics(again.report) == result.metrics
    assert again.z.shape == (50, 3)
    paths = {entry.path for entry in mlflow.MlflowClient().list_artifacts(run.info.run_id)}
    assert {"report.html", "figures", "latents", "configuration"} <= paths


def test_every_figure_and_the_page_are_artifacts_that_save_and_load(
    module_store, tmp_path, monkeypatch
):
    figures = {"spectrum": None, "center": None}
    figures = {name: LATENT_FIGURES[name] for name in figures}
    monkeypatch.setattr("mlflow_latents.tracking.assessment.LATENT_FIGURES", figures)
    result = evaluate(data=Z)
    mlflow.end_run()
    assert {f"figures/{name}.png" for name in figures} < set(result.artifacts)
    result.save(tmp_path / "result")
    loaded = EvaluationResult.load(tmp_path / "result")
    assert loaded.metrics == pytest.approx(result.metrics)
    page = loaded.artifacts["report.html"].content
    assert all(CAPTIONS[name].title in page for name in figures)
    assert page.count("data:image/png;base64,") == len(figures)
    assert loaded.artifacts["latents/report.json"].content["verdict"]["kind"]
    assert loaded.artifacts["figures/center.png"].content.width > 600
    stored = mlflow.artifacts.load_text(result.artifacts["report.html"].uri)
    assert stored == page


def test_thresholds_are_validated(module_store):
    good, bad = (evaluate(data=z) for z in (Z, RNG.standard_t(2, size=Z.shape)))
    thresholds = {
        "latent/radial/variance_ratio": MetricThreshold(threshold=1.5, greater_is_better=False),
        "latent/marginal/ks_mean": MetricThreshold(threshold=0.05, greater_is_better=False),
    }
    mlflow.validate_evaluation_results(thresholds, good)
    with pytest.raises(ModelValidationFailedException, match="latent/radial/variance_ratio"):
        mlflow.validate_evaluation_results(thresholds, bad)
    relative = {
        "latent/radial/variance_ratio": MetricThreshold(
            min_relative_change=0.1, greater_is_better=False
        )
    }
    mlflow.validate_evaluation_results(relative, good, baseline_result=bad)
    with pytest.raises(ModelValidationFailedException):
        mlflow.validate_evaluation_results(relative, bad, baseline_result=good)


def test_column_of_vectors_as_predictions(module_store):
    frame = pd.DataFrame({"text": "a", "vector": list(Z)})
    result = evaluate(data=frame, predictions="vector")
    assert result.metrics == latent_metrics(assess(Z, config=CONFIG))
    dataset = mlflow.data.from_pandas(frame, predictions="vector")
    assert evaluate(data=dataset).metrics == result.metrics


def test_held_out_vectors(module_store, tmp_path):
    expected = latent_metrics(assess(Z[:300], Z[300:], config=CONFIG))
    split = np.repeat(["train", "test"], [300, 100])
    frame = pd.DataFrame(Z, columns=list("abc"))
    vectors = pd.DataFrame({"vector": list(Z)})
    np.save(tmp_path / "held_out.npy", Z[300:])
    assert evaluate(data=frame.assign(split=split)).metrics == expected
    for data, held_out, options in (
        (Z[:300], Z[300:], {}),
        (Z[:300], str(tmp_path / "held_out.npy"), {}),
        (frame[:300], frame[300:].assign(more="x"), {}),
        (frame[:300].assign(y=1), frame[300:].assign(y=1), {"targets": "y"}),
        (vectors[:300], vectors[300:], {"predictions": "vector"}),
    ):
        result = evaluate(data=data, config={"held_out": held_out}, **options)
        assert result.metrics == expected


def test_scikit_learn_pca_that_is_logged(module_store):
    """As a function: MLflow serves no transformer of scikit-learn as pyfunc."""
    pca = PCA(2).fit(Z)
    with mlflow.start_run():
        uri = mlflow.sklearn.log_model(
            pca, pip_requirements=["scikit-learn"], serialization_format="cloudpickle"
        ).model_uri
    expected = latent_metrics(assess(pca.transform(Z), pca.transform(Z[:90]), config=CONFIG))
    transform = mlflow.sklearn.load_model(uri).transform
    for data in (Z, pd.DataFrame(Z)):
        held_out = data[:90]
        assert evaluate(transform, data, {"held_out": held_out}).metrics == expected


def test_model_that_gives_one_number_is_told_how_to_give_vectors(module_store):
    with pytest.raises(InputError, match=r"one float64 value per row.*pca.transform"):
        evaluate(lambda rows: rows[:, 0], Z)


def test_keras_encoder_of_a_run_and_loaded(module_store):
    encoder, _ = build_cae(CAEConfig((4,), latent_dim=3), (9, 8, 1))
    images = RNG.random((80, 9, 8, 1), np.float32)
    with mlflow.start_run() as run:
        RunWriter(run.info.run_id).log_model(encoder, "encoder")
    uri = mlflow.search_logged_models(filter_string="name = 'encoder'", output_format="list")[
        0
    ].model_uri
    expected = latent_metrics(assess(encoder.predict(images, verbose=0), config=CONFIG))
    rows = images.reshape(80, -1)
    assert evaluate(uri, rows).metrics == pytest.approx(expected, rel=1e-4)
    loaded = mlflow.pyfunc.load_model(uri)
    assert evaluate(loaded, rows).metrics == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    "form",
    [
        np.asarray,
        np.ndarray.tolist,
        list,
        pd.DataFrame,
        lambda z: pd.DataFrame({"vector": z.tolist()}),
        lambda z: pd.DataFrame({"vector": list(z)}),
        lambda z: pd.Series(list(z)),
        lambda z: pd.DataFrame(z).convert_dtypes(),
    ],
)
def test_every_form_of_output_gives_the_same(module_store, form):
    expected = latent_metrics(assess(WORDS, config=CONFIG))
    assert evaluate(embed(form), SENTENCES).metrics == expected


def test_pyfunc_sentence_embedder_that_is_loaded(module_store, tmp_path):
    mlflow.pyfunc.save_model(
        tmp_path / "model", python_model=Embedder(np.ndarray.tolist), pip_requirements=["numpy"]
    )
    result = evaluate(mlflow.pyfunc.load_model(str(tmp_path / "model")), SENTENCES)
    assert result.metrics == latent_metrics(assess(WORDS, config=CONFIG))


def test_one_column_of_several_is_named(module_store):
    def model(rows):
        return pd.DataFrame({"vector": list(rows), "reversed": list(rows[:, ::-1])})

    with pytest.raises(InputError, match="several columns of lists, 'vector', 'reversed'"):
        evaluate(model, Z)
    result = evaluate(model, Z, predictions="vector")
    assert result.metrics == latent_metrics(assess(Z, config=CONFIG))
    with pytest.raises(InputError, match="no column 'vectors'"):
        evaluate(model, Z, predictions="vectors")


def with_nan(z):
    z = z.copy()
    z[7, 1] = np.nan
    return z


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (lambda z: [*z.tolist()[:-1], [1.0]], "ragged: vector 399 has 1 numbers"),
        (lambda z: z.astype(str), "real numbers"),
        (lambda z: ["no vector"] * len(z), "text that is no list"),
        (lambda z: [None] * len(z), "no vector in row 0 but None"),
        (lambda z: z[:, 0], "one float64 value per row"),
        (lambda z: z[:, :, None], r"shape \(400, 3, 1\)"),
        (with_nan, "NaN or infinity in 1 of 400 rows, the first being row 7"),
        (lambda z: np.ma.masked_less(z, 0), "masked"),
        (lambda z: z + 1j, "complex128"),
        (lambda z: {"a": z, "b": z}, "is a dict"),
        (lambda z: None, "is a NoneType"),
        (lambda z: pd.DataFrame(z).assign(label="cat"), "'cat' in row 0 of column 'label'"),
        (lambda z: z[:3], "3"),
        (lambda z: z[:0], "0"),
        (lambda z: [], "holds no vectors"),
    ],
)
def test_bad_output_is_one_sentence_before_anything_is_logged(module_store, output, words):
    with mlflow.start_run() as run, pytest.raises(InputError, match=words) as caught:
        evaluate(output, Z)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
    assert mlflow.get_run(run.info.run_id).data.metrics == {}
    assert mlflow.MlflowClient().list_artifacts(run.info.run_id) == []


@pytest.mark.parametrize(
    ("data", "config", "options", "words"),
    [
        (Z, {"ks_tolerence": 0.1}, {}, "ks_tolerence.*know.*seed.*latents_kept.*ks_tolerance"),
        (Z, {"planes": "many"}, {}, "planes='many'"),
        (Z, {"planes": True}, {}, "planes=True"),
        (Z, {"ks_tolerance": 2}, {}, "ks_tolerance is 2"),
        (Z, {"effort": "none"}, {}, "effort is 'none'"),
        (Z, {"seed": -1}, {}, "seed is -1"),
        (Z, {"latents_kept": 0}, {}, "latents_kept is 0"),
        (Z, {"held_out": Z[:9, :2]}, {}, "2 dimensions and the others 3"),
        (Z, {"held_out": "nowhere.npy"}, {}, "nowhere.npy"),
        (pd.DataFrame({"a": ["x"]}), {}, {}, "'x' in row 0 of column 'a'"),
        (pd.DataFrame({"v": [[1.0], [1.0, 2.0]]}), {}, {"predictions": "v"}, "ragged: vector 1"),
        (
            pd.DataFrame(Z, columns=list("abc")),
            {"held_out": pd.DataFrame({"a": [1.0]})},
            {},
            "held_out has no column 'b'",
        ),
    ],
)
def test_bad_data_and_settings_are_one_sentence(module_store, data, config, options, words):
    with mlflow.start_run() as run, pytest.raises(InputError, match=words):
        evaluate(data=data, config=config, **options)
    assert mlflow.get_run(run.info.run_id).data.metrics == {}
    assert mlflow.MlflowClient().list_artifacts(run.info.run_id) == []


def test_settings_are_read_whatever_numbers_they_are():
    given = {"planes": np.int64(7), "ks_tolerance": np.float32(0.25), "col_mapping": {}}
    config = read_evaluator_config({**given, "latents_kept": None, "seed": 3})
    assert config == EvaluationConfig(seed=3, assess=AssessConfig(planes=7, ks_tolerance=0.25))
    assert type(config.assess.planes) is int


def test_description_of_a_person_stays(module_store):
    with mlflow.start_run(description="mine") as run:
        evaluate(data=Z)
    assert mlflow.get_run(run.info.run_id).data.tags["mlflow.note.content"] == "mine"


def test_no_state_and_nothing_to_do_with_other_types_of_model(module_store):
    evaluator = LatentsEvaluator()
    assert evaluator.can_evaluate(model_type="embedding", evaluator_config={})
    for model_type in ("classifier", "regressor", "text", None):
        assert not evaluator.can_evaluate(model_type=model_type, evaluator_config={})
    dataset = SimpleNamespace(has_predictions=False, features_data=Z)
    with mlflow.start_run() as run:
        results = [
            evaluator.evaluate(
                dataset=dataset, run_id=run.info.run_id, evaluator_config=QUICK, model_type="any"
            )
            for _ in range(2)
        ]
    assert results[0].metrics == results[1].metrics
    assert vars(evaluator) == {}


def test_evaluation_of_others_is_not_joined(module_store):
    """Without a name MLflow asks every evaluator, ours too."""
    data = pd.DataFrame({"x": Z[:, 0], "y": Z[:, 0] > 7, "p": Z[:, 1] > 7})
    result = mlflow.models.evaluate(
        data=data,
        targets="y",
        predictions="p",
        model_type="classifier",
        evaluator_config={"log_explainer": False},
    )
    assert "accuracy_score" in result.metrics
    assert not any(name.startswith("latent/") for name in result.metrics)
