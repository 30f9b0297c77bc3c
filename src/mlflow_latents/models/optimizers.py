"""Optimizers and learning-rate schedules, by the names of the configuration."""

from mlflow_latents.models.backend import keras
from mlflow_latents.models.config import TrainingConfig

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "sgd": lambda rate, **options: keras.optimizers.SGD(rate, momentum=0.9, **options),
    "rmsprop": keras.optimizers.RMSprop,
    "lion": keras.optimizers.Lion,
}


def build_optimizer(
    training: TrainingConfig, variables: list, steps: int
) -> keras.optimizers.Optimizer:
    """Build the optimizer of the weights `variables` for a training of `steps` steps.

    Weight decay is decoupled from the gradient, and spares biases and normalization layers.
    """
    rate = training.learning_rate
    if training.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, decay_steps=steps)
    optimizer = OPTIMIZERS[training.optimizer](rate, weight_decay=training.weight_decay or None)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    optimizer.build(variables)
    return optimizer


def learning_rate_at(training: TrainingConfig, step: int, steps: int) -> float:
    """Learning rate of the given step, counted from 0."""
    if training.schedule == "cosine":
        schedule = keras.optimizers.schedules.CosineDecay(training.learning_rate, steps)
        return float(schedule(step))
    return training.learning_rate
