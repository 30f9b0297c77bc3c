import numpy as np

from mlflow_latents.compare.effects import MEASURES, effects_latex, effects_markdown

RATIO, GAIN = MEASURES[0], MEASURES[2]


def test_markdown_has_a_line_for_each_comparison(table):
    head, _, *lines = effects_markdown(table).splitlines()
    assert head.startswith("| measure | factor | level | effect | 95 % interval | p (two stages) |")
    assert len(lines) == len(table)
    assert lines[0].startswith(f"| {RATIO} | batch_norm | True instead of False | ×\u00a00.5")
    assert any(f"| {GAIN} | latent_dim | per doubling | +0.00100" in line for line in lines)
    unjudged = effects_markdown(table.assign(pvalue_corrected=np.nan, low=np.nan))
    assert all(line.endswith(" | – | – | 18 |") for line in unjudged.splitlines()[2:])


def test_latex_needs_no_further_fonts(table):
    latex = effects_latex(table)
    assert r"batch\_norm & True instead of False & $\times$ 0.5" in latex
    assert r"95 \% interval" in latex
    assert not set("×−–<") & set(latex.replace("$<$", ""))
