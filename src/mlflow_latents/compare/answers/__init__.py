"""The page that answers a study's question, over the tracking store alone."""

from mlflow_latents.compare.answers.writing import (
    Answer,
    answer_into,
    answer_objective,
    log_answer,
    write_answer,
)

__all__ = ["Answer", "answer_into", "answer_objective", "log_answer", "write_answer"]
