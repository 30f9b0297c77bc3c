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
