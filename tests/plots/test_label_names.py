import pytest
from matplotlib.text import Text

from mlflow_latents.plots.label_names import shown_name


@pytest.mark.parametrize("name", ["plain", "$x$", "$_$", "5 $ or 10 $", "5 $", "$$"])
def test_names_are_shown_as_they_are(name):
    assert Text(text="")._preprocess_math(shown_name(name)) == (name, False)


def test_long_names_end_in_an_ellipsis():
    assert shown_name("abcdef", 6) == "abcdef"
    assert shown_name("abcdefg", 6) == "abcde…"
    assert shown_name("$" * 9, 4) == r"\$\$\$…"
