"""The commands; one per entry point of MLproject."""

import errno
import os
import signal
import sys
import warnings
from typing import Annotated, get_origin

import tyro
from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

from mlflow_latents.compare.config import ComparisonConfig
from mlflow_latents.data import ImagesConfig
from mlflow_latents.errors import InputError
from mlflow_latents.studies.config import StudyConfig
from mlflow_latents.tracking import (
    AssessmentConfig,
    ExperimentConfig,
    GenerationConfig,
    flatten,
    runs_of_commands,
    spell,
)
from mlflow_latents.tracking.probe_configuration import AttributesConfig, MapsConfig

_NO_ROOM = {errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT}
_UNNAMED = tyro.conf.arg(name="")  # its settings stand by themselves: --epochs, not --config.epochs


def train(config: Annotated[ExperimentConfig, _UNNAMED], resume: str | None = None) -> None:
    """Train one convolutional autoencoder on images and judge its latent vectors.

    Everything goes into one MLflow run: learning curves, models, latent vectors, how far they
    follow a multivariate normal distribution, figures, and a page that says so in words.

    Parameters
    ----------
    config
        What to do.
    resume
        Id of a run that was stopped: continues it from its last epoch, with its own settings.
    """
    from mlflow_latents.experiment import resume_experiment, run_experiment

    if resume is None:
        run_experiment(config)
    else:
        resume_experiment(resume, given=_given(config))


def assess(config: Annotated[AssessmentConfig, _UNNAMED]) -> None:
    """Judge a file of vectors, or the vectors of an earlier run again, in a run of its own.

    Parameters
    ----------
    config
        What to judge.
    """
    from mlflow_latents.experiment import run_assessment

    run_assessment(config)


def generate(config: Annotated[GenerationConfig, _UNNAMED]) -> None:
    """Make images with the decoder of a run: from drawn latent vectors, or along a line.

    A contact sheet and single pictures go into a folder and into an MLflow run of its own.

    Parameters
    ----------
    config
        What to make.
    """
    from mlflow_latents.generation import run_generation

    run_generation(config)


def attributes(config: Annotated[AttributesConfig, _UNNAMED]) -> None:
    """Find out how attributes of the images, such as a smile, lie in the latent distribution.

    Numbers, figures and a chapter of its page are added to the run.

    Parameters
    ----------
    config
        Of which autoencoder.
    """
    from mlflow_latents.attributes import run_attributes

    run_attributes(config)


def maps(config: Annotated[MapsConfig, _UNNAMED]) -> None:
    """Find out what excites the innermost maps of the encoder, and what they are for.

    Numbers, figures and a chapter of its page are added to the run.

    Parameters
    ----------
    config
        Of which autoencoder.
    """
    from mlflow_latents.maps import run_maps

    run_maps(config)


def study(config: Annotated[StudyConfig, _UNNAMED]) -> None:
    """Answer a question by many runs: a design, its trials done by workers, and a page.

    The same command again, on this or any other machine with the same storage and tracking store,
    joins the study or continues it.

    Parameters
    ----------
    config
        Which study.
    """
    from mlflow_latents.studies.pool import run_study

    run_study(config)


def compare(config: Annotated[ComparisonConfig, _UNNAMED]) -> None:
    """Compare runs of the tracking store: a table, curves and pictures side by side, and a page.

    A whole study is answered, too.

    Parameters
    ----------
    config
        Which runs, and how.
    """
    from mlflow_latents.compare.command import run_comparison

    run_comparison(config)


def prepare(config: Annotated[ImagesConfig, _UNNAMED]) -> None:
    """Decode an image set into the cache, so that later runs start at once.

    Parameters
    ----------
    config
        Which images.
    """
    from mlflow_latents.data import open_configured

    images = open_configured(config)
    height, width, channels = images.shape
    splits = ", ".join(
        f"{len(images.indices(split)):,} {split}" for split in ("train", "validation", "test")
    )
    print(
        f"{images.name}: {len(images.images):,} images of {height}×{width}×{channels} ({splits}); "
        f"digest {images.digest}"
    )


COMMANDS = {
    "train": train,
    "assess": assess,
    "generate": generate,
    "attributes": attributes,
    "maps": maps,
    "study": study,
    "compare": compare,
    "prepare": prepare,
}


@runs_of_commands()
def main(arguments: list[str] | None = None) -> int:
    """Run a command line.

    Parameters
    ----------
    arguments
        Command and options; those of the process when not given.

    Returns
    -------
    int
        0; 2 after bad input, whose one sentence goes to standard error; 130 when interrupted.
    """
    _quiet_libraries()
    warnings.showwarning = _print_warning
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        tyro.extras.subcommand_cli_from_dict(
            COMMANDS,
            prog="python -m mlflow_latents",
            description="Where are the latent vectors of an autoencoder a multivariate normal "
            "distribution? Runs go to the MLflow tracking store of MLFLOW_TRACKING_URI, else to "
            "mlflow.db in the current folder.",
            args=_one_pair(sys.argv[1:] if arguments is None else arguments),
            config=(tyro.conf.OmitArgPrefixes, tyro.conf.FlagConversionOff),
            use_underscores=True,
            registry=_registry(),
        )
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as interrupt:
        print(" ".join(["Stopped.", *getattr(interrupt, "__notes__", ())]), file=sys.stderr)
        return 130
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        print(f"error: {error}: make room, or write elsewhere.", file=sys.stderr)
        return 2
    return 0


def _one_pair(arguments: list[str]) -> list[str]:
    """Let the two images of a morph be two arguments, --morph A B, as well as one, --morph A,B."""
    at = arguments.index("--morph") if "--morph" in arguments else len(arguments)
    pair = arguments[at + 1 : at + 3]
    if len(pair) < 2 or pair[1].startswith("--") or "," in pair[0]:
        return arguments
    return [*arguments[: at + 1], ",".join(pair), *arguments[at + 3 :]]


def _given(config) -> dict[str, object]:
    """Give the settings that differ from their defaults: those that a person has set."""
    defaults = flatten(type(config)())
    return {name: value for name, value in flatten(config).items() if value != defaults[name]}


def _registry() -> ConstructorRegistry:
    """Let a tuple be one argument, as it is one parameter of MLproject: --filters 32,64."""
    registry = ConstructorRegistry()

    @registry.primitive_rule
    def _tuple_of_integers(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec | None:
        if get_origin(info.type) is not tuple:
            return None
        return PrimitiveConstructorSpec(
            nargs=1,
            metavar="INT,INT,…",
            instance_from_str=lambda texts: tuple(int(text) for text in texts[0].split(",")),
            is_instance=lambda value: isinstance(value, tuple),
            str_from_instance=lambda value: [spell(value)],
        )

    return registry


def _print_warning(message, category, filename, lineno, file=None, line=None) -> None:
    """Print a warning to a person, who has no use for the line of code that it came from."""
    print(f"warning: {message}", file=file or sys.stderr)


def _quiet_libraries() -> None:
    """Keep notes of libraries that no user can act on out of the way of the progress bars."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
