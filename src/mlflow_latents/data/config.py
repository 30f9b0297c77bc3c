"""Which images, and how they are cut and scaled."""

from dataclasses import dataclass
from typing import Literal, get_args

from mlflow_latents.errors import InputError

LARGEST_SEED = 2**32 - 1  # of the generators of NumPy, scikit-learn and Keras alike

FactorLaw = Literal["normal", "uniform", "bimodal", "heavy_tailed"]


@dataclass(frozen=True)
class ImagesConfig:
    """Which images an autoencoder is trained on.

    Parameters
    ----------
    dataset
        Image set: faces, celeba, mnist, fashion_mnist, digits, lfw, olivetti or folder (all images
        below data_dir, in colour: grey ones become RGB). Several combine: celeba+lfw holds all
        images of both; celeba:0.7+folder:0.3 as many as there are at these shares, which every
        split has. faces/bimodal is faces under that factor law, also within a combination.
    data_dir
        Folder that holds the files of the image set; faces and digits need none. For several image
        sets celeba=FOLDER,mnist=FOLDER; those that dataset does not name are ignored.
    images
        How many images to take, every split in proportion; all of them when not given (faces:
        14000).
    resolution
        Height and width in pixels; when not given the set's own (64 for faces and photographs),
        which all parts of a combination must share.
    crop
        Side of the central square that is kept, as a fraction of the shorter side of the image.
    factor_law
        Law of the factors that faces are drawn from (only faces have one).
    data_seed
        Seed of the drawn faces, of the choice of images, and of splits that are not official.
    cache_dir
        Folder for decoded images; $MLFLOW_LATENTS_CACHE or the user's cache folder when not given.

    Raises
    ------
    InputError
        When a value is outside its range.

    Notes
    -----
    A combination keeps the splits of its parts. Its shares hold in each split, rounded by largest
    remainders; fewer `images` are a part of more, up to that rounding. Grey images become RGB
    beside coloured ones. The attribute ``origin`` names the part of each image; for the other
    attributes see `mlflow_latents.data.combined.combine`.
    """

    dataset: str = "faces"
    data_dir: str | None = None
    images: int | None = None
    resolution: int | None = None
    crop: float = 1.0
    factor_law: FactorLaw = "normal"
    data_seed: int = 0
    cache_dir: str | None = None

    def __post_init__(self):
        if self.images is not None and self.images < 3:
            raise InputError(
                f"images is {self.images}, but training, validation and test need at least one "
                "image each: ask for 3 or more."
            )
        if self.resolution is not None and self.resolution < 1:
            raise InputError(
                f"resolution is {self.resolution}, but an image needs at least one pixel: "
                "give its height and width in pixels, such as 64."
            )
        if not 0 < self.crop <= 1:
            raise InputError(
                f"crop is {self.crop}, but it is a fraction of the image: "
                "give a number above 0 and up to 1."
            )
        if self.factor_law not in get_args(FactorLaw):
            raise InputError(
                f"factor_law is {self.factor_law!r}, which is unknown: "
                f"choose one of {', '.join(get_args(FactorLaw))}."
            )
        if not 0 <= self.data_seed <= LARGEST_SEED:
            raise InputError(
                f"data_seed is {self.data_seed}: give a whole number from 0 to {LARGEST_SEED}."
            )
