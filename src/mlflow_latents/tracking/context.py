"""Tags the runs of this package's commands with what they compute with.

MLflow imports this module in every process, while it is half imported itself, and asks the
provider at the start of every run: so this needs the standard library alone beside MLflow's base
class, and says nothing of runs that are not ours.
"""

from mlflow.tracking.context.abstract_context import RunContextProvider

from mlflow_latents.tracking.process import command_tags, is_command


class LatentsContext(RunContextProvider):
    """Entry point `latents` of `mlflow.run_context_provider`."""

    def in_context(self) -> bool:
        """Whether a command of this package starts the run."""
        return is_command()

    def tags(self) -> dict[str, str]:
        """Give the tags of the run that is being started."""
        return command_tags()
