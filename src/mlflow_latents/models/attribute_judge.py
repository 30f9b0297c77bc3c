"""A judge of attributes: a network that says of an image what it shows.

It has learnt from images and never sees a latent vector, so that it can say whether an image that
was decoded from a moved vector has changed as meant.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from mlflow_latents.data.labels import Label
from mlflow_latents.models.backend import keras
from mlflow_latents.models.coding import encode
from mlflow_latents.models.judge_cache import judge_digest, judges_folder, kept_network
from mlflow_latents.models.judge_training import (
    RECIPE,
    judge_targets,
    judged_labels,
    train_judge,
)
from mlflow_latents.stats.auc import area_under_curve

LEAST_OF_CLASS = 2  # test images, of which an area under the curve has an error

LEAST_AUC, LEAST_CORRELATION = 0.6, 0.2  # of labels that a judge can be asked for


@dataclass(frozen=True, eq=False)
class AttributeJudge:
    """Turns images into logits of what they show.

    Parameters
    ----------
    network : keras.Sequential
        Float images from 0 to 1 to logits (n, t).
    labels : tuple of Label
        What each logit is about. The sigmoid of the logit is the probability of a label of 0 and 1,
        and the share of the training images below it of a number.
    """

    network: keras.Sequential
    labels: tuple[Label, ...]

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Give the logits (n, t) float32 of uint8 images (n, height, width, channels)."""
        return encode(self.network, images)


def attribute_judge(images, cache_dir: str | None = None) -> AttributeJudge | None:
    """Load a judge of the attributes of an image set, or train it on the training images.

    Parameters
    ----------
    images : ImageSet
    cache_dir
        Folder of caches, where trained judges are kept.

    Returns
    -------
    AttributeJudge or None
        None where nothing is known of the images that a judge could learn.

    Raises
    ------
    InputError
        When the judge cannot be kept.
    """
    targets = judge_targets(images)
    if targets is None:
        return None
    digest = judge_digest(("attributes", *RECIPE), images, targets)
    network = kept_network(
        judges_folder(cache_dir) / f"attributes-{digest}.keras",
        lambda: train_judge(images, targets),
    )
    return AttributeJudge(network, tuple(judged_labels(images)))


def judge_quality(judge, images, shown: np.ndarray | None = None) -> dict[str, float]:
    """Measure how well a judge knows each label on the test images.

    Parameters
    ----------
    judge : AttributeJudge
    images : ImageSet
    shown : numpy.ndarray of uint8, shape (m, height, width, channels), optional
        What the judge is shown in place of the m test images, such as their reconstructions: what
        it cannot tell there, the decoder does not draw.

    Returns
    -------
    dict of str to float
        By name of the label: of labels of 0 and 1 the area under the curve, 0.5 being chance; of
        numbers the rank correlation (Spearman). NaN where all test images are equal, or only one
        shows a label or does not.
    """
    test = images.indices("test")
    logits = judge(images.images[test] if shown is None else shown)
    return {
        label.name: _quality(label, label.values[test], logit)
        for label, logit in zip(judge.labels, logits.T, strict=True)
    }


def known_labels(judge, quality: dict[str, float]) -> list[str]:
    """Name the labels that a judge knows well enough to be asked for.

    Parameters
    ----------
    judge : AttributeJudge
    quality : dict of str to float
        See `judge_quality`.

    Returns
    -------
    list of str
        Those of an area under the curve of 0.6, or a rank correlation of 0.2, and more.
    """
    return [
        label.name
        for label in judge.labels
        if quality[label.name] >= (LEAST_CORRELATION if label.kind == "continuous" else LEAST_AUC)
    ]


def _quality(label, values, logit):
    if len(np.unique(values)) < 2 or len(np.unique(logit)) < 2:
        return np.nan
    if label.kind == "continuous":
        return float(stats.spearmanr(values, logit).statistic)
    is_shown = values == 1
    if min(is_shown.sum(), (~is_shown).sum()) < LEAST_OF_CLASS:
        return np.nan
    return area_under_curve(logit, is_shown)[0]
