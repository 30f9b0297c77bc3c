"""Training: from images to an encoder and a decoder."""

from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from time import perf_counter

import jax.numpy as jnp
import numpy as np
from tqdm import tqdm

from mlflow_latents.errors import InputError
from mlflow_latents.models.backend import keras
from mlflow_latents.models.batches import (
    all_batches,
    epoch_order,
    full_batches,
    padded,
    prefetched,
)
from mlflow_latents.models.cae import build_cae, check_image_shape
from mlflow_latents.models.checkpoint import (
    BEST,
    LAST,
    Checkpoint,
    job_digest,
    load_checkpoint,
    save_checkpoint,
)
from mlflow_latents.models.config import CAEConfig, TrainingConfig
from mlflow_latents.models.epoch import Epoch
from mlflow_latents.models.moments import log_variances, set_means, with_moments
from mlflow_latents.models.optimizers import build_optimizer, learning_rate_at
from mlflow_latents.models.steps import Networks, State, training_step, validation_step

# A step's loss is looked at when this many later steps are under way, so that nothing waits.
STEPS_IN_FLIGHT = 2


@dataclass(frozen=True)
class TrainedCAE:
    """A trained autoencoder, with the weights of its best epoch.

    Parameters
    ----------
    encoder, decoder
        Stock Keras models; the encoder of a variational autoencoder gives the means.
    cae, training
        The configuration.
    history
        One entry for each epoch.
    best_epoch
        Number of the epoch with the lowest validation loss.
    log_variance
        Stock Keras model of the log variances (n, d) of a variational autoencoder's latent vectors;
        None for others.
    """

    encoder: keras.Model
    decoder: keras.Model
    cae: CAEConfig
    training: TrainingConfig
    history: tuple[Epoch, ...]
    best_epoch: int
    log_variance: keras.Model | None = None


def train(
    images,
    cae: CAEConfig,
    training: TrainingConfig,
    *,
    checkpoint_dir: str | Path | None = None,
    on_epoch: Callable | None = None,
) -> TrainedCAE:
    """Train a convolutional autoencoder.

    Every epoch shuffles the training images anew, by seed and number of the epoch alone; those
    left over behind the last full batch wait for the next epoch.

    Parameters
    ----------
    images : ImageSet
    cae : CAEConfig
    training : TrainingConfig
    checkpoint_dir : path, optional
        Where last.npz and best.npz are kept. A training found there is continued, as if it had
        never been interrupted.
    on_epoch : callable (epoch, encoder, decoder), optional
        Called after each epoch, when its checkpoint is written.

    Returns
    -------
    TrainedCAE

    Raises
    ------
    InputError
        Before training if the configuration does not suit the images, or the checkpoint is of
        another training; in training if the loss is no longer finite.
    """
    check_job(images, cae, training)
    return _Training(images, cae, training, checkpoint_dir).run(on_epoch)


def check_job(images, cae: CAEConfig, training: TrainingConfig) -> None:
    """Raise InputError, in one sentence, if these images cannot train this autoencoder."""
    check_image_shape(images.shape)
    n = len(images.indices("train"))
    if training.batch_size > n:
        raise InputError(
            f"batch_size is {training.batch_size}, but {images.name} has {n} training images: "
            f"give at most {n}."
        )
    check_latent_dim(images, cae.latent_dim)
    if len(images.indices("validation")) == 0:
        raise InputError(f"{images.name} has no validation images: take more images.")
    if training.loss == "binary_crossentropy" and cae.output_activation != "sigmoid":
        raise InputError(
            "The loss binary_crossentropy needs outputs from 0 to 1: "
            "set output_activation to sigmoid."
        )


def check_latent_dim(images, d: int) -> None:
    """Raise InputError if there are too few training images for a distribution in d dimensions."""
    n = len(images.indices("train"))
    if d + 2 > n:
        raise InputError(
            f"latent_dim is {d}, but {images.name} has {n} training images, and a "
            f"distribution in d dimensions needs at least d + 2: give at most {n - 2}."
        )


