"""The names of what probes find: see `names`."""

from collections.abc import Iterator

from mlflow_latents.tracking.metric import Metric

_OF_CONTROLS = {
    "pca": "as many principal components of the pixels",
    "untrained": "vectors of an untrained encoder",
}
_ATTRIBUTE = {
    "auc": "Area under the ROC curve of held-out images, read along the attribute's axis in the "
    "latent space; 0.5 is chance, 1 without error.",
    **{f"auc_{name}": f"The same from {words}." for name, words in _OF_CONTROLS.items()},
    "auc_logistic": "The same by a logistic regression.",
    "d_prime": "Distance of the two classes' means along the axis, held-out, in sd of the classes.",
    "r2": "R² of held-out images, a number read linearly from the latent vectors; 0 is chance.",
    **{f"r2_{name}": f"The same from {words}." for name, words in _OF_CONTROLS.items()},
    "distance": "Mahalanobis distance between the two classes' centres, in sd of the classes, "
    "without bias: labels without meaning have 0 on average. `_low`, `_high`: bounds of 95 %.",
    "centre": "Distance of the class's centre from that of all vectors, in sd of all, without "
    "bias.",
    "spread": "Mean variance of the class over that of all vectors.",
    "covariance": "Squared distance of the class's covariance from that of all vectors, per "
    "dimension, whitened, without bias; 0 is equal.",
    "explained": "Share of all latent variance that the attribute explains by itself.",
    "correlation": "Of the attribute's value with the position along its axis, held-out.",
    "curvature": "Share of the variance of the mean position, over the values of a number, that "
    "no straight line explains.",
    "ks": "Kolmogorov-Smirnov distance of the positions along the axis to a normal law.",
    "valley": "How far the density of these positions falls between two modes; 0 has one.",
    "judge_auc": "How well the judge knows the attribute in held-out images.",
    "judge_correlation": "The same of a number: rank correlation.",
    "response": "Change of the judge's logit, in its sd, per sd that images are moved along the "
    "axis.",
    "response_partial": "The same along the partial axis, on which other attributes stay.",
    "response_restored": "The same with the moved vectors brought back to their level.",
    "leakage": "Root mean square change of the other attributes' logits over the own one's.",
    "leakage_partial": "The same along the partial axis.",
    "frechet_moved": "Fréchet distance of moved images to held-out ones, by features of the judge.",
    "frechet_restored": "The same with the moved vectors brought back to their level.",
}
_OF_ALL = {
    "auc_mean": "Mean of auc over attributes.",
    **{f"auc_mean_{name}": f"The same from {words}." for name, words in _OF_CONTROLS.items()},
    "r2_mean": "Mean of r2 over numbers.",
    **{f"r2_mean_{name}": f"The same from {words}." for name, words in _OF_CONTROLS.items()},
    "explained": "Share of all latent variance that the attributes known for every training image "
    "explain together.",
    "response_mean": "Mean of response over attributes.",
    "response_restored_mean": "Mean of response_restored.",
    "leakage_mean": "Mean of leakage over the attributes that have leakage_partial, too.",
    "leakage_partial_mean": "Mean of leakage_partial over the same.",
    "frechet_unmoved": "Fréchet distance of the same images where they were.",
    "frechet_difference": "Fréchet distance of the images moved along all axes, brought back to "
    "their level less not; below 0 where bringing back looks better.",
}
_SENSITIVITY = {
    "background_area": "Share of the pixels outside the face.",
    "background_share_<place>": "Share, outside the face, of the squared change of decoded images "
    "by a small step in a random direction; place: centre, half_way, level_1 …, observed_1 "
    "(real vectors, the inmost fifth) ….",
    "inside_<place>": "Root mean square change of a pixel inside the face by a step of 1 sd.",
    "outside_<place>": "The same outside.",
    "factors_<place>": "The same of the judge's logits, in their sd, mean.",
    **{
        f"background_share_{group}": f"The same of steps along the {group} principal axes, at "
        "level 1."
        for group in ("leading", "trailing")
    },
    **{
        f"background_share_{group}_<distance>sd": "The same from typical vectors, so many sd "
        f"along the {group} axes, of one more step along them."
        for group in ("leading", "trailing")
    },
    **{
        f"{what}_by_{group}": f"Share of the change of the {words} that the "
        f"{'leading axes' if group == 'leading' else 'trailing half of the axes'} carry."
        for what, words in (
            ("face", "face"),
            ("background", "background"),
            ("factors", "judge's logits, mean,"),
        )
        for group in ("leading", "trailing_half")
    },
}
_MAPS = {
    "count": "Maps of the layer.",
    "dead": "Maps of which no neuron varies over held-out images.",
    "activation_median": "Mean response of a map over its neurons and held-out images; median.",
    "active_median": "Share of the neurons above 0; median over maps.",
    "selectivity_median": "0 where all images excite a map alike, 1 where one does; median.",
    "pattern_sd_median": "How far above its mean response to images the pattern found excites a "
    "map, in sd of this response; median.",
    "image_sd_median": "The same of the best held-out image.",
    **{
        f"share_{group}": f"Largest share of one map in a principal axis: mean over {group} ones."
        for group in ("leading", "trailing")
    },
    **{
        f"axis_correlation_{group}": "Largest absolute correlation of one map with a principal "
        f"axis, mean over the {group} axes, where other layers than linear ones follow."
        for group in ("leading", "trailing")
    },
    "correlation_max_mean": "Correlation of a map's response with the attribute that it goes with "
    "most, on images that did not choose it; mean over maps.",
    "colour_r2_median": "Share of a map's response that the mean colour of the image predicts, on "
    "other images; median.",
    "labels_r2_median": "The same of all attributes that are known of every image; median.",
    "attributed": "Share of the maps, dead ones left out, that go with any attribute "
    "(false-discovery rate 5 %).",
}


def probe_documentation() -> Iterator[Metric]:
    """Give the metrics of any one attribute, of all, of the sensitivity, and of maps."""
    for prefix, meanings in (
        ("attributes/<name>", _ATTRIBUTE),
        ("attributes", _OF_ALL),
        ("attributes/sensitivity", _SENSITIVITY),
        ("maps", _MAPS),
    ):
        for name, meaning in meanings.items():
            yield Metric(f"{prefix}/{name}", meaning)
