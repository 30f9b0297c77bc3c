import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.stats.factor_levels import ordered_levels, present_levels, trend_scale


def test_levels_are_ordered_as_numbers_lists_and_words():
    assert ordered_levels(["100", "20", "3"]) == ("3", "20", "100")
    assert ordered_levels(["16,32", "8,64", "8,32"]) == ("8,32", "8,64", "16,32")
    assert ordered_levels(["True", "5", "False"]) == ("5", "False", "True")


def test_levels_that_occur_come_in_the_order_given():
    assert present_levels("x", ["b", "a", "b"], {"x": ["c", "b", "a"]}) == ("b", "a")
    assert present_levels("x", ["b", "a", "b"], {"other": ["c"]}) == ("a", "b")


def test_numbers_stand_by_doublings_or_units_and_words_nowhere():
    places, unit = trend_scale(["2", "8", "256"])
    np.testing.assert_allclose(places, [1, 3, 8])
    assert unit == "doubling"
    places, unit = trend_scale(["0", "1", "5"])
    np.testing.assert_allclose(places, [0, 1, 5])
    assert unit == "unit"
    assert trend_scale(["1", "nan"]) is None
    assert trend_scale(["1", "two"]) is None


@pytest.mark.parametrize(
    ("labels", "order", "words"),
    [
        (["a", "b"], {"x": ["a", "c"]}, "'b', which is not among its levels a, c"),
        (list(map(str, range(60))), {}, "60 levels, and at most 50"),
    ],
)
def test_bad_levels_are_named(labels, order, words):
    with pytest.raises(InputError, match=words):
        present_levels("x", labels, order)
