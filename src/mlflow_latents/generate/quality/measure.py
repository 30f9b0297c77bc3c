"""How good generated images are, beside held-out images."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.generate.quality.coverage import precision_recall
from mlflow_latents.generate.quality.frechet import diversity, frechet_distance
from mlflow_latents.generate.quality.jackknife import UNKNOWN, Estimate
from mlflow_latents.generate.quality.kernel import kernel_distance
from mlflow_latents.generate.quality.nearest import TrainingImages, nearness
from mlflow_latents.generate.quality.pyramid import project_images, sliced_wasserstein

LEAST_HELD_OUT = 20


@dataclass(frozen=True)
class Quality:
    """How good images are; each number with its standard error.

    The measures of features are NaN where there is no judge.

    Parameters
    ----------
    swd : Estimate
        Sliced Wasserstein distance of patches, mean over the levels: see `sliced_wasserstein`.
    frechet : Estimate
        Fréchet distance of the judge's features: see `frechet_distance`.
    kernel : Estimate
        Kernel distance of the judge's features: see `kernel_distance`.
    precision : Estimate
        Share of the images within the manifold of held-out images: see `precision_recall`.
    recall : Estimate
        Share of held-out images within the manifold of the images.
    diversity : Estimate
        1 where the images differ as much as held-out images do: see `diversity`.
    nearest : Estimate
        Below 1 where the images are nearer to training images than held-out ones: see `nearness`.
    swd_levels : tuple of Estimate
        The sliced Wasserstein distance of each level, from the finest to the coarsest.
    """

    swd: Estimate
    frechet: Estimate
    kernel: Estimate
    precision: Estimate
    recall: Estimate
    diversity: Estimate
    nearest: Estimate
    swd_levels: tuple[Estimate, ...] = ()


class Reference:
    """Held-out images in two halves: one to compare generated images with, one for the floor.

    Made by `prepare`.

    Parameters
    ----------
    half, floor_half : numpy.ndarray of uint8, shape (m, height, width, channels)
    training : TrainingImages
    judge : callable, optional
        uint8 images (m, height, width, channels) to features (m, f).
    seed : int
        Of the patches and directions.
    """

    def __init__(self, half, floor_half, training, judge=None, seed=0):
        self.shape = half.shape
        self._floor_half, self._floor = floor_half, None
        self._training, self._judge, self._seed = training, judge, seed
        self._patches = project_images(half, seed)
        self._features = None if judge is None else self._judged(half)
        self._distances = training.distances(half)

    @property
    def n(self):
        """How many images are compared with as many held-out ones."""
        return self.shape[0]

    def measure(self, images):
        """Measure how good generated images are.

        Parameters
        ----------
        images : numpy.ndarray of uint8, shape (n, height, width, channels)
            Drawn independently of each other.

        Returns
        -------
        Quality

        Raises
        ------
        InputError
            When number, size or type differ from those of the held-out images.
        """
        images = np.asarray(images)
        if images.shape != self.shape or images.dtype != np.uint8:
            raise InputError(
                f"The generated images are {images.dtype} of shape {images.shape}, but the "
                f"held-out ones that they are compared with uint8 of {self.shape}: give as many, "
                "of the same size."
            )
        swd, levels = sliced_wasserstein(
            self._patches, project_images(images, self._seed, self._patches)
        )
        nearest = nearness(self._distances, self._training.distances(images))
        return Quality(swd, *self._of_features(images), nearest, levels)

    def floor(self):
        """Measure the other half of the held-out images, as if they were generated.

        Returns
        -------
        Quality
            What images of the same law would reach.
        """
        if self._floor is None:
            self._floor = self.measure(self._floor_half)
        return self._floor

    def _of_features(self, images):
        if self._judge is None:
            return (UNKNOWN,) * 5
        pair = self._features, self._judged(images)
        distances = frechet_distance(*pair), kernel_distance(*pair)
        return *distances, *precision_recall(*pair), diversity(*pair)

    def _judged(self, images):
        features = np.asarray(self._judge(images), np.float64)
        if not np.isfinite(features).all():
            raise InputError("The judge gives features that are not finite: give another judge.")
        return features


def prepare(images, judge=None, n=1000, seed=0):
    """Prepare the held-out images of an image set, to compare generated images with.

    The test images are dealt at random into two halves: the first is what generated images are
    compared with, the second gives the floor.

    Parameters
    ----------
    images : ImageSet
    judge : callable, optional
        uint8 images (m, height, width, channels) to features (m, f), such as
        `mlflow_latents.models.judge_features` gives; without it there are no measures of features.
    n : int
        Images to compare at a time, at most: half of the test images if these are fewer.
    seed : int
        Of the halves, the patches and their projections.

    Returns
    -------
    Reference

    Raises
    ------
    InputError
        When there are fewer than 20 test images, or n is below 10.
    """
    test = images.indices("test")
    if len(test) < LEAST_HELD_OUT:
        raise InputError(
            f"{images.name} has {len(test)} test images, and generated images are compared with at "
            f"least {LEAST_HELD_OUT}: take more images."
        )
    if n < LEAST_HELD_OUT // 2:
        raise InputError(f"n is {n}: compare {LEAST_HELD_OUT // 2} images or more.")
    m = min(n, len(test) // 2)
    chosen = np.random.default_rng(seed).permutation(test)[: 2 * m]
    halves = images.images[chosen[:m]], images.images[chosen[m:]]
    training = TrainingImages(images.images, images.indices("train"), seed)
    return Reference(*halves, training, judge, seed)
