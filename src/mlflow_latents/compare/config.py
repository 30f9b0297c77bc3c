"""Which runs are compared, and how."""

from dataclasses import dataclass

from mlflow_latents.errors import InputError


@dataclass(frozen=True)
class ComparisonConfig:
    """Compare runs of the tracking store: a table, curves and pictures side by side, and a page.

    A whole study is answered, too: see `study`.

    Parameters
    ----------
    study
        Name of a study whose trials are compared, and whose question is answered.
    runs
        Ids of runs instead, ID,ID,….
    filter
        Filter string of MLflow instead, such as params.latent_dim = '250'.
    measures
        Metrics or tags of the table, NAME,NAME,…; patterns such as generation/*/swd count. Some ten
        when not given.
    color_by
        Factor, parameter or tag whose values colour the runs.
    pictures
        Whether artifacts are fetched and drawn, or tables alone are written.
    output
        Folder in which a folder is written, named after the study, or runs; a run of its own holds
        the same files.

    Raises
    ------
    InputError
        When it does not say which runs.
    """

    study: str | None = None
    runs: str | None = None
    filter: str | None = None
    measures: str | None = None
    color_by: str | None = None
    pictures: bool = True
    output: str = "comparison"

    def __post_init__(self):
        given = [name for name in ("study", "runs", "filter") if getattr(self, name)]
        if len(given) != 1:
            found = f"got {' and '.join(given)}" if given else "got none of them"
            raise InputError(f"compare needs either study, runs or filter; it {found}.")
