import io

import numpy as np
from PIL import Image

from mlflow_latents.compare.effects import MEASURES, effect_figures, figures, find_effects


def test_figures_of_pairs_and_pages(study, monkeypatch):
    monkeypatch.setattr(figures, "PANELS", 1)
    frame = study(dims=("8", "16"))
    frame["metrics.more"] = np.arange(len(frame), dtype=float)
    found = effect_figures(find_effects(frame, measures=[MEASURES[0], "more"]))
    pictures = {name: png for name, _, png in found}
    assert list(pictures) == [
        "effects",
        "effects_2",
        "interaction_batch_norm_latent_dim",
        "interaction_batch_norm_latent_dim_2",
    ]
    for png in pictures.values():
        assert Image.open(io.BytesIO(png)).width >= 700


def test_of_one_factor_its_means_are_drawn(study):
    frame = study(dims=("8",)).rename(columns=lambda name: name.replace("batch_norm", "a/b c"))
    found = effect_figures(find_effects(frame, measures=MEASURES[:1]))
    assert [name for name, *_ in found] == ["effects", "means_a_b_c"]


def test_figures_and_captions_name_measures_in_words(study, monkeypatch):
    drawn = []
    monkeypatch.setattr(figures.forest, "draw_effects", drawn.append)
    monkeypatch.setattr(figures.means, "draw_interactions", drawn.append)
    monkeypatch.setattr(figures, "to_png", lambda figure: b"")
    captions = [c for _, c, _ in effect_figures(find_effects(study(), measures=MEASURES[:1]))]
    titles = [panel.measure for info in drawn for panel in info.panels]
    assert titles == ["variance ratio of d2"] * 2
    for caption in captions:
        assert "the variance ratio of d2 is `latent/radial/variance_ratio`." in caption.how_to_read


def test_an_interval_of_counts_does_not_go_below_zero(study):
    frame = study(dims=("8",), replicates=4)
    frame["metrics.axes"] = [0.0, 0, 0, 1, 2, 3, 2, 3]
    runs = find_effects(frame, measures=["axes"]).runs
    info = figures.means.interactions_info({"axes": runs.values("axes")}, "batch_norm")
    (panel,) = info.panels
    assert panel.low.min() == 0.0
    assert panel.high.min() > 0.25
