"""The model `generator` that MLflow serves: this file is its code, and MLflow runs it on loading.

It needs this package, of which a copy lies beside the model, and what `requirements.txt` there
names; nothing is pickled.
"""

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import PythonModel

from mlflow_latents.errors import InputError
from mlflow_latents.generate import load_latent_model
from mlflow_latents.models.backend import keras
from mlflow_latents.tracking.requests import answer


class Generator(PythonModel):
    """Images from latent vectors that are drawn from what a run has learnt, or given."""

    def load_context(self, context) -> None:
        """Read latent model and decoder."""
        self.latent_model = load_latent_model(context.artifacts["latent_model"])
        self.decoder = keras.saving.load_model(context.artifacts["decoder"], compile=False)

    def predict(self, context, model_input: pd.DataFrame) -> pd.DataFrame:
        """Answer a table of requests: see `mlflow_latents.tracking.requests.answer`."""
        try:
            return answer(model_input, self.latent_model, self.decoder)
        except InputError as error:
            # Of any other error the server tells nothing but that there was one.
            raise MlflowException.invalid_parameter_value(str(error)) from error


mlflow.models.set_model(Generator())