class _Training:
    """One training under way: its images, its models and their state."""

    def __init__(self, images, cae, training, checkpoint_dir):
        self.images, self.cae, self.training = images, cae, training
        self.train_indices = images.indices("train")
        self.validation_indices = images.indices("validation")
        self.steps = len(self.train_indices) // training.batch_size
        self.encoder, self.decoder = build_cae(cae, images.shape, training.seed)
        self.trained = self.encoder
        if cae.model == "vae":
            self.trained = with_moments(self.encoder, training.seed)
        networks = Networks(self.trained, self.decoder, cae.model, training)
        self.optimizer = build_optimizer(training, self._weights()[0], self.steps * training.epochs)
        self.train_step = training_step(networks, self.optimizer)
        self.validate_step = validation_step(networks)
        self.digest = job_digest(cae, training, images.digest)
        self.folder = None if checkpoint_dir is None else Path(checkpoint_dir)
        self.state, self.history = self._initial_state(), ()
        self.best = None
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._continue()

    def run(self, on_epoch) -> TrainedCAE:
        """Train the epochs that are missing."""
        with self._progress() as bar:
            for number in range(len(self.history) + 1, self.training.epochs + 1):
                epoch = self._epoch(number, bar)
                self._keep(epoch)
                if on_epoch is not None:
                    self._set_weights(self.state)
                    on_epoch(epoch, self.encoder, self.decoder)
        self._set_weights(self.best)
        return TrainedCAE(
            self.encoder,
            self.decoder,
            self.cae,
            self.training,
            self.history,
            _best_epoch(self.history),
            log_variances(self.trained) if self.cae.model == "vae" else None,
        )

    def _epoch(self, number, bar) -> Epoch:
        start = perf_counter()
        train_loss = self._train(number, bar)
        trained = perf_counter()
        validation_loss = self._validate(number)
        return Epoch(
            number=number,
            train_loss=train_loss,
            validation_loss=validation_loss,
            images_per_second=self.steps * self.training.batch_size / (trained - start),
            seconds=perf_counter() - start,
            learning_rate=self._learning_rate(number * self.steps - 1),
        )

    def _train(self, number, bar) -> float:
        order = epoch_order(self.train_indices, self.training.seed, number)
        batches = full_batches(order, self.training.batch_size)
        pending, losses = deque(), []
        with closing(prefetched(self.images.images, batches)) as gathered:
            for batch in gathered:
                self.state, loss = self.train_step(self.state, batch)
                pending.append(loss)
                if len(pending) > STEPS_IN_FLIGHT:
                    losses.append(self._checked(pending.popleft(), number, len(losses)))
                    bar.set_postfix_str(f"loss {losses[-1]:.5f}", refresh=False)
                bar.update(len(batch))
        for loss in pending:
            losses.append(self._checked(loss, number, len(losses)))
        return float(np.mean(losses))

    def _validate(self, number) -> float:
        size = self.training.batch_size
        total = 0.0
        batches = all_batches(self.validation_indices, size)
        with closing(prefetched(self.images.images, batches)) as gathered:
            for step, batch in enumerate(gathered):
                losses = self.validate_step(self.state, padded(batch, size), jnp.uint32(step))
                total += np.asarray(losses, np.float64)[: len(batch)].sum()
        return self._checked(total / len(self.validation_indices), number, self.steps - 1)

    def _checked(self, loss, number, step) -> float:
        loss = float(loss)
        if not isfinite(loss):
            rate = self._learning_rate((number - 1) * self.steps + step)
            raise InputError(
                f"The loss is no longer finite in epoch {number}, step {step + 1}, at a learning "
                f"rate of {rate:.3g}: try a smaller learning_rate, such as {rate / 10:.3g}."
            )
        return loss

    def _learning_rate(self, step) -> float:
        return learning_rate_at(self.training, step, self.steps * self.training.epochs)

    def _initial_state(self) -> State:
        lists = *self._weights(), self.optimizer.variables
        return State(*([jnp.array(variable.value) for variable in each] for each in lists))

    def _weights(self) -> tuple[list, list]:
        """Variables of both models, trained and not trained, in the order of the state."""
        return (
            self.trained.trainable_variables + self.decoder.trainable_variables,
            self.trained.non_trainable_variables + self.decoder.non_trainable_variables,
        )

    def _set_weights(self, state) -> None:
        for variables, values in zip(self._weights(), state[:2], strict=True):
            for variable, value in zip(variables, values, strict=True):
                # A copy, since the next step takes the state's memory over.
                variable.assign(jnp.array(value))
        if self.trained is not self.encoder:
            set_means(self.encoder, self.trained)

    def _keep(self, epoch) -> None:
        self.history = (*self.history, epoch)
        checkpoint = Checkpoint(self.state, self.history)
        if _best_epoch(self.history) == epoch.number:
            weights = [[np.array(v) for v in values] for values in self.state[:2]]
            self.best = State(*weights, optimizer=[])
            if self.folder is not None:
                save_checkpoint(
                    self.folder / BEST, Checkpoint(self.best, self.history), self.digest
                )
        if self.folder is not None:
            save_checkpoint(self.folder / LAST, checkpoint, self.digest)

    def _continue(self) -> None:
        if not (self.folder / LAST).exists():
            return
        last = load_checkpoint(self.folder / LAST, self.digest)
        self.state, self.history = last.state, last.history
        self.best = load_checkpoint(self.folder / BEST, self.digest).state

    def _progress(self):
        per_epoch = self.steps * self.training.batch_size
        return tqdm(
            total=self.training.epochs * per_epoch,
            initial=len(self.history) * per_epoch,
            desc="train",
            unit=" images",
            disable=None,
        )


def _best_epoch(history) -> int:
    return min(history, key=lambda epoch: epoch.validation_loss).number
