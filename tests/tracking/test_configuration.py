import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_latents.errors import InputError
from mlflow_latents.tracking import AssessmentConfig, ExperimentConfig, TrackingConfig, spell
from mlflow_latents.tracking.configuration import flatten, parameters


def test_parameters_are_flat_text():
    texts = parameters(ExperimentConfig())
    assert texts["filters"] == "32,64,128,256"
    assert texts["data_dir"] == "None"
    assert texts["batch_normalization"] == "False"
    assert set(texts) == set(flatten(ExperimentConfig()))


@given(st.lists(st.integers(1, 1000), min_size=1).map(tuple))
def test_tuples_are_spelt_as_one_argument(values):
    assert tuple(int(text) for text in spell(values).split(",")) == values


@pytest.mark.parametrize(
    "settings",
    [{}, {"vectors": "z.npy", "run": "1"}, {"run": "1", "held_out": "z.npy"}],
)
def test_assessment_needs_one_source(settings):
    with pytest.raises(InputError, match=r"\.$"):
        AssessmentConfig(**settings)


def test_no_latents_kept_is_refused():
    with pytest.raises(InputError, match="latents_kept is 0"):
        TrackingConfig(latents_kept=0)
