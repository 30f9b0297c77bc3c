"""One epoch of a learning curve."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training images gave.

    Parameters
    ----------
    number
        Counted from 1.
    train_loss
        Mean over the epoch's batches, each with the weights before its step.
    validation_loss
        Mean over every validation image, with the weights after the epoch.
    images_per_second
        Training images over the time of training alone; the first epoch includes compilation.
    seconds
        Duration of training and validation.
    learning_rate
        That of the epoch's last step.
    """

    number: int
    train_loss: float
    validation_loss: float
    images_per_second: float
    seconds: float
    learning_rate: float
