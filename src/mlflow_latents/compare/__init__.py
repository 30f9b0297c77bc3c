"""Over the tracking store: what several runs say together."""

from mlflow_latents.compare.generation import generation_markdown, generation_pictures

__all__ = ["generation_markdown", "generation_pictures"]
