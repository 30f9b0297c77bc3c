"""What a run was asked to do, and how the tracking store and the command line spell it."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from mlflow_latents.data import ImagesConfig
from mlflow_latents.errors import InputError
from mlflow_latents.generate.config import QualityConfig
from mlflow_latents.models import CAEConfig, TrainingConfig
from mlflow_latents.stats import AssessConfig

NAMES_AND_PLACES = {"data_dir", "cache_dir", "run_name", "latents_kept"}


@dataclass(frozen=True)
class TrackingConfig:
    """What is kept of a run.

    Parameters
    ----------
    latents_kept
        How many latent vectors latents/latents.npz keeps, drawn at random; None keeps all of them.
        Metrics are always computed from all.
    run_name
        Name of the run in the MLflow UI; None makes one, such as "faces 64px d=250".
    """

    latents_kept: int | None = None
    run_name: str | None = None

    def __post_init__(self):
        if self.latents_kept is not None and self.latents_kept < 1:
            raise InputError(
                f"latents_kept is {self.latents_kept}: give the number of latent vectors to keep, "
                "1 or more, or None for all."
            )


@dataclass(frozen=True)
class ExperimentConfig:
    """Train one convolutional autoencoder and judge its latent vectors, in one MLflow run.

    Parameters
    ----------
    images
        Which images.
    cae
        Which network.
    training
        How it is trained.
    encoder
        Keras model that is judged instead, and not trained: a model URI of MLflow, or a .keras
        file. It takes float32 images from 0 to 1.
    decoder
        Its decoder, of the same kind; it gives such images.
    assess
        How its latent vectors are judged.
    controls
        Whether controls are judged beside the latent vectors: an untrained encoder, principal
        components and single pixels of the images, and vectors drawn from the fitted normal law.
    quality
        How the images that it generates are judged.
    tracking
        What is kept of the run.
    """

    images: ImagesConfig = field(default_factory=ImagesConfig)
    cae: CAEConfig = field(default_factory=CAEConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    encoder: str | None = None
    decoder: str | None = None
    assess: AssessConfig = field(default_factory=AssessConfig)
    controls: bool = True
    quality: QualityConfig = field(default_factory=QualityConfig)
    tracking: TrackingConfig = field(default_factory=TrackingConfig)

    def __post_init__(self):
        if (self.encoder is None) != (self.decoder is None):
            missing = "decoder" if self.decoder is None else "encoder"
            raise InputError(
                f"The {missing} is missing: give both encoder and decoder of an autoencoder that "
                "was trained elsewhere, or neither."
            )


@dataclass(frozen=True)
class AssessmentConfig:
    """Judge a file of vectors, or the vectors of an earlier run again, in an MLflow run of its own.

    Parameters
    ----------
    vectors
        File of vectors: .npy with an array (n, d), .npz with an array z (n, d), or .parquet or .csv
        with a column per dimension or one column of lists. An array or a column split of 'train',
        'validation' and 'test' is optional: the fit is that of the train vectors, and the test
        vectors are judged held-out.
    held_out
        File of held-out vectors of the same kinds, all of which are judged against that fit.
    run
        Id of an earlier run, instead of a file.
    assess_seed
        Seed of the random planes.
    assess
        How the vectors are judged.
    controls
        Whether vectors drawn from the fitted normal law are judged beside them.
    tracking
        What is kept of the run.
    """

    vectors: str | None = None
    held_out: str | None = None
    run: str | None = None
    assess_seed: int = 0
    assess: AssessConfig = field(default_factory=AssessConfig)
    controls: bool = True
    tracking: TrackingConfig = field(default_factory=TrackingConfig)

    def __post_init__(self):
        if (self.vectors is None) == (self.run is None):
            raise InputError(
                "assess needs either --vectors with a file of vectors or --run with the id of an "
                f"earlier run; it got {'both' if self.vectors else 'neither'}."
            )
        if self.assess_seed < 0:
            raise InputError(f"assess_seed is {self.assess_seed}: give 0 or more.")
        if self.run is not None and self.held_out is not None:
            raise InputError(
                "held_out goes with --vectors: a run brings its own held-out vectors; leave "
                "--held_out away."
            )


@dataclass(frozen=True)
class NamingConfig:
    """What a run is called.

    Parameters
    ----------
    run_name
        Name of the run in the MLflow UI; None makes one.
    """

    run_name: str | None = None


@dataclass(frozen=True)
class GenerationConfig:
    """Make images with the decoder of a run, into a folder and into an MLflow run of its own.

    Parameters
    ----------
    run_id
        Id of the run of train whose decoder it is.
    sampler
        How latent vectors are drawn: ellipsoid, core (its inner part), elliptical, leading,
        mixture, principal_planes, axis_normal, standard_normal, uniform_cube, uniform_ball, or
        empirical (real vectors of the run).
    n
        How many images.
    seed
        Seed of the drawing.
    level_min
        Level, in sigma, beyond which ellipsoid and core draw; None sets no bound.
    level_max
        Level, in sigma, within which they draw; None sets no bound.
    line
        Number of a principal axis, from 1: makes a strip of images along it, through the centre.
    reach
        How far the strip goes on either side of the centre, in sd.
    morph
        Two images of the run's image set, A,B, each by its name or its number from 0: makes a strip
        of images from the one to the other.
    output
        Folder in which a new folder is made for the images.
    tracking
        What the run is called.
    """

    run_id: str | None = None
    sampler: str = "ellipsoid"
    n: int = 16
    seed: int = 0
    level_min: float | None = None
    level_max: float | None = None
    line: int | None = None
    reach: float = 3.0
    morph: str | None = None
    output: str = "generated"
    tracking: NamingConfig = field(default_factory=NamingConfig)

    def __post_init__(self):
        if self.run_id is None:
            raise InputError("generate needs --run_id with the id of a run of train.")
        if self.line is not None and self.morph is not None:
            raise InputError("line and morph are both given: choose one of them.")
        if self.strip is None:
            return
        drawing = {"level_min": self.level_min, "level_max": self.level_max}
        if self.sampler not in (type(self).sampler, "line"):
            drawing["sampler"] = self.sampler
        for name, value in drawing.items():
            if value is not None:
                raise InputError(
                    f"{name} is given together with {self.strip}, where nothing is drawn at "
                    "random: choose one of the two."
                )

    @property
    def strip(self) -> str | None:
        """Which strip of images is asked for: 'line', 'morph' or none."""
        if self.morph is not None:
            return "morph"
        return "line" if self.line is not None or self.sampler == "line" else None


@dataclass(frozen=True)
class EvaluationConfig:
    """How `mlflow.models.evaluate` judges vectors: what the key evaluator_config may hold.

    Parameters
    ----------
    seed
        Seed of everything random.
    held_out
        File of held-out vectors, as in `AssessmentConfig`; or, in evaluator_config, more data of
        the kind that is evaluated (for a model: inputs), which this calls "data".
    latents_kept
        How many vectors latents/latents.npz keeps, drawn at random; None keeps all of them.
    assess
        How the vectors are judged.
    """

    seed: int = 0
    held_out: str | None = None
    latents_kept: int | None = None
    assess: AssessConfig = field(default_factory=AssessConfig)

    def __post_init__(self):
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}: give 0 or more.")
        TrackingConfig(self.latents_kept)  # checks it


def flatten(config) -> dict[str, object]:
    """Give all settings of a nested configuration by name, outermost first.

    Parameters
    ----------
    config
        Dataclass instance whose fields are settings or dataclasses of settings.

    Returns
    -------
    dict
        Setting by field name. Names are unique over all sections, since the command line and the
        tracking store know no sections.
    """
    settings: dict[str, object] = {}
    for each in dataclasses.fields(config):
        value = getattr(config, each.name)
        settings |= flatten(value) if dataclasses.is_dataclass(value) else {each.name: value}
    return settings


def with_settings(config, settings: Mapping[str, object]):
    """Give a nested configuration with some of its settings changed, each by its plain name.

    Raises
    ------
    InputError
        When there is no such setting.
    """
    if unknown := set(settings) - set(flatten(config)):
        raise InputError(
            f"There is no setting {min(unknown)!r}: choose among {', '.join(flatten(config))}."
        )
    changes = {}
    for each in dataclasses.fields(config):
        value = getattr(config, each.name)
        if dataclasses.is_dataclass(value):
            own = {name: settings[name] for name in flatten(value) if name in settings}
            changes[each.name] = with_settings(value, own)
        elif each.name in settings:
            changes[each.name] = settings[each.name]
    return dataclasses.replace(config, **changes)


def digest_of(config) -> str:
    """Identify what a configuration computes: 16 hexadecimal digits.

    Where files lie and what the run is called is left out, since it changes no number; that the
    files hold the same images must be asked of the image set's own digest.
    """
    settings = {n: v for n, v in flatten(config).items() if n not in NAMES_AND_PLACES}
    spelled = {name: spell(value) for name, value in sorted(settings.items())}
    text = json.dumps([type(config).__name__, spelled])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def spell(value) -> str:
    """Spell a setting as `mlflow run -P name=…` and the tracking store do: (32, 64) is "32,64"."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value)


def parameters(config) -> dict[str, str]:
    """Give a configuration as the parameters of a run, all as text.

    What says how a network is built and trained is left out where it came from elsewhere.
    """
    settings = flatten(config)
    if isinstance(config, ExperimentConfig) and config.encoder is not None:
        unused = {**flatten(config.cae), **flatten(config.training)}
        settings = {name: value for name, value in settings.items() if name not in unused}
        settings["seed"] = config.training.seed
    return {name: spell(value) for name, value in settings.items()}
