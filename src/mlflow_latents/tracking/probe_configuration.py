"""What a probe was asked to look at."""

from dataclasses import dataclass, field, replace

from mlflow_latents.data import ImagesConfig
from mlflow_latents.errors import InputError
from mlflow_latents.generate.checks import whole
from mlflow_latents.tracking.configuration import NamingConfig

LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True)
class ProbedConfig:
    """Which autoencoder is probed, on which images.

    Parameters
    ----------
    run_id
        Id of a run of train: its encoder, decoder, latent vectors and images are read, and what is
        found is added to it.
    encoder
        Keras model instead: a model URI of MLflow, or a .keras file, as for train. What is found
        goes into a run of its own.
    decoder
        Its decoder.
    images
        Which images, where encoder and decoder are given. Of a run's own images only the places
        count, data_dir and cache_dir, where they have moved.
    """

    run_id: str | None = None
    encoder: str | None = None
    decoder: str | None = None
    images: ImagesConfig = field(default_factory=ImagesConfig)

    def check(self) -> None:
        """Raise InputError unless this names one autoencoder.

        Not when it is made, since the command line makes an empty one first.
        """
        models = [name for name in ("encoder", "decoder") if getattr(self, name) is not None]
        if (self.run_id is None) == (not models):
            found = "got both" if models else "got neither"
            raise InputError(
                "Which autoencoder? Give either run_id, of a run of train, or encoder and decoder, "
                f"with the image set; it {found}."
            )
        if len(models) == 1:
            raise InputError(f"The {models[0]} alone is given: give both encoder and decoder.")
        if self.run_id is not None:
            self._check_no_other_images()

    def _check_no_other_images(self):
        plain = replace(self.images, data_dir=None, cache_dir=None)
        if plain != ImagesConfig():
            raise InputError(
                f"Run {self.run_id} has images of its own: of the image set give nothing but "
                "data_dir and cache_dir, where they lie now."
            )


@dataclass(frozen=True)
class AttributesConfig:
    """Find out how attributes of the images lie in the latent distribution.

    Parameters
    ----------
    probed
        Which autoencoder, on which images.
    attributes
        Names of attributes, NAME,NAME,…, such as Smiling,Male; of a class its value as well, as in
        "label 3". All that the image set has when not given.
    strips
        Which of them are added and removed in strips of faces, NAME,NAME,…; some five when not
        given.
    moved
        How many held-out images are moved along each attribute's axis.
    seed
        Seed of everything random.
    tracking
        What the run is called, where the findings go into one of their own.
    """

    probed: ProbedConfig = field(default_factory=ProbedConfig)
    attributes: str | None = None
    strips: str | None = None
    moved: int = 60
    seed: int = 0
    tracking: NamingConfig = field(default_factory=NamingConfig)

    def __post_init__(self):
        self.probed.check()
        whole(self.moved, "moved", 10, 10_000, "number of images")
        whole(self.seed, "seed", 0, LARGEST_SEED)


@dataclass(frozen=True)
class MapsConfig:
    """Find out what excites the innermost maps of the encoder, and what they are for.

    Parameters
    ----------
    probed
        Which autoencoder, on which images.
    layer
        Name of the layer whose maps are looked at; the innermost convolution when not given.
    order
        How the maps are ordered on the contact sheet: activation, selectivity, or the name of an
        attribute, by their correlation with it.
    starts
        From how many noise images the pattern of each map is sought.
    steps
        Steps of each gradient ascent.
    seed
        Seed of everything random.
    tracking
        What the run is called, where the findings go into one of their own.
    """

    probed: ProbedConfig = field(default_factory=ProbedConfig)
    layer: str | None = None
    order: str = "activation"
    starts: int = 4
    steps: int = 96
    seed: int = 0
    tracking: NamingConfig = field(default_factory=NamingConfig)

    def __post_init__(self):
        self.probed.check()
        whole(self.starts, "starts", 1, 100, "number of starts")
        whole(self.steps, "steps", 1, 10_000, "number of steps")
        whole(self.seed, "seed", 0, LARGEST_SEED)
