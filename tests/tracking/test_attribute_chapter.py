"""The chapter on attributes."""

from mlflow_latents.tracking.attribute_chapter import attribute_chapter

FOUND = [
    {"attribute": "Male", "kind": "binary", "positives": 8426, "auc": 0.9562, "auc_error": 0.0039},
    {"attribute": "age", "kind": "continuous", "positives": None, "r2": 0.4, "explained": 0.00121},
]


def chapter(left_out=None, **more):
    return attribute_chapter(["It is so."], left_out or {}, {"attributes": FOUND, **more}, [])


def test_numbers_have_their_errors_and_units():
    html = chapter()
    for text in ("0.9562 ± 0.0039", "8,426", "0.400", "–"):
        assert f">{text}<" in html
    assert "Latent arithmetic" not in html


def test_numbers_are_not_among_the_classes():
    html = chapter()
    table = html[html.index("Where each class lies") : html.index("How the vectors lie")]
    assert ">Male<" in table
    assert ">age<" not in table


def test_what_was_left_out_is_told():
    assert "Left out: Too few show it." in chapter({"hat": "Too few show it."})


def test_arithmetic_names_what_changes_beside():
    moved = {"attribute": "Male", "response": 0.59, "response_error": 0.01}
    html = chapter(arithmetic=[{**moved, "most_changed": "Makeup", "most_change": -0.568}])
    for text in ("0.590 ± 0.010", "Makeup", "−0.568"):
        assert text in html
