"""The only code that talks to MLflow: names of metrics and artifacts, writer, reader, plugins.

Every MLflow process imports the plugins `context` and `evaluator`, so that what they are part of is
imported when it is first asked for.
"""

from importlib import import_module

_LAZY = {
    "AssessmentConfig": "configuration",
    "EvaluationConfig": "configuration",
    "ExperimentConfig": "configuration",
    "GenerationConfig": "configuration",
    "TrackingConfig": "configuration",
    "flatten": "configuration",
    "parameters": "configuration",
    "spell": "configuration",
    "judge": "assessment",
    "log_page": "assessment",
    "log_picture": "assessment",
    "log_report": "assessment",
    "Autoencoder": "autoencoder",
    "load_autoencoder": "autoencoder",
    "configuration_of_training": "generator",
    "load_encoder": "generator",
    "load_generator": "generator",
    "log_generator": "generator",
    "log_images": "generator",
    "runs_of_commands": "process",
    "Metric": "names",
    "all_metrics": "names",
    "control_metrics": "names",
    "latent_metrics": "names",
    "validation_metrics": "names",
    "generation_metrics": "generation_names",
    "generation_table": "generation_names",
    "Picture": "page",
    "render_page": "page",
    "TrackedRun": "reader",
    "find_run": "reader",
    "load_model": "reader",
    "read_history": "reader",
    "read_latents": "reader",
    "read_run": "reader",
    "check_resumable": "resume",
    "check_same_images": "resume",
    "fetch_checkpoint": "resume",
    "check_store": "store",
    "how_to_look": "store",
    "shown_store": "store",
    "RunWriter": "writer",
    "tracked_run": "writer",
}

__all__ = [*_LAZY]


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
